"""Sends the cases of the plan to both servers, and gathers the differences by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contract_tests.cases.case import Case
from contract_tests.parity.answers import Difference, differences
from contract_tests.parity.sides import Side, Step
from contract_tests.transport.wire import Exchange
from contract_tests.verification.schedule import planned

ALIKE, DIFFERENT, UNTESTABLE = 0, 1, 3
REFUSED_IDENTITY = (401, 403, 404)


@dataclass(frozen=True, slots=True)
class Kind:
    """Differences of one kind: the same two answers to requests with the same purpose.

    Attributes:
        constraint: what part of the contract the requests are about, e.g. `enum build_type`.
        first: id of the first case that showed it.
        purpose: what that case is to prove.
        times: how many cases showed it.
    """

    operation: str
    constraint: str
    difference: Difference
    first: str
    purpose: str
    times: int = 1


@dataclass
class Parity:
    """What came of a comparison.

    Attributes:
        urls: the two servers.
        asked: how many cases were sent to both.
        alike: how many of them were answered alike.
        left_out: how many were not sent, by the reason.
        untestable: why nothing could be compared; empty where something was.
    """

    urls: tuple[str, str]
    asked: int = 0
    alike: int = 0
    accepted: tuple[int, int] = (0, 0)
    left_out: dict[str, int] = field(default_factory=dict)
    kinds: dict[tuple[str, str, Difference], Kind] = field(default_factory=dict)
    untestable: str = ""

    @property
    def exit_code(self) -> int:
        if self.untestable or not self.asked:
            return UNTESTABLE
        return DIFFERENT if self.kinds else ALIKE

    def leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def note(self, case: Case, found: list[Difference]) -> None:
        """Take down how a case was answered."""
        self.asked += 1
        self.alike += not found
        for difference in found:
            key = case.operation, case.constraint, difference
            known = self.kinds.get(key)
            times = known.times + 1 if known else 1
            first, purpose = (known.first, known.purpose) if known else (case.id, case.purpose)
            self.kinds[key] = Kind(case.operation, case.constraint, difference, first, purpose, times)


def compared(a: Side, b: Side, progress: Callable[[str, int], None] = lambda what, sent: None) -> Parity:
    """Send each case to both servers, as long as both budgets allow it.

    Raises:
        Unreachable: no connection can be made.
    """
    parity = Parity((a.target.url, b.target.url))
    for _, case in planned(a.suites, a.sender.budget.limits.max_builds):
        one, other = a.step(case), b.step(case)
        if one is None or other is None:
            parity.leave_out("only one of the servers can be asked")
            continue
        why = _why_not(a, one) or _why_not(b, other)
        if why:
            parity.leave_out(why)
            continue
        sent = a.send(one), b.send(other)
        if not parity.asked and case.expect.accepts:
            parity.untestable = _refused(a, sent[0]) or _refused(b, sent[1])
            if parity.untestable:
                break
        parity.note(case, list(differences(one.under_test, sent[0], other.under_test, sent[1])))
        progress(case.constraint, parity.asked)
    parity.accepted = a.sender.budget.builds, b.sender.budget.builds
    return parity


def _why_not(side: Side, step: Step) -> str:
    """Why a case is not sent; empty where it may be."""
    closed = side.sender.budget.closed()
    if closed:
        return f"{side.name}: {closed}"
    if step.case.together > 1:
        return "requests at the same time come in any order"
    return "" if side.may_be_sent(step) else "it might do harm"


def _refused(side: Side, exchange: Exchange) -> str:
    """Why a server cannot be compared: it does not know the token, or the ids."""
    status = exchange.answer.status if exchange.answer is not None else 0
    if status not in REFUSED_IDENTITY:
        return ""
    prefix = "RAINBOND_B_" if side.name == "B" else "RAINBOND_"
    what = "TEAM, REGION, APP and SERVICE" if status == REFUSED_IDENTITY[-1] else "TOKEN"
    return f"{side.name}, {side.target.url}, answers {status} to a valid request: check {prefix}{what}"
