"""Nothing happens that the user did not allow: budget, plan, overwriting, targets elsewhere."""

from __future__ import annotations

import pytest

from contract_tests.cases.case import Case
from contract_tests.cases.suite import Scope, suites
from contract_tests.commands.plan import planned
from contract_tests.results.result import UNTESTABLE, VIOLATED
from contract_tests.target.target import Target, look
from contract_tests.transport.answer import Answer
from contract_tests.transport.budget import Budget, Limits, is_loopback
from contract_tests.verification.run import verify
from mock_server.contract.model import Contract
from tests.verify.faults import Ask, Reply, Seen, Served, reply, serving


def _answer(status: int) -> Answer:
    return Answer(status, (), b"", b"", 0.0)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:7070", True),
        ("http://127.8.8.8", True),
        ("http://localhost:1", True),
        ("http://[::1]:7070", True),
        ("http://192.0.2.1", False),
        ("http://localhost.example.com", False),
        ("http://0.0.0.0", False),
    ],
)
def test_only_this_machine_is_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_budget_counts_each_accepted_request_also_unwanted_ones(contract: Contract) -> None:
    """A server that accepts everything gets no more than the budget."""

    async def accept(seen: Seen, ask: Ask) -> Reply:
        return reply(200, {"event_id": f"{len(seen.body):032x}"})

    with serving(accept) as served:
        result = verify(contract, served.settings(max_builds=9))
        assert result.builds <= 9
        assert served.app.accepted == result.builds
    assert result.exit_code == VIOLATED


def test_core_is_proven_with_five_builds(conforming: Served, contract: Contract) -> None:
    result = verify(contract, conforming.settings(max_builds=5, max_time=60.0, only=("*/accepted/*",)))
    assert result.proof.open_core == []
    assert (result.exit_code, conforming.app.accepted) == (0, 5)


def test_budget_below_the_core_is_no_pass(conforming: Served, contract: Contract) -> None:
    """It says which requirements it left open, and why."""
    result = verify(contract, conforming.settings(max_builds=3, max_time=60.0, only=("core",)))
    assert result.exit_code == UNTESTABLE
    assert any("--max-builds" in requirement.why for requirement in result.proof.open_core)


def test_plan_is_what_is_sent(conforming: Served, contract: Contract) -> None:
    """The same cases, in the same order; a few refused ones come once more at the end."""
    settings = conforming.settings(max_time=120.0, fuzz=True)
    sent: list[Case] = []
    verify(contract, settings, on_case=sent.append)
    target = look(settings)
    expected = [case.id for case in planned(contract, settings, target)]
    first = expected[0]
    assert expected == [first, *(case.id for case in sent)]


def test_plan_sends_nothing(contract: Contract) -> None:
    """A plan for a server that is not there is a plan all the same."""
    settings = Served("http://127.0.0.1:9", None).settings()  # type: ignore[arg-type]
    assert planned(contract, settings, Target(settings.url, settings.identity))


def test_stored_settings_are_not_overwritten_unless_allowed(contract: Contract, conforming: Served) -> None:
    """No request, valid or not, holds a property that would overwrite what is stored."""
    identity = conforming.settings().identity
    target = Target("https://console.example.com", identity)
    found = suites(contract, target, Scope(overwriting=False, careful=True))
    bodies = [case.request.body or b"" for suite in found for case in suite.cases]
    assert bodies
    assert not [body for body in bodies if b"repo_url" in body or b"password" in body or b"username" in body]
    assert not [case.id for suite in found for case in suite.cases if case.overwrites]


def test_tokens_stay_out_of_addresses_elsewhere(contract: Contract, conforming: Served) -> None:
    """Off loopback no address holds a token: addresses stand in logs."""
    identity = conforming.settings().identity
    found = suites(contract, Target("https://console.example.com", identity), Scope(careful=True))
    assert not [case.id for suite in found for case in suite.cases if identity.token in case.request.target]


def test_gate_waits_where_a_target_says_for_how_long_it_wants_fewer_requests() -> None:
    budget = Budget(Limits(max_builds=5, max_seconds=60))
    assert not budget.pause_for(_answer(429))
    assert budget.pause_for(Answer(429, (("Retry-After", "0"),), b"", b"", 0.0))
    assert not budget.pause_for(Answer(429, (("Retry-After", "3600"),), b"", b"", 0.0))


def test_gate_stops_at_a_run_of_failures_and_not_before() -> None:
    budget = Budget(Limits(max_builds=5, max_seconds=60, failures_in_a_row=3))
    for status in (500, 500, 400, 500, 500):
        budget.note(_answer(status), counts=False)
    assert budget.closed() == ""
    budget.note(_answer(503), counts=False)
    assert "3 times in a row" in budget.closed()


def test_gate_closes_when_the_budget_or_the_time_is_over() -> None:
    now = [0.0]
    budget = Budget(Limits(max_builds=1, max_seconds=10), clock=lambda: now[0])
    assert budget.closed(2)
    assert not budget.closed()
    budget.note(_answer(201), counts=True)
    assert "--max-builds" in budget.closed()
    later = Budget(Limits(max_builds=1, max_seconds=10), clock=lambda: now[0])
    now[0] = 11.0
    assert "--max-time" in later.closed()
