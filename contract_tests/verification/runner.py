"""Sends cases, one after the other, and keeps the books: budget, proof, findings."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.evaluation import built, judge
from contract_tests.checks.leaks import framework_headers
from contract_tests.checks.problem import Problem
from contract_tests.checks.registry import BY_ID
from contract_tests.checks.uniqueness import Uniqueness
from contract_tests.results.baseline import Baseline
from contract_tests.results.findings import KNOWN, LENIENT, VIOLATION, Finding, Findings
from contract_tests.results.masking import Masker
from contract_tests.results.proof import Proof
from contract_tests.transport.budget import SERVER_ERROR, TOO_MANY_REQUESTS, Budget
from contract_tests.transport.wire import Exchange, Request, Unreachable, Wire
from contract_tests.verification.leave import Leave, Withheld
from contract_tests.verification.pace import Pace
from contract_tests.verification.shrinking import shrink

BUSY_WAITS = (0.3, 0.7)
"""How long to wait before a valid request is tried again that was refused for what is going on on the target."""
KEPT_FOR_CASES = 5
"""Builds that making a finding smaller must leave for what else is to be found."""
SHORTEST_LEFT = 2.5
"""Seconds that a run must still have for what is sent a second time."""
WAITS_FOR_RATE = 3
"""How often a run waits where the target asks for fewer requests and says for how long."""


@dataclass(frozen=True)
class RunLog:
    """What a run writes down."""

    findings: Findings = field(default_factory=Findings)
    proof: Proof = field(default_factory=Proof)
    sent: list[Case] = field(default_factory=list)
    circumstances: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)


Shown = tuple[Case, Exchange, list[Problem]]


class Runner:
    """Sends cases; what they show is kept apart for each operation.

    Args:
        secrets: what no answer may repeat.
        harmless: the target says that it is a mock, so that everything may be sent.
        on_case: called after each case, for a progress display.
    """

    def __init__(
        self,
        wire: Wire,
        gate: Budget,
        masker: Masker,
        secrets: tuple[str, ...],
        *,
        pace: Pace,
        harmless: bool = False,
        uniqueness: Uniqueness | None = None,
        baseline: Baseline | None = None,
        on_case: Callable[[Case, int], None] = lambda case, done: None,
    ) -> None:
        self.wire = wire
        self.gate = gate
        self.books = RunLog()
        self.baseline = baseline or Baseline(())
        self.cookies: dict[str, None] = {}
        self.refused: dict[tuple[str, str], tuple[Case, Exchange]] = {}
        self._masker = masker
        self._secrets = secrets
        self._pace = pace
        self._leave = Leave(self._ask, harmless=harmless)
        self._uniqueness = uniqueness or Uniqueness()
        self._on_case = on_case
        self._shown: dict[tuple[str, str], str] = {}
        self._neighbours: dict[tuple[str, str], list[Shown]] = {}

    # ---- one case

    def next(self, under_test: OperationUnderTest, case: Case) -> None:
        """Send a case, unless its like has shown a violation already, or it may not be sent."""
        needs = case.together if under_test.has_effect(case.request) else 0
        why = self.gate.closed(needs)
        if self._is_spared(case):
            self.books.proof.spared(case)
        elif why:
            self.books.proof.skipped(case, why)
        elif (withheld := self._leave.withheld(under_test, case.request)) is not None:
            self._without(under_test, case, withheld)
        else:
            self.one(under_test, case)
            self._on_case(case, self.gate.requests)

    def _is_spared(self, case: Case) -> bool:
        """A violation speaks for its like; what a baseline knows, only for what the baseline knows as well."""
        shown = self._shown.get((case.operation, case.likeness))
        return shown == VIOLATION or (shown == KNOWN and self.baseline.knows(case))

    def _without(self, under_test: OperationUnderTest, case: Case, withheld: Withheld) -> None:
        """A case that may do harm: what a GET of its address said may settle it."""
        seen = withheld.seen
        if not case.by_get or seen is None or seen.answer is None:
            self.books.proof.excused(case, withheld.why)
            return
        status = seen.answer.status
        check = "server-error" if status >= SERVER_ERROR else case.check
        self._show(under_test, case, seen, [Problem(check, str(case.expect), f"{status} to a GET of this address")])

    def adopt(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> None:
        """Take over a case that was sent already, by the preflight."""
        self.books.sent.append(case)
        self._settle(under_test, case, exchange)

    def one(self, under_test: OperationUnderTest, case: Case) -> None:
        """Send a case and judge its answers."""
        self.books.sent.append(case)
        for exchange in [self.send(under_test, case)] if case.together == 1 else self._at_once(under_test, case):
            self._settle(under_test, case, exchange)

    # ---- sending

    def send(self, under_test: OperationUnderTest, case: Case) -> Exchange:
        """Send a case's request once, through the gate; again where the target asks to wait, or hung up on it."""
        exchange = self._once(self.wire, under_test, case)
        for _ in range(WAITS_FOR_RATE):
            if exchange.stale and not self.gate.closed():
                self.books.notes["a kept connection was closed: its request was sent again, and counted twice"] = None
            elif exchange.answer is None or not self.gate.pause_for(exchange.answer):
                break
            exchange = self._once(self.wire, under_test, case)
        if exchange.answer is not None and exchange.answer.status == TOO_MANY_REQUESTS:
            self.gate.stopped = "the target asked for fewer requests (429)"
        self._note_headers(exchange)
        return exchange

    def _once(self, wire: Wire, under_test: OperationUnderTest, case: Case) -> Exchange:
        self.gate.wait()
        effect = under_test.has_effect(case.request)
        try:
            exchange = wire.send(case.request, resend=not effect)
        except Unreachable as error:
            if not self.gate.builds:
                raise
            # It was there, and accepted something: that it is gone now is worth a finding, not the end of the run.
            self.gate.stopped = "the target went away"
            exchange = Exchange(case.request, b"", None, f"the target went away after it had answered: {error}")
        self.gate.note(exchange.answer, counts=effect and built(under_test, case, exchange))
        if exchange.answer is not None and case.request.method == under_test.operation.method:
            self.books.answered[case.operation, exchange.answer.status] += 1
        return exchange

    def _ask(self, under_test: OperationUnderTest, request: Request) -> Exchange | None:
        """Send what changes nothing, to find out what may be sent."""
        if self.gate.closed(0):
            return None
        self.gate.wait()
        exchange = self.wire.send(request, resend=True)
        self.gate.note(exchange.answer, counts=False)
        return exchange

    def _note_headers(self, exchange: Exchange) -> None:
        if exchange.answer is None:
            return
        for header in framework_headers(exchange.answer):
            self.books.notes[f"the target names its software ({header})"] = None
        cookie = exchange.answer.header("Set-Cookie") if exchange.accepted else None
        if cookie is not None:
            self.cookies.setdefault(cookie.partition(";")[0], None)

    def _at_once(self, under_test: OperationUnderTest, case: Case) -> list[Exchange]:
        found: list[Exchange] = []

        def ask() -> None:
            wire = Wire(self.wire.url.geturl(), self.wire.timeout)
            found.append(self._once(wire, under_test, case))
            wire.close()

        threads = [threading.Thread(target=ask) for _ in range(case.together)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    # ---- judging

    def _settle(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> None:
        judgement = judge(under_test, case, exchange, self._secrets_of(case))
        problems = list(judgement.problems)
        if judgement.circumstance:
            exchange, problems = self._try_again(under_test, case, exchange, judgement.circumstance)
            if not problems and not exchange.accepted:
                return
        if exchange.answer is not None:
            problems += self._slowness(under_test, case, exchange)
            problems += self._uniqueness.problems(under_test, case.request, exchange.answer)
        if problems and case.packed:
            case, exchange = self._smaller(under_test, case, exchange, problems)
        self._show(under_test, case, exchange, problems)
        if not problems and case.expect.refuses:
            self.refused.setdefault((case.operation, case.check), (case, exchange))

    def _show(
        self, under_test: OperationUnderTest, case: Case, exchange: Exchange, problems: Iterable[Problem]
    ) -> None:
        """Note what came of a case. Of an id's neighbours one of a kind may exist, two are no coincidence."""
        found = list(problems)
        if found and case.neighbour and all(problem.check == case.check for problem in found):
            held = self._neighbours.setdefault((case.operation, case.neighbour), [])
            held.append((case, exchange, found))
            if len(held) == 1:
                self.books.proof.excused(case, "the target has something of this name, it seems")
                return
            for shown in held[:-1] if len(held) == 2 else ():  # noqa: PLR2004 - the first one is told with the second
                self.note(under_test, *shown)
        self.note(under_test, case, exchange, found)

    def evaluate(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> tuple[list[Problem], str]:
        """What is wrong with an answer, and the documented circumstance that refused a valid request."""
        judgement = judge(under_test, case, exchange, self._secrets_of(case))
        problems = list(judgement.problems)
        if exchange.answer is not None:
            problems += self._uniqueness.problems(under_test, case.request, exchange.answer)
        return problems, judgement.circumstance

    def note(self, under_test: OperationUnderTest, case: Case, exchange: Exchange, problems: Iterable[Problem]) -> None:
        """Write down what came of a case."""
        found = list(problems)
        noted = [self._finding(under_test, case, exchange, problem) for problem in found]
        self.books.findings.extend(noted)
        if not found:
            self.books.proof.proven(case)
            return
        known = all(finding.kind == KNOWN for finding in noted)
        key = (case.operation, case.likeness)
        if not known or key not in self._shown:
            self._shown[key] = KNOWN if known else VIOLATION
        if known:
            self.books.proof.known(case)
        else:
            self.books.proof.violated(case)

    def _smaller(
        self, under_test: OperationUnderTest, case: Case, exchange: Exchange, problems: list[Problem]
    ) -> tuple[Case, Exchange]:
        """What is wrong with a body of many values may be wrong with few of them; found out within the budget."""
        wrong = {problem.check for problem in problems} & {case.check, "server-error"}
        if not wrong:
            return case, exchange

        def attempt(tried: Case) -> Exchange | None:
            if self.gate.left <= KEPT_FOR_CASES or self.gate.seconds_left < SHORTEST_LEFT:
                return None
            found = self.send(under_test, tried)
            again = {problem.check for problem in judge(under_test, tried, found, self._secrets_of(tried)).problems}
            return found if wrong & again else None

        return shrink(case, exchange, attempt)

    def _try_again(
        self, under_test: OperationUnderTest, case: Case, exchange: Exchange, circumstance: str
    ) -> tuple[Exchange, list[Problem]]:
        """Find out why a valid request was refused: for what goes on (busy, out of memory), or for itself.

        It is tried again; if that does not help, a request that was accepted before is. Where that one is accepted now,
        the refusal was the request's fault, and so against the contract.
        """
        # What went on for a while will not be over at once: only the first two times are waited for.
        for wait in BUSY_WAITS if len(self.books.circumstances) < len(BUSY_WAITS) else ():
            time.sleep(wait if self.gate.seconds_left > wait else 0)
            if case.together > 1 or self.gate.closed():
                break
            exchange = self.send(under_test, case)
            if exchange.accepted:
                return exchange, list(judge(under_test, case, exchange, self._secrets_of(case)).problems)
        like = (c for c in self.books.sent if c.operation == case.operation and c is not case)
        plain = next((c for c in like if c.expect.accepts and c.together == 1), None)
        if (
            plain is not None
            and case.together == 1
            and not self.gate.closed()
            and self.send(under_test, plain).accepted
        ):
            return exchange, list(judge(under_test, case, exchange, self._secrets_of(case)).problems)
        self.books.circumstances.append(circumstance)
        self.books.proof.skipped(case, f"the target answered {circumstance}")
        return exchange, []

    def _slowness(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> list[Problem]:
        """Slow once may be the machine's doing, or a worker's that wakes up: it is asked again."""
        seconds = exchange.answer.seconds if exchange.answer else 0.0
        if not self._pace.is_slow(seconds):
            return []
        spare = self.gate.left > KEPT_FOR_CASES or not under_test.has_effect(case.request)
        for _ in range(self._pace.attempts if spare else 0):
            again = None if self.gate.closed() else self.send(under_test, case).answer
            if again is not None and not self._pace.is_slow(again.seconds):
                return []
        return [Problem("slow-answer", f"an answer within {self._pace.limit:g} s", f"{seconds:.1f} s")]

    # ---- findings

    def _secrets_of(self, case: Case) -> tuple[str, ...]:
        sent = (value for name, value in case.request.headers if name.lower() == "authorization")
        return (*self._secrets, *(value.strip() for value in sent if len(value.strip()) >= LONG_ENOUGH))

    def _finding(self, under_test: OperationUnderTest, case: Case, exchange: Exchange, problem: Problem) -> Finding:
        check = BY_ID[problem.check]
        generous = case.lenient and problem.check == case.check and not check.security
        reason = self.baseline.reason_for(problem.check, case.operation, case.constraint, case.id, problem.observed)
        answer = exchange.answer
        return Finding(
            check=problem.check,
            severity=check.severity,
            kind=KNOWN if reason is not None else LENIENT if generous else VIOLATION,
            reason=reason or "",
            operation=case.operation,
            constraint=case.constraint,
            case=case.id,
            purpose=case.purpose,
            expected=self._masker.text(problem.expected),
            observed=self._masker.text(problem.observed),
            where=_place(under_test, case),
            request=self._masker.data(exchange.sent),
            answer=self._masker.answer(answer.head + answer.body) if answer else b"",
            seconds=answer.seconds if answer else 0.0,
        )


def _place(under_test: OperationUnderTest, case: Case) -> str:
    """File and line of the contract; the file as seen from here, or its name alone where it lies elsewhere."""
    file, _, line = under_test.contract.source.place(case.where).rpartition(":")
    with contextlib.suppress(ValueError):
        return f"{Path(file).absolute().relative_to(Path.cwd())}:{line}"
    return f"{Path(file).name}:{line}"


LONG_ENOUGH = 12
"""Shorter tokens are words that an answer may well hold."""
