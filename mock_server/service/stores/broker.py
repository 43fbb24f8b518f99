"""The parent's side of a store that several processes of one machine share.

Each worker keeps the entries that it writes (`worker.py`), and knows the scenarios and the state of every session, so
that it answers nearly all requests alone. Here is what can be decided in one place only: whose turn a scenario is, the
how many-th of its kind a request is, which sessions there are; and the journal as a whole. A change is told to all
workers before it is confirmed. Entries are handed over when somebody reads, and get their numbers then, in the order
in which they were written.

The parent answers in a thread of its own; it lives anyway, because it restarts workers. A worker says in which sessions
it writes before it answers there, so that the journals have a gap where it dies with what it had not handed over.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from mock_server.service.stores import OWN_FILE, START, Limits, Page, Situation, Volume, text_of
from mock_server.service.stores.channel import Channel, ChannelClosed
from mock_server.service.stores.memory import MemoryStore

PATIENCE = 10.0
"""Seconds that a worker has for an answer; one that needs longer is taken for lost."""

LOST_WORKER = "a worker process was lost, with requests of this session that it had not handed over"
FEW = 100
"""Entries that are gathered although nobody reads them."""

EMPTYING = ("forget", "reset", "end")
"""Operations that take a session's entries away."""


class SharedSessions(MemoryStore):
    """All sessions, of which workers tell what they wrote, and when they used them."""

    def would_forget(self, session: str | None) -> bool:
        """Whether a session is about to go: one was idle for too long, or would make room for this one."""
        oldest = next(iter(self._sessions.values()), None)
        if oldest is None:
            return False
        is_full = session is not None and session not in self._sessions and len(self._sessions) >= self.limits.sessions
        return is_full or oldest.used + self.limits.idle <= time.monotonic()

    def written(self, name: str, when: float) -> None:
        """Note that a worker began to write in a session at some time, by `time.monotonic`."""
        if self._found(name) is None:
            self._used(name).used = when
        self._sessions[name].was_asked = True
        self.used_at(name, when)

    def used_at(self, name: str, when: float) -> None:
        """Note that a session was used at some time, by `time.monotonic`."""
        found = self._sessions.get(name)
        if found is not None and found.used < when:
            found.used = when
            self._sessions.move_to_end(name)

    def hand_in(self, name: str, text: str) -> None:
        """Add an entry to the journal of a session, unless it was forgotten since, which leaves a gap."""
        if name not in self._gone:
            self._append(self._sessions.get(name) or self._used(name), text)

    def hand_in_dropped(self, name: str, count: int) -> None:
        """Count entries that made room before they were handed over."""
        if name in self._sessions:
            self._sessions[name].dropped += count
            self._last_id += count

    def lose(self, name: str) -> None:
        """Note that entries of a session may be missing."""
        self._used(name).gap = LOST_WORKER

    def situations(self) -> list[tuple[str, str, str]]:
        """Each session that is not as at the start, with its revision and state."""
        changed = ((name, each.situation) for name, each in self._sessions.items() if each.situation != Situation())
        return [(name, situation.revision, situation.state) for name, situation in changed]


