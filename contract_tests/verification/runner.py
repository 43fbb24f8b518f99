"""Sends cases, one after the other, and keeps the books: budget, proof, findings."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.evaluation import judge
from contract_tests.checks.problem import Problem
from contract_tests.checks.registry import BY_ID
from contract_tests.checks.uniqueness import Uniqueness
from contract_tests.results.baseline import Baseline
from contract_tests.results.findings import KNOWN, LENIENT, VIOLATION, Finding, Findings
from contract_tests.results.masking import Masker
from contract_tests.results.proof import Proof
from contract_tests.transport.budget import Budget
from contract_tests.transport.wire import Exchange, Request, Unreachable, Wire
from contract_tests.verification.shrinking import shrink

BUSY_WAITS = (0.3, 0.7)
"""How long to wait before a valid request is tried again that was refused for what is going on on the target."""
SURELY_SLOW = 4.0
"""So many times the limit is slow even if it happens only once."""
SHORTEST_TIMEOUT = 2.5
KEPT_FOR_CASES = 5
"""Builds that making a finding smaller must leave for what else is to be found."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class RunLog:
    """What a run writes down."""

    findings: Findings = field(default_factory=Findings)
    proof: Proof = field(default_factory=Proof)
    sent: list[Case] = field(default_factory=list)
    circumstances: list[str] = field(default_factory=list)


