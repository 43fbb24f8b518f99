"""Sends cases, one after the other, and keeps a log: proof, findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.evaluation import judge
from contract_tests.checks.problem import Problem
from contract_tests.checks.uniqueness import Uniqueness
from contract_tests.results.baseline import Baseline
from contract_tests.results.findings import KNOWN, VIOLATION, Finding
from contract_tests.results.masking import Masker
from contract_tests.results.noting import finding_of
from contract_tests.transport.budget import SERVER_ERROR
from contract_tests.transport.wire import Exchange
from contract_tests.verification.leave import Leave, Withheld
from contract_tests.verification.pace import FIRST_LIMIT, TIMES_SLOWER, Pace
from contract_tests.verification.sending import Sender
from contract_tests.verification.shrinking import shrink

BUSY_WAITS = (0.3, 0.7)
"""How long to wait before a valid request is tried again that was refused for what is going on on the target."""
KEPT_FOR_CASES = 5
"""Builds that making a finding smaller must leave for what else is to be found."""
SHORTEST_LEFT = 2.5
"""Seconds that a run must still have for what is sent a second time."""


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
        sender: Sender,
        masker: Masker,
        secrets: tuple[str, ...],
        *,
        pace: Pace,
        harmless: bool = False,
        uniqueness: Uniqueness | None = None,
        baseline: Baseline | None = None,
        on_case: Callable[[Case, int], None] = lambda case, done: None,
    ) -> None:
        self.sender = sender
        self.send = sender.send
        self.budget = sender.budget
        self.log = sender.log
        self.baseline = baseline or Baseline(())
        self.refused: dict[tuple[str, str], tuple[Case, Exchange]] = {}
        self._masker = masker
        self._secrets = secrets
        self._pace = pace
        self._leave = Leave(sender.ask, harmless=harmless)
        self._uniqueness = uniqueness or Uniqueness()
        self._on_case = on_case
        self._shown: dict[tuple[str, str], str] = {}
        self._neighbours: dict[tuple[str, str], list[Shown]] = {}

    # ---- one case

    def next(self, under_test: OperationUnderTest, case: Case) -> None:
        """Send a case, unless its like has shown a violation already, or it may not be sent."""
        needs = case.together if under_test.has_effect(case.request) else 0
        why = self.budget.closed(needs)
        if self._is_spared(case):
            self.log.proof.spared(case)
        elif why:
            self.log.proof.skipped(case, why)
        elif (withheld := self._leave.withheld(under_test, case.request)) is not None:
            self._without(under_test, case, withheld)
        else:
            self.one(under_test, case)
            self._on_case(case, self.budget.requests)

    def _is_spared(self, case: Case) -> bool:
        """A violation speaks for its like; what a baseline knows, only for what the baseline knows as well."""
        shown = self._shown.get((case.operation, case.likeness))
        return shown == VIOLATION or (shown == KNOWN and self.baseline.knows(case))

    def _without(self, under_test: OperationUnderTest, case: Case, withheld: Withheld) -> None:
        """A case that may do harm: what a GET of its address said may settle it."""
        seen = withheld.seen
        if not case.by_get or seen is None or seen.answer is None:
            self.log.proof.excused(case, withheld.why)
            return
        status = seen.answer.status
        check = "server-error" if status >= SERVER_ERROR else case.check
        self._show(under_test, case, seen, [Problem(check, str(case.expect), f"{status} to a GET of this address")])

    def adopt(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> None:
        """Take over a case that was sent already, by the preflight."""
        self.log.sent.append(case)
        self._settle(under_test, case, exchange)

    def one(self, under_test: OperationUnderTest, case: Case) -> None:
        """Send a case and judge its answers."""
        self.log.sent.append(case)
        for exchange in [self.send(under_test, case)] if case.together == 1 else self.sender.at_once(under_test, case):
            self._settle(under_test, case, exchange)

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
        if problems and case.shrinkable:
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
                self.log.proof.excused(case, "the target has something of this name, it seems")
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
        self.log.findings.extend(noted)
        if not found:
            self.log.proof.proven(case)
            return
        known = all(finding.kind == KNOWN for finding in noted)
        key = (case.operation, case.likeness)
        if not known or key not in self._shown:
            self._shown[key] = KNOWN if known else VIOLATION
        if known:
            self.log.proof.known(case)
        else:
            self.log.proof.violated(case)

    def _smaller(
        self, under_test: OperationUnderTest, case: Case, exchange: Exchange, problems: list[Problem]
    ) -> tuple[Case, Exchange]:
        """What is wrong with a body of many values may be wrong with few of them; found out within the budget."""
        wrong = {problem.check for problem in problems} & {case.check, "server-error"}
        if not wrong:
            return case, exchange

        def attempt(tried: Case) -> Exchange | None:
            if self.budget.left <= KEPT_FOR_CASES or self.budget.seconds_left < SHORTEST_LEFT:
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
        for wait in BUSY_WAITS if len(self.log.circumstances) < len(BUSY_WAITS) else ():
            time.sleep(wait if self.budget.seconds_left > wait else 0)
            if case.together > 1 or self.budget.closed():
                break
            exchange = self.send(under_test, case)
            if exchange.accepted:
                return exchange, list(judge(under_test, case, exchange, self._secrets_of(case)).problems)
        like = (c for c in self.log.sent if c.operation == case.operation and c is not case)
        plain = next((c for c in like if c.expect.accepts and c.together == 1), None)
        if (
            plain is not None
            and case.together == 1
            and not self.budget.closed()
            and self.send(under_test, plain).accepted
        ):
            return exchange, list(judge(under_test, case, exchange, self._secrets_of(case)).problems)
        self.log.circumstances.append(circumstance)
        self.log.proof.skipped(case, f"the target answered {circumstance}")
        return exchange, []

    def _slowness(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> list[Problem]:
        """Slow once may be the machine's doing, or a worker's that wakes up: it is asked again."""
        seconds, size = exchange.answer.seconds if exchange.answer else 0.0, len(exchange.sent)
        if not self._pace.is_slow(seconds, size):
            return []
        spare = self.budget.left > KEPT_FOR_CASES or not under_test.has_effect(case.request)
        for _ in range(self._pace.attempts if spare else 0):
            again = None if self.budget.closed() else self.send(under_test, case).answer
            if again is not None and not self._pace.is_slow(again.seconds, size):
                return []
            seconds = again.seconds if again is not None else seconds
        if self._pace.is_usual and self._all_is_slow(under_test, seconds):
            return []
        return [Problem("slow-answer", f"an answer within {self._pace.limit:g} s", f"{seconds:.1f} s")]

    def _all_is_slow(self, under_test: OperationUnderTest, seconds: float) -> bool:
        """Whether a request that was answered quickly before is not so now: then the machine is slow."""
        quick = [
            case
            for case, exchange in self.refused.values()
            if exchange.answer is not None and exchange.answer.seconds < FIRST_LIMIT / 2
        ]
        answer = self.send(under_test, quick[0]).answer if quick and not self.budget.closed() else None
        return answer is not None and answer.seconds * TIMES_SLOWER > seconds

    # ---- findings

    def _secrets_of(self, case: Case) -> tuple[str, ...]:
        sent = (value for name, value in case.request.headers if name.lower() == "authorization")
        return (*self._secrets, *(value.strip() for value in sent if len(value.strip()) >= LONG_ENOUGH))

    def _finding(self, under_test: OperationUnderTest, case: Case, exchange: Exchange, problem: Problem) -> Finding:
        return finding_of(
            problem,
            case,
            self.baseline,
            self._masker,
            where=under_test.place(case.where),
            sent=exchange.sent,
            answer=exchange.answer,
            seconds=exchange.answer.seconds if exchange.answer else 0.0,
        )


LONG_ENOUGH = 12
"""Shorter tokens are words that an answer may well hold."""
