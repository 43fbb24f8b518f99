"""Methods that the contract does not document for a path."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.cases.case import CORE, TAIL, TELLING, Case, Expectation
from contract_tests.cases.operation import OperationUnderTest

PLAIN = ("GET", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "POST")
"""OPTIONS is left out: browsers ask with it, and servers answer it as they like."""
NOT_IMPLEMENTED = 501


def undocumented(subject: OperationUnderTest, method: str) -> bool:
    """Whether the contract has no operation for a method of the path: none of its own, none of a path like it."""
    found = subject.find(subject.target(), method)
    here = {*subject.item.operations, *(found[0].operations if found else ())}
    return method not in here and not (method == "HEAD" and "GET" in here)


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module; one operation of a path stands for the path."""
    if subject.operation is not subject.item.any_operation:
        return
    for method in (method for method in PLAIN if undocumented(subject, method)):
        expect = _refused(subject, method)
        yield _case(subject, method, "", expect, CORE if method in ("GET", "PUT") else TELLING)
        if method in ("PUT", "PATCH", "DELETE"):
            yield _case(subject, method, "with-body", expect, TELLING, body=subject.base_body or {})
        yield _case(
            subject, method, "overridden", expect, TAIL, headers=(("X-HTTP-Method-Override", subject.operation.method),)
        )
    if undocumented(subject, "GET"):
        expect = _refused(subject, "GET")
        yield _case(subject, "GET", "overridden-in-query", expect, TAIL, query=f"_method={subject.operation.method}")
    odd = Expectation(_refused(subject, "TRACE").statuses | {400}, unshaped=frozenset({400, NOT_IMPLEMENTED}))
    yield _case(subject, "BREW", "", odd, TAIL)


def _refused(subject: OperationUnderTest, method: str) -> Expectation:
    """TRACE, and what nobody knows, a server may as well call not implemented."""
    expect = subject.refused("method-not-allowed", variables={"method": method})
    if method != "TRACE" or expect.examples:
        return expect
    return Expectation(expect.statuses | {NOT_IMPLEMENTED}, unshaped=frozenset({NOT_IMPLEMENTED}))


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
