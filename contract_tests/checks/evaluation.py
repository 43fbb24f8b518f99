"""The verdict about one answer: every judge in turn, the gravest matter first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.examples import example_problems, matching
from contract_tests.checks.leaks import leak_problems
from contract_tests.checks.problem import Problem
from contract_tests.checks.shape import shape_problems
from contract_tests.transport.answer import Answer
from contract_tests.transport.budget import SERVER_ERROR
from contract_tests.transport.wire import Exchange

ABOUT_THE_REQUEST = ("unknown-path", "method-not-allowed", "unsupported-media-type", "parse-error", "invalid-body")
"""Reasons that lie in the request itself; all others lie in what exists on the target."""

FIRST_OF_CIRCUMSTANCES = 400
BLAME_THE_REQUEST = (400, 422)
"""No documented refusal of a valid request, whatever the contract has them for."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with an answer, and whether it is a documented refusal for reasons outside the request."""

    problems: tuple[Problem, ...]
    circumstance: str = ""


def judge(under_test: OperationUnderTest, case: Case, exchange: Exchange, secrets: tuple[str, ...]) -> Judgement:
    """Compare an answer with what the contract allows for its case."""
    answer = exchange.answer
    if answer is None:
        return Judgement((Problem("no-answer", "an HTTP answer", exchange.failure),))
    problems = [Problem("answer-framing", "a well-framed answer", text) for text in answer.problems]
    circumstance = ""
    if answer.status in case.expect.statuses:
        problems += _content(under_test, case, answer)
    else:
        circumstance = _circumstance(under_test, case, answer)
        problems.append(_wrong_status(under_test, case, answer))
    described = answer.status in case.expect.statuses and answer.status not in case.expect.unshaped
    problems += _cross_origin(under_test, case, answer)
    problems += leak_problems(under_test, answer, secrets, exchange.sent, documented=described)
    return Judgement(tuple(problems), circumstance)


def _content(under_test: OperationUnderTest, case: Case, answer: Answer) -> Iterator[Problem]:
    if answer.status in case.expect.unshaped:
        return
    method = case.request.method
    examples = [e for name in case.expect.examples if (e := under_test.operation.example(name))]
    exception = next((e for e in examples if e.status == answer.status), None)
    yield from shape_problems(under_test, answer, method, exception)
    if method != "HEAD":
        yield from example_problems(under_test, case.expect, answer)
    elif answer.body:
        yield Problem("answer-framing", "no body in an answer to HEAD", f"{len(answer.body)} bytes")


def _cross_origin(under_test: OperationUnderTest, case: Case, answer: Answer) -> Iterator[Problem]:
    """Where an answer speaks to pages of other origins, it names the one that asked: `*` would let all of them in."""
    origin = next((value for name, value in case.request.headers if name == "Origin"), None)
    allowed = answer.header("Access-Control-Allow-Origin")
    if under_test.contract.cors is not None and allowed is not None and allowed != origin:
        yield Problem("cross-origin-differs", f"{origin or 'no origin'}, or no such header", allowed)


def _wrong_status(under_test: OperationUnderTest, case: Case, answer: Answer) -> Problem:
    seen = f"{answer.status} {answer.media_type}: {answer.body[:160].decode('utf-8', 'replace')}"
    if answer.status >= SERVER_ERROR:
        return Problem("server-error", str(case.expect), seen)
    if answer.accepted == case.expect.accepts and under_test.operation.response(answer.status) is None:
        return Problem("answer-status", str(case.expect), seen)
    if answer.accepted or case.expect.accepts or case.check == "order-of-checks":
        return Problem(case.check, str(case.expect), seen)
    if under_test.operation.response(answer.status) is None:
        return Problem("answer-status", str(case.expect), seen)
    return Problem("wrong-refusal", str(case.expect), seen)


def built(under_test: OperationUnderTest, case: Case, exchange: Exchange) -> bool:
    """Whether a request may have had its effect: it has unless the answer is a documented refusal of it."""
    answer = exchange.answer
    if answer is None or answer.status < FIRST_OF_CIRCUMSTANCES:
        return True
    if answer.status >= SERVER_ERROR or (case.expect.accepts and answer.status in BLAME_THE_REQUEST):
        example = matching(under_test, answer)
        return example is None or not is_circumstance(under_test, example.name)
    return answer.status not in case.expect.statuses and under_test.operation.response(answer.status) is None


def _circumstance(under_test: OperationUnderTest, case: Case, answer: Answer) -> str:
    """The name of the documented example that refuses a valid request for a reason outside of it; else empty."""
    if not case.expect.accepts or answer.status < FIRST_OF_CIRCUMSTANCES:
        return ""
    example = matching(under_test, answer)
    return example.name if example is not None and is_circumstance(under_test, example.name) else ""


def is_circumstance(under_test: OperationUnderTest, name: str) -> bool:
    """Whether a named refusal comes from what goes on around the target: busy, out of memory, a region down.

    What the contract checks in every request is none: the same token and ids were good before.
    """
    return name not in (*ABOUT_THE_REQUEST, *under_test.contract.order_of_checks)
