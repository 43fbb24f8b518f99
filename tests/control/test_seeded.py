"""The same seeded run twice gives byte-identical answers, in any process, at any time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.engine.scenarios import Delay, SeededRandom
from mock_server.testing.mock_console import MockConsole
from tests.control.asking import Ask
from tests.control.mock_process import serving

PROBABILITIES = st.one_of(st.none(), st.floats(0, 1).map(lambda value: round(value, 3)))
EXAMPLES = st.sampled_from(["region-busy", "region-error", "accepted", "tenant-out-of-memory"])
DELAY = {"p50": "1ms", "p99": "3ms"}


@st.composite
def scenarios(draw: st.DrawFn) -> list[dict[str, Any]]:
    def answer() -> dict[str, Any]:
        probability = draw(PROBABILITIES)
        times = {"times": draw(st.integers(1, 3))} if probability is None else {"probability": probability}
        return {"example": draw(EXAMPLES)} | times

    def scenario(number: int) -> dict[str, Any]:
        when = draw(st.sampled_from([{}, {"body": {"/branch": "a"}}, {"state": "start"}, {"state": "later"}]))
        answers = [answer() for _ in range(draw(st.integers(1, 3)))]
        then = draw(st.sampled_from([{}, {}, {"set": "later"}, {"set": "start"}]))
        return {"name": f"s{number}", "when": when, "answers": answers, "delay": DELAY, **then}

    return [scenario(number) for number in range(draw(st.integers(1, 3)))]


def _run(ask: Ask, given_scenarios: list[dict[str, Any]], bodies: list[Any]) -> list[tuple[Any, ...]]:
    ask.own("POST", "reset")
    ask.scenarios(*given_scenarios)
    answers = [ask.build(body) for body in bodies]
    return [
        (answer.status, answer.body, {name: text for name, text in answer.headers.items() if name != "date"})
        for answer in answers
    ]


BODIES = st.lists(st.sampled_from([None, {"branch": "a"}, {"branch": "b"}]), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scenarios(), BODIES)
def test_the_same_run_twice_gives_the_same_bytes(ask: Ask, wanted: list[dict[str, Any]], bodies: list[Any]) -> None:
    assert _run(ask, wanted, bodies) == _run(ask, wanted, bodies)


FLAKY = [{"name": "f", "answers": [{"example": "region-error", "probability": 0.5}, "accepted"], "delay": DELAY}]


def test_another_process_gives_the_same_bytes(ask: Ask) -> None:
    with serving() as other:
        elsewhere = _run(Ask(other.url, ask.session), FLAKY, [None] * 30)

    assert elsewhere == _run(ask, FLAKY, [None] * 30)


def test_other_seeds_and_sessions_have_other_chances(ask: Ask) -> None:
    one = _run(ask, FLAKY, [None] * 30)
    two = _run(Ask(ask.url, f"{ask.session}-other"), FLAKY, [None] * 30)
    with MockConsole(seed="another") as mock:
        three = _run(Ask(mock.address, ask.session), FLAKY, [None] * 30)

    assert len({str([status for status, *_ in run]) for run in (one, two, three)}) == 3


@given(st.text(), st.text(), st.integers(1, 10**6))
def test_chance_lies_between_nought_and_one(seed: str, session: str, match: int) -> None:
    random = SeededRandom(seed, session, "s", match)

    assert 0 <= random.draw("answer 0") < 1
    assert random.draw("answer 0") == SeededRandom(seed, session, "s", match).draw("answer 0")


def test_delays_have_the_median_and_the_tail_they_were_given() -> None:
    delay = Delay(0.08, 0.9)
    drawn = sorted(delay.seconds(SeededRandom("s", "t", "u", match).draw("delay")) for match in range(1, 4001))

    assert drawn[2000] == pytest.approx(0.08, rel=0.1)
    assert drawn[3960] == pytest.approx(0.9, rel=0.25)
