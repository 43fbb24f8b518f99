"""The first question: does the target accept any valid request? Only then does anything else mean something.

A target that cannot be tested (unreachable, token refused, ids not found) is told apart from one that can, and breaks
the contract with its very first answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from contract_tests.cases.case import CORE, Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.evaluation import ABOUT_THE_REQUEST, is_circumstance
from contract_tests.checks.examples import matching
from contract_tests.checks.registry import BY_ID
from contract_tests.transport.answer import Answer
from contract_tests.transport.budget import is_loopback
from contract_tests.transport.wire import Exchange
from contract_tests.verification.runner import BUSY_WAITS, Runner

WRONG_IDENTITY = (401, 403, 404, 409)


@dataclass(frozen=True)
class Preflight:
    """What came of it.

    Attributes:
        sent: the cases that were sent, with their exchanges; all of them belong to the suite.
        untestable: why nothing can be tested; empty where it can, or where the target breaks the contract outright.
    """

    sent: list[tuple[Case, Exchange]] = field(default_factory=list)
    untestable: str = ""


def preflight(under_test: OperationUnderTest, cases: Sequence[Case], runner: Runner) -> Preflight:
    """Send valid requests in several forms until one is accepted.

    Raises:
        Unreachable: no connection can be made.
    """
    core = [case for case in cases if case.expect.accepts and case.priority == CORE]
    later = [case for case in cases if case.expect.accepts and case.priority != CORE and case.together == 1]
    if under_test.takes_away or not (core or later):
        return Preflight()
    sent: list[tuple[Case, Exchange]] = []
    for case in (*core, *later[:3]):
        if runner.budget.closed():
            break
        exchange = _patiently(under_test, case, runner)
        sent.append((case, exchange))
        if exchange.answer is not None and exchange.answer.status in case.expect.statuses:
            return Preflight(sent)
    return Preflight(sent, _why_untestable(under_test, sent, runner))


def _patiently(under_test: OperationUnderTest, case: Case, runner: Runner) -> Exchange:
    """Send a case; again after a while where the target is busy."""
    exchange = runner.send(under_test, case)
    for wait in BUSY_WAITS:
        example = matching(under_test, exchange.answer) if exchange.answer is not None else None
        if example is None or not is_circumstance(under_test, example.name) or runner.budget.closed():
            break
        time.sleep(wait)
        exchange = runner.send(under_test, case)
    return exchange


def _why_untestable(under_test: OperationUnderTest, sent: list[tuple[Case, Exchange]], runner: Runner) -> str:
    """Empty where the refusals contradict the contract; else what is wrong with the identity or the target."""
    if not sent:
        return "the budget of accepted requests is 0: nothing can be proven"
    answers = [exchange.answer for _, exchange in sent if exchange.answer is not None]
    if not answers:
        return f"the target gives no answer ({sent[0][1].failure})"
    first = answers[0]
    example = matching(under_test, first)
    if any(answer.status != first.status for answer in answers):
        return ""
    if first.status in WRONG_IDENTITY and _other_form(under_test, sent[0][0], runner):
        return ""
    if example is not None and example.name not in ABOUT_THE_REQUEST:
        return _hint(under_test, first, example.name)
    if first.status not in WRONG_IDENTITY or under_test.operation.response(first.status) is None:
        return ""
    return _hint(under_test, first, "")


def _other_form(under_test: OperationUnderTest, case: Case, runner: Runner) -> bool:
    """Whether the target accepts a form of the request that the contract does not have: then it breaks the contract."""
    token = under_test.identity.token
    forms = [under_test.request(token=f"{word} {token}") for word in ("Bearer", "Token") if token]
    if token and is_loopback(runner.sender.wire.url.geturl()):
        # Elsewhere a token in the address would end up in somebody's logs.
        forms.append(under_test.request(query=f"token={token}", token=None))
    for request in forms:
        if runner.budget.closed():
            return False
        answer = runner.send(under_test, replace(case, request=request, expect=under_test.refused("no-token"))).answer
        if answer is not None and answer.accepted and case.check in BY_ID:
            return True
    return False


def _hint(under_test: OperationUnderTest, answer: Answer, name: str) -> str:
    said = f"{answer.status}{f' {name}' if name else ''}"
    ids = ", ".join(f"{p.name}={under_test.id_of(p)}" for p in under_test.operation.parameters_in("path"))
    if answer.status in (401, 403):
        given = "check RAINBOND_TOKEN" if under_test.identity.token else "set RAINBOND_TOKEN, or give --token-file"
        others = [scheme.name for scheme in under_test.other_schemes]
        more = f"; beside it give {' '.join(f'--header {name}=VARIABLE' for name in others)}" if others else ""
        return f"the token is refused ({said}): {given}{more}"
    if answer.status == 404:  # noqa: PLR2004
        return f"the ids are not found ({said}): check {ids}"
    return f"every valid request is refused ({said}): the target cannot be tested with {ids}"
