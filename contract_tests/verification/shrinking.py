"""Makes a telling request smaller: drops properties of its body, as long as the same is still wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contract_tests.cases.case import Case
from contract_tests.cases.material.request_body import to_json
from contract_tests.transport.wire import Exchange

Attempt = Callable[[Case], Exchange | None]
"""Sends a smaller case; gives its exchange where the same is still wrong with it, None where not, or no more goes."""


def shrink(case: Case, exchange: Exchange, attempt: Attempt) -> tuple[Case, Exchange]:
    """The smallest case found, with its exchange; the given ones where nothing can be left out."""
    body = _object(case.request.body)
    for name in list(body):
        smaller = {key: value for key, value in body.items() if key != name}
        tried = replace(case, request=replace(case.request, body=to_json(smaller)))
        found = attempt(tried) if smaller else None
        if found is not None:
            body, case, exchange = smaller, tried, found
    return case, exchange


def _object(data: bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(data or b"")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
