"""Methods that the contract does not document for a path."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.cases.case import CORE, TAIL, TELLING, Case, Expectation
from contract_tests.cases.operation import OperationUnderTest

PLAIN = ("GET", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "POST")
"""OPTIONS is left out: browsers ask with it, and servers answer it as they like."""


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module; one operation of a path stands for the path."""
    if subject.operation is not subject.item.any_operation:
        return
    for method in PLAIN:
        if method in subject.item.operations:
            continue
        expect = subject.refused("method-not-allowed", variables={"method": method})
        yield _case(subject, method, "", expect, CORE if method in ("GET", "PUT") else TELLING)
        if method in ("PUT", "PATCH", "DELETE"):
            yield _case(subject, method, "with-body", expect, TELLING, body=subject.base_body or {})
        yield _case(
            subject, method, "overridden", expect, TAIL, headers=(("X-HTTP-Method-Override", subject.operation.method),)
        )
    if "GET" not in subject.item.operations:
        expect = subject.refused("method-not-allowed", variables={"method": "GET"})
        yield _case(subject, "GET", "overridden-in-query", expect, TAIL, query=f"_method={subject.operation.method}")
    odd = Expectation(subject.refused("method-not-allowed").statuses | {400, 501}, unshaped=frozenset({400, 501}))
    yield _case(subject, "BREW", "", odd, TAIL)


def _case(
    subject: OperationUnderTest, method: str, label: str, expect: Expectation, rank: int, **parts: object
) -> Case:
    return Case(
        id=f"{subject.operation.id}/method/{method}{'-' + label if label else ''}",
        check="method-not-refused",
        operation=subject.operation.id,
        constraint="method",
        purpose=f"{method}{' ' + label if label else ''} is refused: the path does not have it",
        request=subject.request(method=method, **parts),  # type: ignore[arg-type]
        expect=expect,
        where=subject.where[:-1],
        rank=rank,
        group=f"method:{method}",
    )
