"""The token of a user who must not reach the ids: nothing opens, and nothing looks different to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from contract_tests.cases.absent import absent
from contract_tests.cases.access.tokens import token_case
from contract_tests.cases.case import Case, Expectation
from contract_tests.cases.methods import undocumented
from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.resources import Level


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation; none without such a token."""
    if under_test.scheme is None or not under_test.identity.other_token:
        return
    yield _foreign(under_test)
    yield from _foreign_eyes(under_test)


def _foreign_eyes(under_test: OperationUnderTest) -> Iterator[Case]:
    """To somebody else nothing looks different, whether it exists or not, and whatever is wrong with the request."""
    like = _foreign(under_test)
    others = [(p, under_test.identity.other(p.resource)) for p in under_test.operation.parameters_in("path")]
    views: list[tuple[str, dict[str, Any]]] = [
        (f"other-{p.resource}", {"path": {p.name: other}}) for p, other in others if other
    ]
    for p in under_test.operation.parameters_in("path"):
        unknown = absent(under_test, p)
        views += [(f"unknown-{p.name}", {"path": {p.name: unknown}})] if unknown is not None else []
    views += [(method, {"method": method}) for method in ("GET", "PUT") if undocumented(under_test, method)]
    if under_test.body.schema is not None:
        views += [
            ("with-body", {"body": under_test.body.base}),
            ("malformed", {"body": b"{"}),
            ("plain", {"body": b"{}", "media_type": "text/plain"}),
        ]
    for label, parts in views:
        yield replace(
            like,
            id=f"{like.id}-{label}",
            purpose=f"{like.purpose}, and learns nothing ({label})",
            request=under_test.request(token=under_test.identity.other_token, **parts),
            group=f"{like.group}:{label}",
        )


def _foreign(under_test: OperationUnderTest) -> Case:
    """Someone else's token: what it must not reach looks as if it did not exist, or the token as if it were unknown."""
    outermost = [level for level in under_test.contract.levels if level.of_caller or level.within is None]
    levels = [level for level in outermost if level.of_caller or level is _first(under_test)]
    reasons = ["unknown-token", *(level.not_found for level in levels)]
    names = [name for name in reasons if under_test.operation.example(name)]
    expect = under_test.refused("unknown-token")
    if names:
        statuses = frozenset(example.status for name in names if (example := under_test.operation.example(name)))
        expect = Expectation(statuses, tuple(names))
    else:
        expect = Expectation(expect.statuses | {401, 403, 404})
    return token_case(
        under_test,
        "foreign-token-accepted",
        "of-another-user",
        "the token of a user who must not reach this is refused",
        token=under_test.identity.other_token,
        expect=expect,
    )


def _first(under_test: OperationUnderTest) -> Level | None:
    """The outermost level that a path names."""
    named = {parameter.resource for parameter in under_test.operation.parameters_in("path")}
    return next((level for level in under_test.contract.levels if level.name in named), None)
