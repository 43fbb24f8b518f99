"""A verification from start to end: look at the target, ask the first question, send the cases, fuzz, sum up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.suite import CORE_ALONE, Scope, Suite, secret_of, suites
from contract_tests.checks.uniqueness import Uniqueness
from contract_tests.results.baseline import Baseline
from contract_tests.results.coverage import coverage_of
from contract_tests.results.masking import Masker
from contract_tests.results.result import Result
from contract_tests.settings import CONSENT, Settings
from contract_tests.target.selection import selected
from contract_tests.target.target import Target, look, refusal
from contract_tests.transport.budget import Budget
from contract_tests.transport.wire import Unreachable
from contract_tests.verification.afterwards import read_deleted, repeat_refused, try_cookies
from contract_tests.verification.fuzzing import fuzz, load
from contract_tests.verification.live import LiveTarget
from contract_tests.verification.pace import Pace
from contract_tests.verification.preflight import preflight
from contract_tests.verification.runner import Runner
from contract_tests.verification.schedule import Schedule
from contract_tests.verification.sending import Sender
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.model import Contract

GENERATED_SHARE = 0.4
"""Of the time of a run, how much is left for generated requests, however slowly the cases go."""
GENERATED_OF_CASES = 0.15
FEWEST_GENERATED = 150
"""How many requests are generated for each case, and at least, where time and builds allow."""
LATE_SHARE = 0.05
"""Of the time of a run, how much is left for the cases that come after them."""

Progress = Callable[[str, int], None]
"""Told what is being done, and how many requests were sent."""


def plan(contract: Contract, settings: Settings, target: Target) -> list[Suite]:
    """The cases that a verification with these settings would send."""
    overwriting = target.mock or settings.allow_overwrite
    wanted = selected(contract, settings.include, settings.exclude)
    found = suites(contract, target, Scope(settings.seed, overwriting, not settings.loopback, settings.only))
    return [suite for suite in found if suite.under_test.operation.id in wanted]


def under_test(contract: Contract, settings: Settings, target: Target) -> list[OperationUnderTest]:
    """The operations of a contract, as these settings call them, but for those that take away what others need."""
    return [suite.under_test for suite in plan(contract, settings, target) if not suite.under_test.takes_away]


def verify(
    contract: Contract,
    settings: Settings,
    baseline: Baseline | None = None,
    progress: Progress = lambda what, sent: None,
    on_case: Callable[[Case], None] = lambda case: None,
    *,
    target: Target | None = None,
    budget: Budget | None = None,
) -> Result:
    """Verify a target against a contract; `budget` is that of all runs of a command."""
    started, began = time.monotonic(), datetime.now(UTC)
    try:
        target = target or look(settings)
    except Unreachable as error:
        return unreachable(contract, settings, (settings.seed,), error, began)

    def tell(case: Case, sent: int) -> None:
        on_case(case)
        progress(case.check, sent)

    budget = budget or Budget(settings.limits)
    before = budget.builds, budget.requests
    runner = _runner(settings, target, budget, baseline, tell)
    untestable, generated, interrupted = "", 0, False
    try:
        untestable, generated = _all(contract, settings, target, runner, progress)
    except Unreachable as error:
        untestable = "" if runner.log.findings else f"the target went away: {error}"
    except KeyboardInterrupt:
        interrupted = True
    finally:
        runner.sender.wire.close()
    return Result(
        url=target.url,
        seeds=(settings.seed,),
        digest=contract.digest,
        began=began,
        contract=_named(contract),
        findings=runner.log.findings,
        proof=runner.log.proof,
        builds=runner.budget.builds - before[0],
        requests=runner.budget.requests - before[1],
        seconds=time.monotonic() - started,
        untestable=untestable,
        interrupted=interrupted,
        notes=tuple(_notes(runner, baseline)),
        tolerated=settings.tolerate,
        generated=generated,
        options=settings.recorded,
        coverage=coverage_of(contract, runner.log.answered),
    )


def unreachable(
    contract: Contract, settings: Settings, seeds: tuple[int, ...], error: Unreachable, began: datetime
) -> Result:
    """The result of a run that could not begin: it is reported as well, since a pipeline shows reports, not output."""
    why = f"unreachable: {error}"
    return Result(settings.url, seeds, contract.digest, began, untestable=why, options=settings.recorded)


def _named(contract: Contract) -> str:
    info = contract.document.get("info") or {}
    return f"{info.get('title', '')} {info.get('version', '')}".strip()


def _notes(runner: Runner, baseline: Baseline | None) -> Iterator[str]:
    yield from dict.fromkeys(f"the target answered {name}" for name in runner.log.circumstances)
    yield from runner.log.notes
    if runner.budget.stopped:
        yield f"stopped early: {runner.budget.stopped}"
    if baseline is not None:
        yield from baseline.notes(runner.log.sent)


def live_target(contract: Contract, settings: Settings) -> LiveTarget:
    """A target for generated requests alone, with a budget of its own.

    Raises:
        SettingsError: the user must say that it is theirs.
    """
    target = look(settings)
    why_not = refusal(contract, settings, target)
    if why_not:
        raise SettingsError(f"{why_not}; or set {CONSENT}=1")
    return LiveTarget(under_test(contract, settings, target), _runner(settings, target, Budget(settings.limits)))


def _runner(
    settings: Settings,
    target: Target,
    budget: Budget,
    baseline: Baseline | None = None,
    on_case: Callable[[Case, int], None] = lambda case, sent: None,
) -> Runner:
    return Runner(
        Sender(settings.wire(), budget),
        Masker(settings.secrets),
        (*settings.secrets.values(), secret_of(settings.seed)),
        pace=Pace(settings.slow_after),
        harmless=target.mock,
        uniqueness=Uniqueness(by_request=target.ids_by_request),
        baseline=baseline,
        on_case=on_case,
    )


def _all(contract: Contract, settings: Settings, target: Target, runner: Runner, progress: Progress) -> tuple[str, int]:
    """Why the target is untestable (empty where it is not), and how many requests were generated."""
    found = plan(contract, settings, target)
    if not found:
        return "no case is wanted" if settings.only else "the contract has no operation", 0
    for suite in found:
        for gap in suite.gaps:
            runner.log.proof.not_asked(gap.operation, gap.constraint, gap.hint)
        for case in suite.cases:
            runner.log.proof.expect(case)
    progress("preflight", runner.budget.requests)
    reasons, done = _asked_first(found, runner)
    testable = [suite for suite in found if not reasons[suite.under_test.operation.id]]
    if not testable:
        return next(iter(reasons.values())), 0
    return "", _sent(settings, testable, done, runner, progress)


def _asked_first(found: list[Suite], runner: Runner) -> tuple[dict[str, str], frozenset[str]]:
    """Why each operation cannot be tested (empty where it can), and the cases that were sent to find out."""
    reasons: dict[str, str] = {}
    done: set[str] = set()
    for suite in found:
        first = preflight(suite.under_test, suite.cases, runner)
        reasons[suite.under_test.operation.id] = first.untestable
        for case, exchange in () if first.untestable else first.sent:
            runner.adopt(suite.under_test, case, exchange)
            done.add(case.id)
        for case in suite.cases if first.untestable else ():
            runner.log.proof.skipped(case, first.untestable)
    return reasons, frozenset(done)


def _sent(settings: Settings, testable: list[Suite], done: frozenset[str], runner: Runner, progress: Progress) -> int:
    """Send everything; how many requests were generated."""
    budget = runner.budget
    operations = [suite.under_test for suite in testable if not suite.under_test.takes_away]
    generating = [o for o in operations if settings.fuzz and _wants_generated(settings, o)]
    if generating:
        load()
    schedule = Schedule(testable, lambda: budget.left, runner.baseline.knows, done)
    share = settings.limits.max_seconds * (GENERATED_SHARE + LATE_SHARE) if generating else 0.0
    for under_test, case in schedule.early(lambda: budget.seconds_left > share):
        runner.next(under_test, case)
    for under_test in operations:
        if not settings.only or CORE_ALONE in settings.only:
            try_cookies(under_test, runner)
            repeat_refused(under_test, runner)
    generated = 0
    if generating:
        progress("generated requests", budget.requests)
        live = LiveTarget(
            generating,
            runner,
            kept_builds=max(1, schedule.kept),
            kept_seconds=settings.limits.max_seconds * LATE_SHARE,
            enough=max(FEWEST_GENERATED, int(GENERATED_OF_CASES * sum(len(suite.cases) for suite in testable))),
        )
        fuzz(generating[0].contract, generating, runner, live, settings.seed)
        generated = live.sent
    for under_test, case in schedule.late():
        runner.next(under_test, case)
    for suite in testable:
        read_deleted(suite.under_test, runner)
    return generated


def _wants_generated(settings: Settings, under_test: OperationUnderTest) -> bool:
    example = f"{under_test.operation.id}/generated/fuzzing/x"
    return not settings.only or any(fnmatchcase(example, pattern) for pattern in settings.only)