class Runner:
    """Sends cases for one operation at a time.

    Args:
        secrets: what no answer may repeat.
        on_case: called after each case, for a progress display.
    """

    def __init__(
        self,
        wire: Wire,
        gate: Budget,
        masker: Masker,
        secrets: tuple[str, ...],
        *,
        slow_after: float,
        timeout: float,
        uniqueness: Uniqueness | None = None,
        baseline: Baseline | None = None,
        on_case: Callable[[Case, int], None] = lambda case, done: None,
    ) -> None:
        self.wire = wire
        self.gate = gate
        self.books = RunLog()
        self._masker = masker
        self._secrets = secrets
        self._slow_after = slow_after
        self._timeout = timeout
        self._uniqueness = uniqueness or Uniqueness()
        self._on_case = on_case
        self._baseline = baseline or Baseline(())
        self._shown: set[str] = set()
        self._cookies: dict[str, None] = {}
        self._refused: dict[str, tuple[Case, Exchange]] = {}

    def first(self, under_test: OperationUnderTest, cases: Iterable[Case], kept_seconds: float) -> list[Case]:
        """Send the cases in this order, as far as budget and time allow, and give those that wait.

        Once the budget is spent nothing may be sent any more, not even what costs nothing where it is refused: so the
        last build waits until everything else was sent. What does not fit into the time waits, too.
        """
        waiting = []
        for case in cases:
            self.books.proof.expect(case)
            last = case.expect.accepts and self.gate.left <= case.together
            if last or self.gate.seconds_left <= kept_seconds:
                waiting.append(case)
            else:
                self._next(under_test, case)
        return waiting

    def run(self, under_test: OperationUnderTest, cases: Iterable[Case]) -> None:
        """Send cases in this order, as far as budget and time allow."""
        for case in cases:
            self._next(under_test, case)

    # ---- one case

    def _next(self, subject: OperationUnderTest, case: Case) -> None:
        """Send a case, unless its like has shown a violation already, or nothing may be sent any more."""
        why = self.gate.closed(case.together)
        if case.likeness in self._shown:
            self.books.proof.spared(case)
        elif why:
            self.books.proof.skipped(case, why)
        else:
            self._one(subject, case)
            self._on_case(case, self.gate.requests)

    def adopt(self, subject: OperationUnderTest, case: Case, exchange: Exchange) -> None:
        """Take over a case that was sent already, by the preflight."""
        self.books.sent.append(case)
        self.books.proof.expect(case)
        self._settle(subject, case, exchange)

    def _one(self, subject: OperationUnderTest, case: Case) -> None:
        self.books.sent.append(case)
        for exchange in self._exchanges(subject, case):
            self._settle(subject, case, exchange)

    def _exchanges(self, subject: OperationUnderTest, case: Case) -> list[Exchange]:
        if case.together == 1:
            return [self.send(subject, case)]
        return self._at_once(subject, case)

    def send(self, subject: OperationUnderTest, case: Case) -> Exchange:
        """Send a case's request once, through the gate."""
        self.gate.wait()
        self.wire.timeout = min(self._timeout, max(SHORTEST_TIMEOUT, self.gate.seconds_left))
        exchange = self._sent(self.wire, case)
        self.gate.note(exchange.answer, counts=self.counts(subject, case.request))
        self._note_cookie(exchange)
        return exchange

    @staticmethod
    def counts(under_test: OperationUnderTest, request: Request) -> bool:
        """Whether an accepted request may have an effect: any but a browser's question of what is allowed."""
        if request.method == "OPTIONS":
            return False
        return bool(under_test.operation.side_effect) or under_test.operation.method not in SAFE_METHODS

    def _sent(self, wire: Wire, case: Case) -> Exchange:
        try:
            return wire.send(case.request)
        except Unreachable as error:
            if not self.gate.builds:
                raise
            # It was there, and accepted something: that it is gone now is worth a finding, not the end of the run.
            self.gate.stopped = "the target went away"
            return Exchange(case.request, b"", None, f"the target went away after it had answered: {error}")

    def _note_cookie(self, exchange: Exchange) -> None:
        cookie = exchange.answer.header("Set-Cookie") if exchange.answer is not None and exchange.accepted else None
        if cookie is not None:
            self._cookies.setdefault(cookie.partition(";")[0], None)

    def _at_once(self, subject: OperationUnderTest, case: Case) -> list[Exchange]:
        found: list[Exchange] = []

        def ask() -> None:
            wire = Wire(self.wire.url.geturl(), self.wire.timeout)
            found.append(self._sent(wire, case))
            wire.close()

        threads = [threading.Thread(target=ask) for _ in range(case.together)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for exchange in found:
            self.gate.note(exchange.answer, counts=self.counts(subject, case.request))
        return found

    def _settle(self, subject: OperationUnderTest, case: Case, exchange: Exchange) -> None:
        judgement = judge(subject, case, exchange, self._secrets_of(case))
        problems = list(judgement.problems)
        if judgement.circumstance:
            exchange, problems = self._try_again(subject, case, exchange, judgement.circumstance)
            if not problems and not exchange.accepted:
                return
        if exchange.answer is not None:
            problems += self._slowness(subject, case, exchange)
            problems += self._uniqueness.problems(subject, case.request, exchange.answer)
        if problems and case.packed:
            case, exchange = self._smaller(subject, case, exchange, problems)
        self.note(subject, case, exchange, problems)
        if not problems and case.expect.refuses:
            self._refused.setdefault(case.check, (case, exchange))

    def evaluate(self, under_test: OperationUnderTest, case: Case, exchange: Exchange) -> tuple[list[Problem], str]:
        """What is wrong with an answer, and the documented circumstance that refused a valid request."""
        judgement = judge(under_test, case, exchange, self._secrets_of(case))
        problems = list(judgement.problems)
        if exchange.answer is not None:
            problems += self._uniqueness.problems(under_test, case.request, exchange.answer)
        return problems, judgement.circumstance

    def note(self, subject: OperationUnderTest, case: Case, exchange: Exchange, problems: Iterable[Problem]) -> None:
        """Write down what came of a case."""
        found = list(problems)
        noted = [self._finding(subject, case, exchange, problem) for problem in found]
        self.books.findings.extend(noted)
        if found:
            self._shown.add(case.likeness)
            if all(finding.kind == KNOWN for finding in noted):
                self.books.proof.known(case)
            else:
                self.books.proof.violated(case)
        else:
            self.books.proof.proven(case)

    def _smaller(
        self, subject: OperationUnderTest, case: Case, exchange: Exchange, problems: list[Problem]
    ) -> tuple[Case, Exchange]:
        """What is wrong with a body of many values may be wrong with few of them; found out within the budget."""
        wrong = {problem.check for problem in problems} & {case.check, "server-error"}
        if not wrong:
            return case, exchange

        def attempt(tried: Case) -> Exchange | None:
            if self.gate.left <= KEPT_FOR_CASES or self.gate.seconds_left < SHORTEST_TIMEOUT:
                return None
            found = self.send(subject, tried)
            again = {problem.check for problem in judge(subject, tried, found, self._secrets_of(tried)).problems}
            return found if wrong & again else None

        return shrink(case, exchange, attempt)

    def _try_again(
        self, subject: OperationUnderTest, case: Case, exchange: Exchange, circumstance: str
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
            exchange = self.send(subject, case)
            if exchange.accepted:
                return exchange, list(judge(subject, case, exchange, self._secrets_of(case)).problems)
        plain = next((c for c in self.books.sent if c.expect.accepts and c.together == 1 and c is not case), None)
        if plain is not None and case.together == 1 and not self.gate.closed() and self.send(subject, plain).accepted:
            return exchange, list(judge(subject, case, exchange, self._secrets_of(case)).problems)
        self.books.circumstances.append(circumstance)
        self.books.proof.skipped(case, f"the target answered {circumstance}")
        return exchange, []

    def _slowness(self, subject: OperationUnderTest, case: Case, exchange: Exchange) -> list[Problem]:
        """Slow once may be the machine's doing: it is asked again, unless it was very slow."""
        seconds = exchange.answer.seconds if exchange.answer else 0.0
        if seconds <= self._slow_after:
            return []
        if seconds <= self._slow_after * SURELY_SLOW and not self.gate.closed():
            again = self.send(subject, case).answer
            if again is not None and again.seconds <= self._slow_after:
                return []
        return [Problem("slow-answer", f"an answer within {self._slow_after:g} s", f"{seconds:.1f} s")]

    # ---- at the end

    def try_cookies(self, subject: OperationUnderTest) -> None:
        """A cookie that came with an accepted request is no token, unless the contract says so."""
        if not self._cookies or subject.scheme is None or self.gate.closed():
            return
        headers = (("Cookie", "; ".join(self._cookies)),)
        self._one(
            subject,
            Case(
                id=f"{subject.operation.id}/token/cookie-of-the-target",
                check="secret-in-url-accepted",
                operation=subject.operation.id,
                constraint="token",
                purpose="a cookie that the target gave is no token",
                request=subject.request(token=None, headers=headers),
                expect=subject.refused("no-token"),
                where=("components", "securitySchemes", subject.scheme.key),
            ),
        )

    def repeat_refused(self, subject: OperationUnderTest) -> None:
        """Refused requests again, one of each kind: the same request must still get the same answer."""
        for case, before in list(self._refused.values()):
            if self.gate.closed():
                return
            self.books.sent.append(case)
            exchange = self.send(subject, case)
            problems = list(judge(subject, case, exchange, self._secrets_of(case)).problems)
            first, second = before.answer, exchange.answer
            if not problems and first is not None and second is not None and first.status != second.status:
                problems = [Problem("answer-changes", f"{first.status} again", str(second.status))]
            self.note(subject, replace(case, check="answer-changes"), exchange, problems)

    def _secrets_of(self, case: Case) -> tuple[str, ...]:
        sent = (value for name, value in case.request.headers if name.lower() == "authorization")
        return (*self._secrets, *(value.strip() for value in sent if len(value.strip()) >= LONG_ENOUGH))

    def _finding(self, subject: OperationUnderTest, case: Case, exchange: Exchange, problem: Problem) -> Finding:
        check = BY_ID[problem.check]
        generous = case.lenient and problem.check == case.check and not check.security
        reason = self._baseline.reason_for(problem.check, subject.operation.id, case.constraint, case.id)
        answer = exchange.answer
        return Finding(
            check=problem.check,
            severity=check.severity,
            kind=KNOWN if reason is not None else LENIENT if generous else VIOLATION,
            reason=reason or "",
            operation=subject.operation.id,
            constraint=case.constraint,
            case=case.id,
            purpose=case.purpose,
            expected=self._masker.text(problem.expected),
            observed=self._masker.text(problem.observed),
            where=_place(subject, case),
            request=self._masker.data(exchange.sent),
            answer=self._masker.answer(answer.head + answer.body) if answer else b"",
            seconds=answer.seconds if answer else 0.0,
        )


def _place(subject: OperationUnderTest, case: Case) -> str:
    """File and line of the contract; the file as seen from here, or its name alone where it lies elsewhere."""
    file, _, line = subject.contract.source.place(case.where).rpartition(":")
    with contextlib.suppress(ValueError):
        return f"{Path(file).absolute().relative_to(Path.cwd())}:{line}"
    return f"{Path(file).name}:{line}"


LONG_ENOUGH = 12
"""Shorter tokens are words that an answer may well hold."""
