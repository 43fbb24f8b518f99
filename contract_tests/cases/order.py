"""Requests with several faults at once: the contract's order of checks says which one is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from contract_tests.cases.absent import absent, absent_token
from contract_tests.cases.access.identifiers import apart, not_found
from contract_tests.cases.bodies import negatives_of
from contract_tests.cases.case import LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.methods import undocumented
from contract_tests.cases.operation import OperationUnderTest

Break = Mapping[str, Any]
"""Arguments of `OperationUnderTest.request` that break one rule."""


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    breaks = dict(breaks_of(under_test))
    names = [name for name in under_test.contract.order_of_checks if name in breaks]
    pairs = [pair for pair in combinations(names, 2) if _combine(breaks, pair) is not None]
    for pair in pairs:
        neighbours = names.index(pair[1]) - names.index(pair[0]) == 1
        yield _case(under_test, breaks, pair, LIKELY if neighbours else RARE)
    for start in range(len(names)):
        chain = _longest(breaks, names[start:])
        if len(chain) > 2:  # noqa: PLR2004 - longer than the pairs above
            yield _case(under_test, breaks, chain, LIKELY)


def breaks_of(under_test: OperationUnderTest) -> Iterator[tuple[str, Break]]:
    """Every rule that can be broken, with how to break it."""
    yield "unknown-path", {"target": under_test.target() + "/no-such-path"}
    if under_test.scheme is not None:
        yield "no-token", {"token": None}
        yield "unknown-token", {"token": absent_token(under_test)}
    for parameter in under_test.operation.parameters_in("path"):
        unknown = absent(under_test, parameter) if parameter.resource else None
        if unknown is not None:
            yield not_found(under_test, parameter), {"path": {parameter.name: unknown}}
        for resource, reason in list(apart(under_test))[1::2]:
            other = under_test.identity.other(resource)
            if parameter.resource == resource and other:
                yield reason, {"path": {parameter.name: other}}
    wrong = next((m for m in ("PUT", "PATCH", "DELETE") if undocumented(under_test, m)), None)
    if wrong is not None:
        yield "method-not-allowed", {"method": wrong}
    if under_test.body.schema is not None:
        yield "unsupported-media-type", {"media_type": "text/plain", "body": under_test.body.base}
        yield "parse-error", {"body": b'{"'}
        invalid = _invalid_body(under_test)
        if invalid is not None:
            yield "invalid-body", {"body": invalid}


def expectation(under_test: OperationUnderTest, reason: str, broken: Break) -> Expectation:
    """What answers a request with this one fault."""
    if reason == "method-not-allowed":
        return under_test.refused(reason, variables={"method": broken["method"]})
    if reason == "unsupported-media-type":
        return under_test.refused(reason, variables={"media_type": broken["media_type"]})
    return under_test.refused(reason)


def _invalid_body(under_test: OperationUnderTest) -> Any:
    for name in under_test.body.base if isinstance(under_test.body.base, dict) else ():
        for negative in negatives_of(under_test, name):
            if negative.likely and not negative.lenient:
                return {**under_test.body.base, name: negative.value}
    return None


def _combine(breaks: Mapping[str, Break], names: tuple[str, ...]) -> Break | None:
    """The arguments that break all these rules; None where two of them cannot be broken at once."""
    joined: dict[str, Any] = {}
    bodies = [name for name in names if "body" in breaks[name]]
    for name in names:
        for key, value in breaks[name].items():
            if key == "path":
                if set(value) & set(joined.get("path", {})):
                    return None
                joined["path"] = {**joined.get("path", {}), **value}
            elif key == "body":
                joined["body"] = value
            elif key in joined:
                return None
            else:
                joined[key] = value
    wrong_content = {"parse-error", "invalid-body"} <= set(bodies)
    unreachable = "target" in joined and "path" in joined
    return None if wrong_content or unreachable else joined


def _longest(breaks: Mapping[str, Break], names: list[str]) -> tuple[str, ...]:
    chain: tuple[str, ...] = ()
    for name in names:
        if _combine(breaks, (*chain, name)) is not None:
            chain = (*chain, name)
    return chain


def _case(
    under_test: OperationUnderTest, breaks: Mapping[str, Break], names: tuple[str, ...], priority: Priority
) -> Case:
    first = names[0]
    joined = _combine(breaks, names) or {}
    label = "+".join(names) if len(names) == 2 else f"{first}+{len(names) - 1}-more"  # noqa: PLR2004
    return Case(
        id=f"{under_test.operation.id}/order/{label}",
        check="order-of-checks",
        operation=under_test.operation.id,
        constraint="order of checks",
        purpose=f"of several faults, {first} is answered before {', '.join(names[1:])}",
        request=under_test.request(**joined),
        expect=expectation(under_test, first, breaks[first]),
        where=("x-order-of-checks", under_test.contract.order_of_checks.index(first)),
        priority=priority,
        group=f"order:{label}",
    )
