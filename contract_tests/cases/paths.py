"""Paths that the contract does not have: other spellings of one that it has, and others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contract_tests.cases.case import ANYTHING, CORE, LIKELY, RARE, UNROUTED, Case, Expectation, Priority
from contract_tests.cases.operation import OperationUnderTest


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    right = under_test.target()
    last = right.rpartition("/")[2]
    head = right[: -len(last)] if last else right
    variants = (
        ("trailing-slash", f"{right}/", CORE),
        ("double-slash", f"{head}/{last}", LIKELY),
        ("upper-case", f"{head}{last.upper()}", LIKELY),
        ("capital", f"{head}{last.title()}", LIKELY),
        ("extra-segment", f"{right}/x", LIKELY),
        ("missing-segment", head.rstrip("/"), LIKELY),
        ("extension", f"{right}.json", LIKELY),
        ("truncated", right[:-1], LIKELY),
        ("extended", f"{right}s", LIKELY),
        ("line-end", f"{right}%0A", RARE),
        ("blank", f"{right}%20", RARE),
        ("dot-segment", f"{right}/.", RARE),
        ("parameter", f"{right};x=1", RARE),
        ("nowhere", "/no/such/path", LIKELY),
        ("first-segment-upper", right[:2].upper() + right[2:], RARE),
        ("version", re.sub(r"/v(\d+)/", lambda match: f"/v{int(match[1]) + 1}/", right, count=1), LIKELY),
        ("encoded-slash", f"{head.rstrip('/')}%2F{last}", RARE),
        ("missing-value", _empty_parameter(under_test), LIKELY),
        ("percent-at-end", f"{right}%", RARE),
        ("wrong-escape", f"{right}%zz", RARE),
    )
    for label, target, priority in variants:
        if target == right or not target.startswith("/") or under_test.find(target) is not None:
            continue
        yield _path_case(under_test, label, target, priority)
    if under_test.contract.unknown_path is not None:
        yield _path_case(under_test, "trailing-slash-without-token", f"{right}/", LIKELY, token=False)


SPELLINGS = frozenset((
    "trailing-slash", "double-slash", "upper-case", "capital", "extra-segment", "extension", "line-end", "blank",
    "dot-segment", "parameter", "first-segment-upper", "trailing-slash-without-token",
))  # fmt: skip
"""Ways to write a path that can be no other operation of the provider's; some others may well be one."""


def _empty_parameter(under_test: OperationUnderTest) -> str:
    parameters = under_test.operation.parameters_in("path")
    return under_test.target({parameters[-1].name: ""}) if parameters else under_test.target()


def _path_case(
    under_test: OperationUnderTest, label: str, target: str, priority: Priority, *, token: bool = True
) -> Case:
    odd = re.search("%(0A|2F|$|z)", target) is not None
    expect = Expectation(frozenset({404, 400}), unshaped=frozenset({404, 400})) if odd else UNROUTED
    if under_test.contract.unknown_path is None:
        # Of an address that it does not have a contract says nothing: redirects, pages, other things of the provider.
        expect = ANYTHING
    request = under_test.request(target=target) if token else under_test.request(target=target, token=None)
    return Case(
        id=f"{under_test.operation.id}/path/{label}",
        check="path-not-enforced" if expect.refuses else "server-error",
        operation=under_test.operation.id,
        constraint="path",
        purpose=f"a path that the contract does not have ({label}) is answered 404",
        request=request,
        expect=expect,
        where=("paths",),
        priority=priority,
        group=f"path:{label}",
        by_get=label in SPELLINGS and under_test.contract.unknown_path is not None,
    )
