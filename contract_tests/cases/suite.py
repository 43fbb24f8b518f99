"""All cases of a contract, in the order in which they are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from contract_tests.cases import accepted, bodies, documents, media_types, methods, order, parameters, paths, variations
from contract_tests.cases.access import identifiers, strangers, tokens
from contract_tests.cases.access.identifiers import apart
from contract_tests.cases.case import CORE, Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.settings import other_hint
from contract_tests.target.target import Target
from mock_server.contract.model import Contract

CORE_ALONE = "core"
"""Stands among the patterns of case ids for those that no verification can do without."""
REFUSING = (
    tokens,
    strangers,
    identifiers,
    paths,
    methods,
    parameters,
    bodies,
    documents,
    media_types,
    order,
    variations,
)


@dataclass(frozen=True, slots=True)
class Untested:
    """Something out of reach, and what to give to have it."""

    operation: str
    constraint: str
    hint: str


@dataclass(frozen=True)
class Suite:
    """One operation's cases in order, and what they leave out."""

    under_test: OperationUnderTest
    cases: tuple[Case, ...]
    gaps: tuple[Untested, ...]

    @property
    def first(self) -> Case | None:
        """The case that asks whether anything is accepted at all; none where that would take something away."""
        if self.under_test.takes_away:
            return None
        return next((case for case in self.cases if case.expect.accepts), None)


def secret_of(seed: int) -> str:
    """A password made up for a run; the same for the same seed."""
    return f"s3cret-{hashlib.sha256(f'rainbond-verify {seed}'.encode()).hexdigest()[:24]}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases are wanted.

    Attributes:
        overwriting: whether what overwrites stored settings may be sent.
        careful: leave out what would put a real token into logs.
        only: patterns of case ids, or `core`; empty for all.
    """

    seed: int = 1
    overwriting: bool = True
    careful: bool = False
    only: tuple[str, ...] = ()

    def wants(self, case: Case) -> bool:
        if case.priority == CORE and CORE_ALONE in self.only:
            return True
        return not self.only or any(fnmatchcase(case.id, pattern) for pattern in self.only)


def suites(contract: Contract, target: Target, scope: Scope) -> list[Suite]:
    """The cases of each operation."""
    found = []
    for item in contract.path_items:
        for operation in item.operations.values():
            identity, secured = target.identity.for_operation(operation, contract.security_schemes)
            under_test = OperationUnderTest(
                contract,
                item,
                secured,
                identity,
                target.base,
                secret_of(scope.seed),
                scope.overwriting,
            )
            found.append(_suite(under_test, target, scope))
    return [suite for suite in found if suite.cases or not scope.only]


def _suite(under_test: OperationUnderTest, target: Target, scope: Scope) -> Suite:
    gaps = list(_gaps(under_test, target))
    refusing = [case for module in REFUSING for case in module.cases(under_test)]
    if target.open_world:
        refusing = [case for case in refusing if not _needs_a_world(under_test, case)]
    if scope.careful:
        refusing = [case for case in refusing if case.check != "secret-in-url-accepted"]
        gaps.append(
            Untested(under_test.operation.id, "token", "a token in the address would stand in logs: only on loopback")
        )
    valid = list(accepted.cases(under_test))
    if under_test.takes_away:
        # What is gone cannot go again.
        valid = [case for case in valid if case.priority == CORE][:1]
    wanted = (case for case in (*_unique(valid), *_unique(refusing)) if scope.wants(case))
    return Suite(under_test, tuple(sorted(wanted, key=lambda case: case.priority)), tuple(gaps))


def _unique(cases: Sequence[Case]) -> list[Case]:
    """Without cases that would send the very same request for the same check twice."""
    seen: set[object] = set()
    found = []
    for case in cases:
        key = (case.request, case.check) if case.expect.refuses else case.id
        if key not in seen:
            seen.add(key)
            found.append(case)
    return found


def _needs_a_world(under_test: OperationUnderTest, case: Case) -> bool:
    """Whether a case asks for something that does not exist: nothing is missing where everything exists."""
    if case.constraint.startswith("path ") and under_test.find(case.request.target) is not None:
        return True
    if case.constraint == "ids belong together" or case.check == "foreign-token-accepted":
        return True
    worldly = {"unknown-token", *(reason for _, reason in apart(under_test))}
    named = {name for name in case.expect.examples if name in worldly or name.endswith("-not-found")}
    tries = " " in dict(case.request.headers).get("Authorization", "") if case.constraint == "token" else False
    return bool(named) and not tries


def _gaps(under_test: OperationUnderTest, target: Target) -> Iterator[Untested]:
    name = under_test.operation.id
    if target.open_world:
        yield Untested(
            name, "unknown ids and tokens", "the target says that all ids and tokens exist: serve it with --catalogue"
        )
        return
    if under_test.scheme is not None and not target.identity.other_token:
        yield Untested(name, "another user's token", "set RAINBOND_OTHER_TOKEN")
    for resource, _ in apart(under_test):
        if not target.identity.other(resource):
            yield Untested(name, f"{resource} of another place", other_hint(resource))
    if not under_test.overwriting and any(not under_test.body.may_send(n) for n in under_test.body.nodes):
        yield Untested(name, "properties that overwrite stored settings", "give --allow-overwrite")
