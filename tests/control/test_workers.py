"""Several processes behave as one mock, whatever happens to one of them."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.control.mock_process import MockProcess, is_alive, serving
from tests.control.redis_server import RedisServer

BUSY_TWICE = {"name": "busy", "answers": [{"example": "region-busy", "times": 2}, "accepted"]}


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def two_workers() -> Iterator[str]:
    with running(Settings(workers=2, event_ids="sequence")) as mock:
        yield mock.url


def _all_at_once(ask: Ask, count: int) -> Counter[int]:
    with ThreadPoolExecutor(20) as threads:
        return Counter(threads.map(lambda _: ask.build().status, range(count)))


def test_200_parallel_requests_over_two_workers_see_busy_exactly_twice(two_workers: str) -> None:
    ask = Ask(two_workers, "parallel")
    ask.scenarios(BUSY_TWICE)

    assert _all_at_once(ask, 200) == {409: 2, 200: 198}
    assert len(ask.journal()) == 200
    assert ask.verify(operation="buildComponent", count=200, unmatched=0)[0] == 200


def test_a_state_is_left_by_one_request_alone(two_workers: str) -> None:
    ask = Ask(two_workers, "state")
    ask.scenarios({"name": "first", "when": {"state": "start"}, "answers": ["region-busy"], "set": "later"})

    assert _all_at_once(ask, 100) == {409: 1, 200: 99}


def test_sequence_ids_are_one_sequence(two_workers: str) -> None:
    ask = Ask(two_workers, "sequence")
    with ThreadPoolExecutor(10) as threads:
        ids = list(threads.map(lambda _: value(ask.build())["event_id"], range(50)))
    with running(Settings(event_ids="sequence")) as mock:
        alone = [value(Ask(mock.url).build())["event_id"] for _ in range(50)]

    assert sorted(ids) == sorted(alone)


@pytest.fixture
def served() -> Iterator[MockProcess]:
    with serving("--workers", "2") as mock:
        _until(lambda: len(mock.children()) == 2)
        yield mock


def test_workers_that_are_killed_are_replaced_and_what_was_lost_did_not_never_happen(served: MockProcess) -> None:
    ask = Ask(served.url)
    ask.scenarios(BUSY_TWICE)
    assert ask.build().status == 409
    victims = served.children()

    for victim in victims:
        os.kill(victim, signal.SIGKILL)

    _until(lambda: len(served.children()) == 2 and not set(victims) & set(served.children()))
    assert ask.builds(3) == [409, 200, 200]
    assert len(ask.journal()) == 4 or ask.verify(operation="buildComponent", count=3)[0] == 409
    assert ask.own("POST", "reset").status == 204
    assert ask.verify(operation="buildComponent", count=0)[0] == 200


def test_sigterm_ends_them_all(served: MockProcess) -> None:
    Ask(served.url).build()
    children = served.children()

    assert served.end() == 0
    assert not any(is_alive(pid) for pid in children)


def test_workers_whose_parent_is_killed_end_by_themselves(served: MockProcess) -> None:
    Ask(served.url).build()
    children = served.children()

    served.process.kill()
    served.process.wait()

    _until(lambda: not any(is_alive(pid) for pid in children))


def test_two_replicas_with_workers_share_a_redis(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path) as redis,
        running(Settings(store=redis.url)) as one,
        running(Settings(store=redis.url)) as two,
    ):
        first, second = Ask(one.url, "s"), Ask(two.url, "s")
        first.scenarios(BUSY_TWICE)

        assert (first.build().status, second.build().status, first.build().status) == (409, 409, 200)
        assert first.journal() == second.journal()
        assert len(first.journal()) == 3


def test_redis_gone_and_back(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as redis, running(Settings(store=redis.url)) as mock:
        ask = Ask(mock.url)
        ask.scenarios({"name": "busy", "answers": ["region-busy"]})
        assert ask.build().status == 409

        redis.stop()

        assert ask.build().status == 200  # the contract's answers go on
        assert ask.build({"build_type": "helm"}).status == 400
        for method, endpoint in (("GET", "requests"), ("GET", "scenarios"), ("GET", "state"), ("POST", "reset")):
            answer = ask.own(method, endpoint)
            assert answer.status == 503
            assert f"Redis at 127.0.0.1:{redis.port} cannot be" in value(answer)["msg"]
        assert value(ask.own("GET", "health"))["status"] == "ok"
        assert "cannot be" in value(ask.own("GET", "health"))["store"]

        redis.start()

        _until(lambda: ask.own("GET", "state").status == 200)
        ask.scenarios({"name": "busy", "answers": ["region-busy"]})
        assert ask.build().status == 409
        assert len(ask.journal()) == 1


def test_the_mock_starts_without_its_redis(tmp_path: Path) -> None:
    with running(Settings(store="redis://:hunter2@127.0.0.1:1/0")) as mock:
        ask = Ask(mock.url)

        assert ask.build().status == 200
        answer = ask.own("GET", "requests")
        assert (answer.status, b"hunter2" in answer.body) == (503, False)


def test_workers_can_share_a_redis_too(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as redis, running(Settings(store=redis.url, workers=2)) as mock:
        ask = Ask(mock.url)
        ask.scenarios(BUSY_TWICE)

        assert _all_at_once(ask, 40) == {409: 2, 200: 38}
        assert len(ask.journal()) == 40


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_whoever_closes_the_terminal_ends_all_of_it(number: signal.Signals) -> None:
    with serving("--workers", "2") as mock:
        workers = mock.children()
        mock.process.send_signal(number)

        assert mock.process.wait(60) == 0
        _until(lambda: not any(map(is_alive, workers)))
        assert mock.process.stderr is not None
        assert "Traceback" not in mock.process.stderr.read()
