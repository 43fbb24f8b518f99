"""What two answers to the same request are compared by. Pure.

Ids and the variable parts that the contract declares differ from server to server, so bodies are not compared sign by
sign: an answer is the named example of the contract that it is, or else one that its schema allows or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.examples import matching
from contract_tests.checks.shape import shape_problems
from contract_tests.transport.wire import Exchange

MAIN_HEADERS = (
    "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin", "Allow", "Cache-Control", "Content-Encoding", "Content-Language", "Location",
    "Retry-After", "Vary", "WWW-Authenticate", "X-Frame-Options",
)  # fmt: skip
"""Headers that callers go by; to them come those that the contract has for a status."""
LISTS = frozenset({"access-control-allow-headers", "access-control-allow-methods", "allow", "vary"})
"""Headers whose values are lists in any order."""
OF_SCHEMA = ("answer-schema", "answer-not-json")
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which two answers differ: what, and how it is on either side."""

    what: str
    a: str
    b: str


def differences(a: OperationUnderTest, one: Exchange, b: OperationUnderTest, other: Exchange) -> Iterator[Difference]:
    """Where two answers differ; what follows from another status or media type is not told again."""
    left, right = _status(one), _status(other)
    if left != right:
        yield Difference("status", _with_example(a, one, left), _with_example(b, other, right))
        return
    yield from _headers(a, one, b, other)
    if one.request.method == "HEAD" or one.answer is None or other.answer is None:
        return
    left, right = (each.answer.media_type or NOTHING for each in (one, other) if each.answer is not None)
    if left != right:
        yield Difference("media type", left, right)
        return
    left, right = _example(a, one), _example(b, other)
    if left != right:
        yield Difference("named example", left, right)
        return
    left, right = _schema(a, one), _schema(b, other)
    if left != right:
        yield Difference("schema", left, right)


def _status(exchange: Exchange) -> str:
    return str(exchange.answer.status) if exchange.answer is not None else f"no answer ({exchange.failure})"


def _with_example(under_test: OperationUnderTest, exchange: Exchange, status: str) -> str:
    name = _example(under_test, exchange)
    return status if name == NOTHING else f"{status} {name}"


def _example(under_test: OperationUnderTest, exchange: Exchange) -> str:
    """The named example of the contract that an answer is."""
    found = matching(under_test, exchange.answer) if exchange.answer is not None else None
    return found.name if found is not None else NOTHING


def _schema(under_test: OperationUnderTest, exchange: Exchange) -> str:
    """Whether an answer satisfies the schema of its status."""
    answer = exchange.answer
    if answer is None:
        return NOTHING
    found = shape_problems(under_test, answer, exchange.request.method)
    return "broken" if any(problem.check in OF_SCHEMA for problem in found) else "kept"


def _headers(a: OperationUnderTest, one: Exchange, b: OperationUnderTest, other: Exchange) -> Iterator[Difference]:
    if one.answer is None or other.answer is None:
        return
    response = a.operation.response(one.answer.status)
    documented = (header.name for header in response.headers) if response is not None else ()
    for name in {name.lower(): name for name in (*documented, *MAIN_HEADERS)}.values():
        left, right = _header(a, one, name), _header(b, other, name)
        if response is not None and any(each.name == name and each.generator for each in response.headers):
            left, right = (value if value == NOTHING else "there" for value in (left, right))
        if left != right:
            yield Difference(f"header {name}", left, right)


def _header(under_test: OperationUnderTest, exchange: Exchange, name: str) -> str:
    """A header's value, the ids of the side in it replaced by their names."""
    value = exchange.answer.header(name) if exchange.answer is not None else None
    if value is None:
        return NOTHING
    if name.lower() in LISTS:
        return ", ".join(sorted({item.strip().lower() for item in value.split(",")} - {""}))
    for key, own in under_test.identity.values.items():
        value = value.replace(own, f"{{{key}}}") if name == "Location" else value
    return value
