"""Methods that the contract does not document for a path."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.cases.case import CORE, LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.operation import OperationUnderTest

PLAIN = ("GET", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "POST")
"""OPTIONS is left out: browsers ask with it, and servers answer it as they like."""
NOT_IMPLEMENTED = 501


def undocumented(under_test: OperationUnderTest, method: str) -> bool:
    """Whether the contract has no operation for a method of the path: none of its own, none of a path like it."""
    found = under_test.find(under_test.target(), method)
    here = {*under_test.item.operations, *(found[0].operations if found else ())}
    return method not in here and not (method == "HEAD" and "GET" in here)


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module; one operation of a path stands for the path."""
    if under_test.operation is not under_test.item.any_operation:
        return
    for method in (method for method in PLAIN if undocumented(under_test, method)):
        expect = _refused(under_test, method)
        yield _case(under_test, method, "", expect, CORE if method in ("GET", "PUT") else LIKELY)
        if method in ("PUT", "PATCH", "DELETE"):
            yield _case(under_test, method, "with-body", expect, LIKELY, body=under_test.body.base or {})
        yield _case(
            under_test,
            method,
            "overridden",
            expect,
            RARE,
            headers=(("X-HTTP-Method-Override", under_test.operation.method),),
        )
    if undocumented(under_test, "GET"):
        expect = _refused(under_test, "GET")
        yield _case(
            under_test, "GET", "overridden-in-query", expect, RARE, query=f"_method={under_test.operation.method}"
        )
    odd = Expectation(_refused(under_test, "TRACE").statuses | {400}, unshaped=frozenset({400, NOT_IMPLEMENTED}))
    yield _case(under_test, "BREW", "", odd, RARE)


def _refused(under_test: OperationUnderTest, method: str) -> Expectation:
    """TRACE, and what nobody knows, a server may as well call not implemented."""
    expect = under_test.refused("method-not-allowed", variables={"method": method})
    if method != "TRACE" or expect.examples:
        return expect
    return Expectation(expect.statuses | {NOT_IMPLEMENTED}, unshaped=frozenset({NOT_IMPLEMENTED}))


def _case(
    under_test: OperationUnderTest, method: str, label: str, expect: Expectation, priority: Priority, **parts: object
) -> Case:
    return Case(
        id=f"{under_test.operation.id}/method/{method}{'-' + label if label else ''}",
        check="method-not-refused",
        operation=under_test.operation.id,
        constraint="method",
        purpose=f"{method}{' ' + label if label else ''} is refused: the path does not have it",
        request=under_test.request(method=method, **parts),  # type: ignore[arg-type]
        expect=expect,
        where=under_test.where[:-1],
        priority=priority,
        group=f"method:{method}",
    )
