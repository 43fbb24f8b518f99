"""What is tried once an operation's cases were sent: cookies in place of the token, and refused requests again."""

from __future__ import annotations

from dataclasses import replace

from contract_tests.cases.case import Case, Expectation
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.verification.runner import Runner

NOT_FOUND, GONE = 404, 410


def try_cookies(under_test: OperationUnderTest, runner: Runner) -> None:
    """A cookie that came with an accepted request is no token, unless the contract says so."""
    if not runner.sender.cookies or under_test.scheme is None or under_test.scheme.location == "cookie":
        return
    headers = (("Cookie", "; ".join(runner.sender.cookies)),)
    case = Case(
        id=f"{under_test.operation.id}/token/cookie-of-the-target",
        check="secret-in-url-accepted",
        operation=under_test.operation.id,
        constraint="token",
        purpose="a cookie that the target gave is no token",
        request=under_test.request(token=None, headers=headers),
        expect=under_test.refused("no-token"),
        where=("components", "securitySchemes", under_test.scheme.key),
    )
    runner.log.proof.expect(case)
    runner.next(under_test, case)


def read_deleted(under_test: OperationUnderTest, runner: Runner) -> None:
    """What was deleted is not found any more, where the contract has a GET for it."""
    read = under_test.item.operations.get("GET")
    if under_test.operation.method != "DELETE" or read is None or read.response(NOT_FOUND) is None:
        return
    if not runner.log.accepted(under_test.operation.id):
        return
    case = Case(
        id=f"{under_test.operation.id}/afterwards/read",
        check="later-request-differs",
        operation=under_test.operation.id,
        constraint="what is deleted is gone",
        purpose="what was deleted is not found",
        request=under_test.request(method="GET"),
        expect=Expectation(frozenset({NOT_FOUND, GONE}), unshaped=frozenset({NOT_FOUND, GONE})),
        where=under_test.where,
    )
    runner.log.proof.expect(case)
    runner.next(under_test, case)


def repeat_refused(under_test: OperationUnderTest, runner: Runner) -> None:
    """Refused requests again, one of each kind: the same request must still get the same answer."""
    for (operation, _), (case, before) in list(runner.refused.items()):
        if operation != under_test.operation.id:
            continue
        if runner.budget.closed():
            return
        runner.log.sent.append(case)
        exchange = runner.send(under_test, case)
        problems, _ = runner.evaluate(under_test, case, exchange)
        first, second = before.answer, exchange.answer
        if not problems and first is not None and second is not None and first.status != second.status:
            problems = [Problem("answer-changes", f"{first.status} again", str(second.status))]
        again = replace(case, check="answer-changes")
        runner.log.proof.expect(again)
        runner.note(under_test, again, exchange, problems)
