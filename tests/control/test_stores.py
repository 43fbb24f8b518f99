"""One suite for every store: memory, the parent's as its workers see it, and a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mock_server.service.stores import (
    OWN_FILE,
    START,
    Limits,
    Page,
    Situation,
    Store,
    StoreLost,
    Volume,
    text_of,
    with_id,
)
from mock_server.service.stores.broker import brokered
from mock_server.service.stores.memory import MemoryStore
from mock_server.service.stores.redis import RedisStore
from mock_server.service.stores.worker import WorkerStore
from tests.control.redis_server import RedisServer

Check = Callable[[Store], Coroutine[Any, Any, None]]
Opened = Callable[[Limits], Any]


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "workers", "redis"])
def opened(request: pytest.FixtureRequest) -> Opened:
    """Opens an empty store with some limits, for one event loop."""

    @asynccontextmanager
    async def open_store(limits: Limits) -> AsyncIterator[Store]:
        if request.param == "memory":
            yield MemoryStore(limits)
        elif request.param == "workers":
            with brokered(limits) as (path, _):
                store = WorkerStore(path, limits)
                await store.open()
                yield store
                await store.close()
        else:
            url = request.getfixturevalue("redis_server").url
            redis = RedisStore(url, limits, prefix=f"{request.node.name}:{id(limits)}:")
            yield redis
            await redis.close()

    return open_store


async def entries(store: Store, *sessions: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for session in sessions:
        following: int | None = 0
        while following is not None:
            page = await store.page(session, following, 2)
            found += [json.loads(with_id(number, text_of(entry))) for number, entry in page.entries]
            following = page.following
    return sorted(found, key=lambda entry: int(entry["id"]))


async def about(store: Store, session: str) -> Page:
    return await store.page(session, 0, 1)


def run(opened: Opened, check: Check, limits: Limits | None = None) -> None:
    async def checked() -> None:
        async with opened(limits or Limits()) as store:
            await check(store)

    asyncio.run(checked())


def test_a_session_nobody_used_is_as_at_the_start(opened: Opened) -> None:
    async def check(store: Store) -> None:
        assert await store.situation("a") == Situation(OWN_FILE, START)
        assert await store.scenarios("a") is None
        assert await store.page("a", 0, 9) == Page()
        await store.forget("a")
        await store.reset("a")
        await store.end("a")
        assert await store.sessions() == []

    run(opened, check)


def test_scenarios_and_state_are_kept_for_their_session(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.put_scenarios("a", "téxt\ud800", "r1", True)
        await store.set_state("a", "döwn")

        assert await store.situation("a") == Situation("r1", "döwn")
        assert await store.scenarios("a") == "téxt\ud800"
        assert await store.situation("b") == Situation()

    run(opened, check)


def test_matches_are_counted_and_the_state_follows(opened: Opened) -> None:
    async def check(store: Store) -> None:
        seen = Situation()
        assert await store.advance("a", seen, "s", None) == 1
        assert await store.advance("a", seen, "t", None) == 1
        assert await store.advance("a", seen, "s", "next") == 2
        assert await store.situation("a") == Situation(OWN_FILE, "next")

    run(opened, check)


def test_nothing_is_counted_where_the_situation_has_changed(opened: Opened) -> None:
    async def check(store: Store) -> None:
        seen = await store.situation("a")
        await store.set_state("a", "other")
        assert await store.advance("a", seen, "s", "mine") is None
        now = await store.situation("a")
        await store.put_scenarios("a", "x", "r2", False)
        assert await store.advance("a", now, "s", None) is None
        assert await store.advance("a", Situation("r2", "other"), "s", None) == 1

    run(opened, check)


def test_new_scenarios_start_over_only_when_told(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.advance("a", Situation(), "s", None)
        await store.put_scenarios("a", "x", "r1", False)
        assert await store.advance("a", Situation("r1"), "s", None) == 2
        await store.put_scenarios("a", "x", "r1", True)
        assert await store.advance("a", Situation("r1"), "s", None) == 1

    run(opened, check)


def test_progress_is_atomic(opened: Opened) -> None:
    async def check(store: Store) -> None:
        counted = await asyncio.gather(*(store.advance("a", Situation(), "s", None) for _ in range(100)))
        assert sorted(match for match in counted if match) == list(range(1, 101))

        changed = await asyncio.gather(*(store.advance("a", Situation(), "t", "next") for _ in range(20)))
        assert [match for match in changed if match] == [1]

    run(opened, check)


def test_requests_are_counted_by_fingerprint_and_session(opened: Opened) -> None:
    async def check(store: Store) -> None:
        assert [await store.occurrence("a", "f") for _ in range(3)] == [1, 2, 3]
        assert await store.occurrence("a", "g") == 1
        assert await store.occurrence("b", "f") == 1

    run(opened, check)


def test_the_journal_keeps_entries_in_order_with_ids_of_their_own(opened: Opened) -> None:
    async def check(store: Store) -> None:
        for number in range(3):
            await store.record(
                "ab"[number % 2], json.dumps({"number": number, "text": "ü\ud800\u2028", "nested": {"a": [None]}})
            )

        everything = await entries(store, "a", "b")
        assert [entry["number"] for entry in everything] == [0, 1, 2]
        assert [entry["number"] for entry in await entries(store, "a")] == [0, 2]
        assert everything[0]["text"] == "ü\ud800\u2028"
        assert everything[0]["nested"] == {"a": [None]}
        ids = [int(entry["id"]) for entry in everything]
        assert ids == sorted(set(ids))

    run(opened, check)


def test_of_too_many_entries_the_session_with_the_most_loses_its_oldest(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.record("quiet", json.dumps({"number": 0}))
        for number in range(9):
            await store.record("noisy", json.dumps({"number": number}))

        assert [entry["number"] for entry in await entries(store, "quiet")] == [0]
        assert [entry["number"] for entry in await entries(store, "noisy")] == [6, 7, 8]
        assert ((await about(store, "noisy")).dropped, (await about(store, "quiet")).dropped) == (6, 0)
        await store.forget("noisy")
        assert await store.page("noisy", 0, 9) == Page()
        await store.record("noisy", json.dumps({"number": 10}))
        assert len(await entries(store, "quiet", "noisy")) == 2

    run(opened, check, Limits(journal=4))


def test_a_loss_leaves_a_mark_until_the_session_begins_anew(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.mark_gap("a", 2)
        await store.mark_gap("a", 1)

        assert (await about(store, "a")).gaps == ("3 requests could not be written while the store was away",)
        assert (await about(store, "b")).gaps == ()
        await store.reset("a")
        assert (await about(store, "a")).gaps == ()

    run(opened, check)


def test_of_too_many_bytes_the_oldest_go(opened: Opened) -> None:
    async def check(store: Store) -> None:
        for number in range(5):
            await store.record("a", json.dumps({"number": number, "text": "x" * 1_000}))

        assert [entry["number"] for entry in await entries(store, "a")] == [3, 4]
        assert (await about(store, "a")).dropped == 3

    run(opened, check, Limits(memory=2_500))


def test_reset_keeps_the_scenarios_alone(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.put_scenarios("a", "x", "r1", True)
        await store.advance("a", Situation("r1"), "s", "next")
        await store.occurrence("a", "f")
        await store.record("a", json.dumps({"n": 1}))

        await store.reset("a")

        assert await store.situation("a") == Situation("r1", START)
        assert await store.scenarios("a") == "x"
        assert await store.page("a", 0, 9) == Page()
        assert await store.advance("a", Situation("r1"), "s", None) == 1
        assert await store.occurrence("a", "f") == 1

    run(opened, check)


def test_resources_are_replaced_only_where_they_are_those_that_were_seen(opened: Opened) -> None:
    async def check(store: Store) -> None:
        assert await store.resources("a") == ""
        assert await store.put_resources("a", "", "öne") is True
        assert await store.put_resources("a", "", "two") is False
        assert await store.put_resources("a", "öne", "two") is True
        assert (await store.resources("a"), await store.resources("b")) == ("two", "")

        done = await asyncio.gather(*(store.put_resources("a", "two", str(number)) for number in range(20)))
        assert done.count(True) == 1

    run(opened, check)


def test_reset_and_end_forget_resources(opened: Opened) -> None:
    async def check(store: Store) -> None:
        for forget in (store.reset, store.end):
            await store.put_resources("a", "", "some")
            await store.forget("a")
            assert await store.resources("a") == "some"
            await forget("a")
            assert await store.resources("a") == ""

    run(opened, check)


def test_an_ended_session_is_gone(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.put_scenarios("a", "x", "r1", True)
        await store.record("a", json.dumps({"n": 1}))
        await store.end("a")

        assert await store.situation("a") == Situation()
        assert await store.sessions() == []
        assert await store.page("a", 0, 9) == Page()

    run(opened, check)


def test_of_too_many_sessions_the_one_idle_longest_goes(opened: Opened) -> None:
    async def check(store: Store) -> None:
        for name in ("one", "two", "one", "three"):
            await store.record(name, json.dumps({"n": 1}))

        assert await store.sessions() == ["one", "three"]
        assert len(await entries(store, "one", "three")) == 3
        (gap,) = (await about(store, "two")).gaps
        assert "--max-sessions" in gap

    run(opened, check, Limits(sessions=2))


def test_an_idle_session_is_gone(opened: Opened) -> None:
    async def check(store: Store) -> None:
        await store.set_state("a", "down")
        await store.record("a", json.dumps({"n": 1}))
        while "a" in await store.sessions():
            await asyncio.sleep(0.02)

        assert await store.situation("a") == Situation()
        assert "--session-ttl" in (await about(store, "a")).gaps[0]
        await store.record("a", json.dumps({"n": 2}))
        assert "--session-ttl" in (await about(store, "a")).gaps[0]
        await store.forget("a")
        assert await about(store, "a") == Page()

    run(opened, check, Limits(idle=0.3))


def test_a_session_in_use_stays() -> None:
    now = 0.0

    async def check() -> None:
        nonlocal now
        store = MemoryStore(Limits(idle=10), clock=lambda: now)
        await store.set_state("a", "down")
        while now < 27:
            now += 9
            await store.record("a", json.dumps({"n": 1}))
        assert await store.situation("a") == Situation(OWN_FILE, "down")
        now = 37.0
        assert await store.situation("a") == Situation()

    asyncio.run(check())


@dataclass
class Unreadable:
    """An entry that nobody can make any more."""

    size: int = 1

    def text(self) -> str:
        raise RuntimeError("its worker is gone")


@asynccontextmanager
async def two_workers(limits: Limits) -> AsyncIterator[tuple[WorkerStore, WorkerStore]]:
    with brokered(limits) as (path, _):
        stores = WorkerStore(path, limits), WorkerStore(path, limits)
        for store in stores:
            await store.open()
        yield stores
        for store in stores:
            await store.close()


def test_entries_of_several_workers_have_one_order() -> None:
    async def check() -> None:
        async with two_workers(Limits()) as workers:
            for number in range(6):
                await workers[number % 2].record("a", json.dumps({"number": number}))
            for worker in workers:
                found = await entries(worker, "a")
                assert [(entry["id"], entry["number"]) for entry in found] == [(str(n + 1), n) for n in range(6)]
            assert await workers[0].volume() == Volume(6, 6)

    asyncio.run(check())


def test_a_change_is_known_to_each_worker_before_it_is_confirmed() -> None:
    async def check() -> None:
        async with two_workers(Limits()) as (one, other):
            await one.set_state("a", "down")
            assert other.situation_now("a") == Situation(OWN_FILE, "down")
            await other.record("a", json.dumps({"n": 1}))
            await one.reset("a")
            assert other.situation_now("a") == Situation()
            assert await other.page("a", 0, 9) == Page()

    asyncio.run(check())


def test_what_a_worker_takes_with_it_is_a_gap() -> None:
    async def check() -> None:
        async with two_workers(Limits()) as (one, other):
            await one.record("a", Unreadable())
            assert "a worker process was lost" in (await about(other, "a")).gaps[0]
            assert (await about(other, "b")).gaps == ()
            await other.forget("a")
            assert await about(other, "a") == Page()

    asyncio.run(check())


def test_a_redis_that_is_not_there_is_told_without_credentials(tmp_path: Path) -> None:
    async def check() -> None:
        store = RedisStore("redis://user:hunter2@127.0.0.1:1/0")
        with pytest.raises(StoreLost, match=r"Redis at 127\.0\.0\.1:1 cannot be") as caught:
            await store.situation("a")
        assert "hunter2" not in str(caught.value)
        await store.close()

    asyncio.run(check())


def test_a_parent_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def check() -> None:
        with pytest.raises(StoreLost, match="the parent process does not answer"):
            store = WorkerStore(str(tmp_path / "none"), Limits())
            await store.open()
            await store.situation("a")

    asyncio.run(check())


def test_a_redis_that_lost_everything_is_noticed(redis_server: RedisServer) -> None:
    async def check() -> None:
        store = RedisStore(redis_server.url, prefix="emptied:")
        await store.record("a", json.dumps({"n": 1}))
        assert (await about(store, "a")).gaps == ()
        for key in await store._redis.keys("emptied:*"):
            await store._redis.delete(key)

        assert "Redis lost everything meanwhile" in (await about(store, "a")).gaps
        await store.forget("a")
        assert (await about(store, "a")).gaps == ()
        await store.close()

    asyncio.run(check())


@pytest.mark.parametrize("part", ["journal", "about"])
def test_a_key_that_redis_lost_is_noticed(redis_server: RedisServer, part: str) -> None:
    async def check() -> None:
        store = RedisStore(redis_server.url, prefix=f"lost-{part}:")
        await store.record("a", json.dumps({"n": 1}))
        await store._redis.delete(f"lost-{part}:session:a:{part}")

        assert "entries of the session are gone from Redis" in (await about(store, "a")).gaps
        await store.close()

    asyncio.run(check())
