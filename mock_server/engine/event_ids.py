"""Event ids that anyone can compute: UUIDv5 over canonical JSON, so that a front-end test knows the id beforehand.

    namespace = UUIDv5(NAMESPACE_URL, seed)
    id        = UUIDv5(namespace, JCS({"operation": …, "path": {…}, "body": …})) as 32 lower-case hex digits

`body` is null where none was sent. From the second identical request on, `sequence` mode adds `"sequence": n`.
JCS is RFC 8785, whose numbers are the doubles of JavaScript.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from typing import Any

import rfc8785

DEEPEST = 200
"""Nesting beyond this many levels enters the canonical JSON as its own JSON text."""

LARGEST_EXACT_INTEGER = 2**53 - 1


def event_id(seed: str, operation: str, path: Mapping[str, Any], body: Any, occurrence: int = 1) -> str:
    """The id of the `occurrence`-th identical request (from 1): 32 lower-case hex digits."""
    request: dict[str, Any] = {"operation": operation, "path": dict(path), "body": body}
    if occurrence > 1:
        request["sequence"] = occurrence
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, seed)
    return uuid.uuid5(namespace, canonical_json(request).decode()).hex


def canonical_json(value: Any) -> bytes:
    """RFC 8785 canonical JSON of any value that a JSON parser gives, as JavaScript would write it.

    Whole numbers beyond 2^53 are rounded to doubles, infinities become null and lone surrogates U+FFFD.
    """
    return rfc8785.dumps(_as_javascript_sees_it(value, DEEPEST))


def _as_javascript_sees_it(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT_INTEGER else _double(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dict, list)) and levels == 0:
        return json.dumps(value, sort_keys=True)
    if isinstance(value, dict):
        keys = {key: _as_javascript_sees_it(key, 1) for key in value}
        return {keys[key]: _as_javascript_sees_it(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_javascript_sees_it(item, levels - 1) for item in value]
    return str(value)


def _double(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
