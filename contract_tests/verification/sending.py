"""The door that every request passes: the budget, the rate, and what a connection or a target asks for."""

from __future__ import annotations

import threading

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.evaluation import built
from contract_tests.checks.leaks import framework_headers
from contract_tests.transport.budget import TOO_MANY_REQUESTS, Budget
from contract_tests.transport.wire import Exchange, Request, Unreachable, Wire
from contract_tests.verification.log import RunLog

WAITS_FOR_RATE = 3
"""How often a run waits where the target asks for fewer requests and says for how long."""


METHOD_NOT_ALLOWED = 405


class Sender:
    """Sends requests to one target, and notes what any answer says about it."""

    def __init__(self, wire: Wire, budget: Budget, log: RunLog | None = None) -> None:
        self.wire = wire
        self.budget = budget
        self.log = log or RunLog()
        self.cookies: dict[str, None] = {}

    def send(self, under_test: OperationUnderTest, case: Case) -> Exchange:
        """Send a case's request once, through the budget; again where the target asks to wait, or hung up on it."""
        exchange = self._once(self.wire, under_test, case)
        for _ in range(WAITS_FOR_RATE):
            if exchange.stale and not self.budget.closed():
                self.log.notes["a kept connection was closed: its request was sent again, and counted twice"] = None
            elif exchange.answer is None or not self.budget.pause_for(exchange.answer):
                break
            exchange = self._once(self.wire, under_test, case)
        if exchange.answer is not None and exchange.answer.status == TOO_MANY_REQUESTS:
            self.budget.stopped = "the target asked for fewer requests (429)"
        self._note_headers(exchange)
        return exchange

    def _once(self, wire: Wire, under_test: OperationUnderTest, case: Case) -> Exchange:
        self.budget.wait()
        effect = under_test.has_effect(case.request)
        try:
            exchange = wire.send(case.request, resend=not effect)
        except Unreachable as error:
            if not self.budget.builds:
                raise
            # It was there, and accepted something: that it is gone now is worth a finding, not the end of the run.
            self.budget.stopped = "the target went away"
            exchange = Exchange(case.request, b"", None, f"the target went away after it had answered: {error}")
        self.budget.note(exchange.answer, counts=effect and built(under_test, case, exchange))
        if exchange.answer is not None and case.request.method == under_test.operation.method:
            self.log.answered[case.operation, exchange.answer.status] += 1
        return exchange

    def ask(self, under_test: OperationUnderTest, request: Request) -> Exchange | None:
        """Send what changes nothing, to find out what may be sent."""
        if self.budget.closed(0):
            return None
        self.budget.wait()
        exchange = self.wire.send(request, resend=True)
        self.budget.note(exchange.answer, counts=False)
        return exchange

    def _note_headers(self, exchange: Exchange) -> None:
        if exchange.answer is None:
            return
        for header in framework_headers(exchange.answer):
            self.log.notes[f"the target names its software ({header})"] = None
        if exchange.answer.status == METHOD_NOT_ALLOWED and exchange.answer.header("Allow") is None:
            self.log.notes["the target answers 405 without Allow (RFC 9110, 15.5.6)"] = None
        cookie = exchange.answer.header("Set-Cookie") if exchange.accepted else None
        if cookie is not None:
            self.cookies.setdefault(cookie.partition(";")[0], None)

    def at_once(self, under_test: OperationUnderTest, case: Case) -> list[Exchange]:
        """A case as often at the same time as it says, on connections of their own."""
        found: list[Exchange] = []

        def one() -> None:
            wire = self.wire.another()
            found.append(self._once(wire, under_test, case))
            wire.close()

        threads = [threading.Thread(target=one) for _ in range(case.together)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found
