"""Whether values that the contract calls unique (`x-unique`) ever come twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.checks.shape import NotJson, read_json
from contract_tests.transport.answer import Answer
from contract_tests.transport.wire import Request


class Uniqueness:
    """Remembers the unique values of a run.

    Args:
        by_request: the target says that the same request gets the same value; then only other requests must differ.
    """

    def __init__(self, *, by_request: bool = False) -> None:
        self.by_request = by_request
        self._seen: dict[tuple[str, str], str] = {}

    def problems(self, under_test: OperationUnderTest, request: Request, answer: Answer) -> Iterator[Problem]:
        """The unique values of an accepting answer that came before."""
        names = _unique_names(under_test)
        if not names or not answer.accepted:
            return
        try:
            value = read_json(answer)
        except NotJson:
            return
        for name in names:
            given = value.get(name) if isinstance(value, Mapping) else None
            if not isinstance(given, str):
                continue
            meaning = _meaning(under_test, request)
            before = self._seen.setdefault((name, given.lower()), meaning)
            if before is not meaning and (not self.by_request or before != meaning):
                yield Problem("value-repeats", f"a {name} of its own for each accepted request", f"{given} came before")


def _unique_names(under_test: OperationUnderTest) -> list[str]:
    response = under_test.operation.success
    schemas = [media.schema for media in (response.content if response else ()) if media.schema]
    return [name for schema in schemas for name, part in schema.properties.items() if part.node.get("x-unique")]


def _meaning(under_test: OperationUnderTest, request: Request) -> str:
    """What a request asks for: its known properties that are set. A fresh text each time: `is` tells them apart."""
    known = under_test.body.nodes
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        body = {}
    if not isinstance(body, dict):
        body = {}
    kept = {name: value for name, value in body.items() if name in known and value is not None}
    return "".join((request.target, " ", json.dumps(kept, sort_keys=True)))
