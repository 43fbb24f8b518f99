"""All cases of a contract, in the order in which they are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from contract_tests.cases import accepted, bodies, documents, identifiers, methods, order, tokens, variations
from contract_tests.cases.case import CORE, TELLING, Case
from contract_tests.cases.operation import OperationUnderTest, prefix_of
from contract_tests.verification.target import Target
from mock_server.contract.model import Contract

REFUSING = (tokens, identifiers, methods, bodies, documents, order, variations)


@dataclass(frozen=True, slots=True)
class Untested:
    """Something out of reach, and what to give to have it."""

    operation: str
    constraint: str
    hint: str


@dataclass(frozen=True)
class Suite:
    """One operation's cases in order, and what they leave out."""

    subject: OperationUnderTest
    cases: tuple[Case, ...]
    gaps: tuple[Untested, ...]


def secret_of(seed: int) -> str:
    """A password made up for a run; the same for the same seed."""
    return f"s3cret-{hashlib.sha256(f'rainbond-verify {seed}'.encode()).hexdigest()[:24]}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases are wanted.

    Attributes:
        overwriting: whether what overwrites stored settings may be sent.
        careful: leave out what would put a real token into logs.
        builds: how many requests may be accepted: decides which valid ones are sent, and when.
        only: patterns of case ids; the core is wanted in any case.
    """

    seed: int = 1
    overwriting: bool = True
    careful: bool = False
    builds: int = 25
    only: tuple[str, ...] = ()


def suites(contract: Contract, target: Target, scope: Scope) -> list[Suite]:
    """The cases of each operation."""
    found = []
    for item in contract.path_items:
        for operation in item.operations.values():
            subject = OperationUnderTest(
                contract,
                item,
                operation,
                target.identity,
                prefix_of(target.url),
                secret_of(scope.seed),
                scope.overwriting,
            )
            found.append(_suite(subject, target, scope))
    return found


def _suite(subject: OperationUnderTest, target: Target, scope: Scope) -> Suite:
    gaps = list(_gaps(subject, target))
    refusing = [case for module in REFUSING for case in module.cases(subject)]
    if target.open_world:
        refusing = [case for case in refusing if not _needs_a_world(subject, case)]
    if scope.careful:
        refusing = [case for case in refusing if case.check != "secret-in-url-accepted"]
        gaps.append(
            Untested(subject.operation.id, "token", "a token in the address would stand in logs: only on loopback")
        )
    valid = list(accepted.cases(subject))
    ordered = _ordered(_unique(valid), _unique(refusing), scope.builds)
    return Suite(subject, tuple(case for case in ordered if _wanted(case, scope)), tuple(gaps))


def _wanted(case: Case, scope: Scope) -> bool:
    return not scope.only or case.rank == CORE or any(fnmatchcase(case.id, pattern) for pattern in scope.only)


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


def _ordered(valid: list[Case], refusing: list[Case], builds: int) -> Iterator[Case]:
    """The core first; then valid requests spread among the invalid ones, so that each proves the others left no trace.

    The last build that the budget allows comes at the end: once it is spent nothing may be sent any more.
    """
    core = [case for case in valid if case.rank == CORE]
    others = sorted((case for case in valid if case.rank != CORE), key=lambda case: case.rank)
    early, late = core, others
    costs = 0
    for index, case in enumerate([*core, *others]):
        costs += case.together
        if costs >= builds:
            early, late = (core + others)[:index], (core + others)[index:]
            early, others = [case for case in early if case.rank == CORE], [c for c in early if c.rank != CORE]
            break
    else:
        late = []
    yield from early
    by_rank = sorted(refusing, key=lambda case: case.rank)
    first = [case for case in by_rank if case.rank == CORE]
    rest = [case for case in by_rank if case.rank != CORE]
    telling = sum(1 for case in rest if case.rank == TELLING)
    yield from first
    yield from _spread(others, rest[:telling])
    yield from rest[telling:]
    yield from late


def _spread(few: list[Case], many: list[Case]) -> Iterator[Case]:
    step = max(1, len(many) // (len(few) + 1))
    waiting = iter(few)
    for index, case in enumerate(many):
        yield case
        if index % step == step - 1:
            yield from (one for one in [next(waiting, None)] if one is not None)
    yield from waiting


def _needs_a_world(subject: OperationUnderTest, case: Case) -> bool:
    """Whether a case asks for something that does not exist: nothing is missing where everything exists."""
    if case.constraint.startswith("path ") and subject.contract.find(_path_of(case, subject)) is not None:
        return True
    if case.constraint == "ids belong together" or case.check == "foreign-token-accepted":
        return True
    worldly = {"unknown-token", "component-not-in-app"}
    named = {name for name in case.expect.examples if name in worldly or name.endswith("-not-found")}
    tries = " " in dict(case.request.headers).get("Authorization", "") if case.constraint == "token" else False
    return bool(named) and not tries


def _path_of(case: Case, subject: OperationUnderTest) -> str:
    return case.request.target.partition("?")[0][len(subject.prefix) :]


def _gaps(subject: OperationUnderTest, target: Target) -> Iterator[Untested]:
    name = subject.operation.id
    if target.open_world:
        yield Untested(
            name, "unknown ids and tokens", "the target says that all ids and tokens exist: serve it with --catalogue"
        )
        return
    if subject.scheme is not None and not target.identity.other_token:
        yield Untested(name, "another user's token", "set RAINBOND_OTHER_TOKEN")
    if subject.operation.example("component-not-in-app") is not None:
        for resource, variable in (("app", "RAINBOND_OTHER_APP"), ("component", "RAINBOND_OTHER_SERVICE")):
            if not target.identity.other(resource):
                yield Untested(name, f"{resource} of another place", f"set {variable}")
    if not subject.overwriting and any(not subject.may_send(n) for n in subject.property_nodes):
        yield Untested(name, "properties that overwrite stored settings", "give --allow-overwrite")
