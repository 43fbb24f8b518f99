"""A verification from start to end: look at the target, ask the first question, send the cases, fuzz, sum up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.suite import Scope, Suite, secret_of, suites
from contract_tests.checks.uniqueness import Uniqueness
from contract_tests.results.baseline import Baseline
from contract_tests.results.findings import KNOWN, LENIENT, Finding, Findings
from contract_tests.results.masking import Masker
from contract_tests.results.proof import Proof
from contract_tests.settings import Settings
from contract_tests.transport.budget import Budget
from contract_tests.transport.wire import Unreachable, Wire
from contract_tests.verification.fuzzing import fuzz
from contract_tests.verification.live import LiveTarget
from contract_tests.verification.preflight import preflight
from contract_tests.verification.runner import Runner
from contract_tests.verification.target import Target, look
from mock_server.contract.model import Contract

GENERATED_SHARE = 0.3
"""Of the time of a run, how much is left for generated requests, however slowly the cases go."""

CONFORMING, VIOLATED, UNTESTABLE, INTERRUPTED = 0, 1, 3, 130

Progress = Callable[[str, int], None]
"""Told what is being done, and how many requests were sent."""


@dataclass(frozen=True)
class Result:
    """What a verification found out.

    Attributes:
        builds: how many requests the target accepted, wanted or not.
        untestable: why nothing was proven; empty where something was.
        interrupted: the user ended it: this is the verdict so far.
        notes: what a reader should know besides: a stop, circumstances, baseline entries to clean up.
    """

    url: str
    seeds: tuple[int, ...]
    digest: str
    findings: Findings = field(default_factory=Findings)
    proof: Proof = field(default_factory=Proof)
    builds: int = 0
    requests: int = 0
    seconds: float = 0.0
    untestable: str = ""
    notes: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    generated: int = 0
    interrupted: bool = False
    options: tuple[tuple[str, object], ...] = ()

    def fails(self, finding: Finding) -> bool:
        """Whether a finding makes the verification fail."""
        return finding.kind != KNOWN and not (finding.kind == LENIENT and LENIENT in self.tolerated)

    @property
    def failing(self) -> list[Finding]:
        return [finding for finding in self.findings if self.fails(finding)]

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return INTERRUPTED
        if self.failing:
            return VIOLATED
        return UNTESTABLE if self.untestable or self.proof.open_core else CONFORMING


def plan(contract: Contract, settings: Settings, target: Target) -> list[Suite]:
    """The cases that a verification with these settings would send, in order."""
    scope = Scope(settings.seed, settings.overwriting, not settings.loopback, settings.limits.max_builds, settings.only)
    return suites(contract, target, scope)


def under_test(contract: Contract, settings: Settings, target: Target) -> list[OperationUnderTest]:
    """The operations of a contract, as these settings call them."""
    return [suite.subject for suite in plan(contract, settings, target)]


def verify(
    contract: Contract,
    settings: Settings,
    baseline: Baseline | None = None,
    progress: Progress = lambda what, sent: None,
    on_case: Callable[[Case], None] = lambda case: None,
) -> Result:
    """Verify a target against a contract."""
    started = time.monotonic()
    try:
        target = look(settings.url, settings.identity, settings.patience)
    except Unreachable as error:
        return Result(
            settings.url, (settings.seed,), contract.digest,
            untestable=f"unreachable: {error}", options=settings.recorded,
        )  # fmt: skip

    def tell(case: Case, sent: int) -> None:
        on_case(case)
        progress(case.check, sent)

    runner = _runner(settings, target, baseline, tell)
    untestable, generated, interrupted = "", 0, False
    try:
        untestable, generated = _all(contract, settings, target, runner, progress)
    except Unreachable as error:
        untestable = "" if runner.books.findings else f"the target went away: {error}"
    except KeyboardInterrupt:
        interrupted = True
    finally:
        runner.wire.close()
    notes = list(dict.fromkeys(f"the target answered {name}" for name in runner.books.circumstances))
    if runner.gate.stopped:
        notes.append(f"stopped early: {runner.gate.stopped}")
    if baseline is not None:
        notes += baseline.notes()
    return Result(
        url=target.url,
        seeds=(settings.seed,),
        digest=contract.digest,
        findings=runner.books.findings,
        proof=runner.books.proof,
        builds=runner.gate.builds,
        requests=runner.gate.requests,
        seconds=time.monotonic() - started,
        untestable=untestable,
        interrupted=interrupted,
        notes=tuple(notes),
        tolerated=settings.tolerate,
        generated=generated,
        options=settings.recorded,
    )


def live_target(contract: Contract, settings: Settings) -> LiveTarget:
    """A target for generated requests alone, with a budget of its own."""
    target = look(settings.url, settings.identity, settings.patience)
    return LiveTarget(under_test(contract, settings, target), _runner(settings, target))


def _runner(
    settings: Settings,
    target: Target,
    baseline: Baseline | None = None,
    on_case: Callable[[Case, int], None] = lambda case, sent: None,
) -> Runner:
    return Runner(
        Wire(target.url, settings.patience),
        Budget(settings.limits),
        Masker(settings.secrets),
        (*settings.secrets.values(), secret_of(settings.seed)),
        slow_after=settings.slow_after,
        timeout=settings.patience,
        uniqueness=Uniqueness(by_request=target.ids_by_request),
        baseline=baseline,
        on_case=on_case,
    )


def _all(contract: Contract, settings: Settings, target: Target, runner: Runner, progress: Progress) -> tuple[str, int]:
    """Why the target is untestable (empty where it is not), and how many requests were generated."""
    found = plan(contract, settings, target)
    share = settings.limits.max_seconds * GENERATED_SHARE if settings.fuzz else 0.0
    untestable, waiting = _cases(found, runner, progress, share)
    generated = 0
    if settings.fuzz and not untestable:
        progress("generated requests", runner.gate.requests)
        kept = sum(case.together for cases in waiting.values() for case in cases if case.expect.accepts)
        operations = [suite.subject for suite in found]
        live = LiveTarget(operations, runner, kept_builds=max(1, kept))
        fuzz(contract, operations, runner, live, settings.seed)
        generated = live.sent
    for suite in found:
        runner.run(suite.subject, waiting.get(suite.subject.operation.id, []))
    return untestable, generated


def _cases(found: list[Suite], runner: Runner, progress: Progress, share: float) -> tuple[str, dict[str, list[Case]]]:
    """Verify each operation; why none of them can be tested, or empty, and what waits by operation."""
    reasons, waiting = [], {}
    for suite in found:
        for gap in suite.gaps:
            runner.books.proof.not_asked(gap.operation, gap.constraint, gap.hint)
        why, left = _one(suite, runner, progress, share)
        reasons.append(why)
        waiting[suite.subject.operation.id] = left
    if not reasons:
        return "the contract has no operation", waiting
    return "" if "" in reasons else reasons[0], waiting


def _one(suite: Suite, runner: Runner, progress: Progress, share: float) -> tuple[str, list[Case]]:
    """Verify one operation; why it is untestable, or empty, and the cases that wait."""
    progress("preflight", runner.gate.requests)
    first = preflight(suite.subject, suite.cases, runner)
    if first.untestable:
        for case in suite.cases:
            runner.books.proof.expect(case)
        return first.untestable, []
    for case, exchange in first.sent:
        runner.adopt(suite.subject, case, exchange)
    done = {case.id for case, _ in first.sent}
    waiting = runner.first(suite.subject, (case for case in suite.cases if case.id not in done), share)
    runner.try_cookies(suite.subject)
    runner.repeat_refused(suite.subject)
    return "", waiting


def merged(results: Iterable[Result]) -> Result:
    """Several runs, of several seeds, as one result."""
    runs = []
    for run in results:
        runs.append(run)
        if run.interrupted:
            break
    findings, proof = Findings(), Proof()
    for run in runs:
        findings.extend(run.findings)
        proof.merge(run.proof)
    return Result(
        url=runs[0].url,
        seeds=tuple(seed for run in runs for seed in run.seeds),
        digest=runs[0].digest,
        findings=findings,
        proof=proof,
        builds=sum(run.builds for run in runs),
        requests=sum(run.requests for run in runs),
        seconds=sum(run.seconds for run in runs),
        untestable=next((run.untestable for run in runs if run.untestable), ""),
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
        tolerated=runs[0].tolerated,
        options=runs[0].options,
        generated=sum(run.generated for run in runs),
        interrupted=runs[-1].interrupted,
    )