class Broker:
    """Lets workers share sessions, over a Unix socket that only this user can reach."""

    def __init__(self, limits: Limits) -> None:
        self._store = SharedSessions(limits, forgotten=self._forgotten)
        self._limits = limits
        self._workers: dict[Channel, dict[str, int]] = {}
        """In which sessions each worker writes, and since when: what it has not handed over."""
        self._collecting = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self._serving: set[asyncio.Task[Any]] = set()
        self.ending = False
        """Whether nobody will read any more."""

    async def start(self, path: str) -> None:
        self._server = await asyncio.start_unix_server(self._serve, path)
        self._looking = asyncio.create_task(self._look_after())

    async def stop(self) -> None:
        if self._server is not None and self._looking is not None:
            self._server.close()
            self._looking.cancel()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        worker: Channel = Channel(reader, writer, lambda *question: self._answer(worker, *question))
        self._workers[worker] = {}
        worker.tell("welcome", self._store.situations())
        with contextlib.suppress(asyncio.CancelledError):  # asyncio would tell of it
            await worker.listen()
        self._lost(worker)

    def _lost(self, worker: Channel) -> None:
        """A worker is gone; what it had not handed over, nobody will know."""
        for session in self._workers.pop(worker, ()):
            self._store.lose(session)
        worker.close()

    # ---- what workers ask

    async def _answer(self, worker: Channel, operation: str, arguments: list[Any]) -> Any:
        match operation:
            case "use":
                await self._use(worker, *arguments)
            case "leave":
                await self._collect()
                self._workers.pop(worker, None)
            case "volume":
                return await self._volume()
            case "page":
                await self._collect()
                return _plain(await self._store.page(*arguments))
            case "sessions":
                await self._ask_uses()
                return await self._store.sessions()
            case _:
                return await self._decide(operation, *arguments)
        return None

    async def _use(self, worker: Channel, session: str, when: float) -> None:
        if worker in self._workers:
            self._workers[worker][session] = time.monotonic_ns()
        await self._before_forgetting(session)
        self._store.written(session, when)

    async def _decide(self, operation: str, session: str, *arguments: Any) -> Any:
        """What one place decides; where it changes a session, all workers know before it is answered."""
        await self._before_forgetting(session)
        is_emptying = operation in EMPTYING
        async with self._collecting if is_emptying else contextlib.nullcontext():
            before = await self._store.situation(session)
            if operation == "advance":
                arguments = (Situation(*arguments[0]), *arguments[1:])
            result = await getattr(self._store, operation)(session, *arguments)
            after = await self._store.situation(session)
            if is_emptying or after != before:
                until = time.monotonic_ns() if is_emptying else 0
                told = (self._asked(each, "session", session, *_plain(after), until) for each in list(self._workers))
                await asyncio.gather(*told)
        return _plain(result)

    async def _volume(self) -> list[int]:
        parts = await asyncio.gather(*(self._asked(worker, "volume") for worker in list(self._workers)))
        whole = await self._store.volume()
        kept, written = (sum(part[index] for part in parts if part) for index in range(2))
        return [min(whole.kept + kept, self._limits.journal), whole.written + written]

    # ---- what workers are asked

    async def _asked(self, worker: Channel, operation: str, *arguments: object) -> Any:
        """A worker's answer; None where it is lost."""
        try:
            return await asyncio.wait_for(worker.ask(operation, *arguments), PATIENCE)
        except (ChannelClosed, TimeoutError):
            self._lost(worker)
            return None

    async def _collect(self) -> None:
        """Have all workers hand over what they wrote until now."""
        if self.ending:
            return
        async with self._collecting:
            until = time.monotonic_ns()
            parts = await asyncio.gather(*(self._handed_over(worker, until) for worker in list(self._workers)))
            for _, session, text in sorted(chain.from_iterable(parts)):
                self._store.hand_in(session, text)

    async def _handed_over(self, worker: Channel, until: int) -> list[tuple[int, str, str]]:
        """The entries that a worker wrote until then: number, session and text of each."""
        found: list[tuple[int, str, str]] = []
        more = True
        while more:
            part = await self._asked(worker, "hand_over", until)
            if part is None:
                return found
            entries, dropped, more = part
            found += [(number, session, text) for number, session, text in entries]
            for session, count in dropped.items():
                self._store.hand_in_dropped(session, count)
        if worker in self._workers:
            later = {session: since for session, since in self._workers[worker].items() if since > until}
            self._workers[worker] = later
        return found

    # ---- sessions go

    async def _before_forgetting(self, session: str | None) -> None:
        """No session goes that a worker has used meanwhile."""
        if self._store.would_forget(session):
            await self._ask_uses()

    async def _ask_uses(self) -> None:
        parts = await asyncio.gather(*(self._asked(worker, "uses") for worker in list(self._workers)))
        uses = chain.from_iterable(part.items() for part in parts if part)
        for session, when in sorted(uses, key=lambda use: float(use[1])):
            self._store.used_at(session, when)

    async def _look_after(self) -> None:
        """Now and then, let idle sessions go, and gather what is quickly gathered: then nobody can lose it any more."""
        while True:
            await asyncio.sleep(min(1.0, self._limits.idle / 10))
            await self._before_forgetting(None)
            await self._store.sessions()
            parts = await asyncio.gather(*(self._asked(worker, "volume") for worker in list(self._workers)))
            if 0 < sum(part[0] for part in parts if part) <= FEW:
                await self._collect()

    def _forgotten(self, session: str) -> None:
        for worker in self._workers:
            worker.tell("session", session, OWN_FILE, START, time.monotonic_ns())


@contextlib.contextmanager
def brokered(limits: Limits) -> Iterator[tuple[str, Broker]]:
    """Lets workers share sessions while the block runs: the path of the socket, and what answers there, in a thread."""
    with tempfile.TemporaryDirectory(prefix="rainbond-mock-") as folder:
        path = str(Path(folder) / "store")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="rainbond-mock-store", daemon=True)
        thread.start()
        run = partial(asyncio.run_coroutine_threadsafe, loop=loop)
        broker = Broker(limits)
        run(broker.start(path)).result()
        try:
            yield path, broker
        finally:
            run(broker.stop()).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def _plain(value: Any) -> Any:
    """A value of the store's interface as JSON has it."""
    if isinstance(value, Situation):
        return [value.revision, value.state]
    if isinstance(value, Volume):
        return [value.kept, value.written]
    if isinstance(value, Page):
        entries = [(number, text_of(entry)) for number, entry in value.entries]
        return [entries, value.following, value.total, value.dropped, value.gaps]
    return value
