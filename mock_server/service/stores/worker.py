"""A worker's side of a store that several processes of one machine share; the parent's is `broker.py`.

It keeps the entries that this process writes until they are asked for, unmade like those of a `MemoryStore`, and knows
each session's scenarios and state, of which the parent tells. All else it asks the parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
import time
from dataclasses import replace
from typing import Any

from mock_server.service.stores import Limits, Page, Pending, Situation, StoreLost, Volume, text_of
from mock_server.service.stores.channel import Channel, ChannelClosed
from mock_server.service.stores.memory import MemoryStore, _Session

PAUSE = 0.1
"""Seconds between two attempts to reach the parent."""

AT_ONCE = 100
"""Entries that are handed over in one message."""

Handed = tuple[list[tuple[int, str, str]], dict[str, int], bool]
"""Entries (number, session, text), how many others made room by session, and whether there are more."""

PATIENCE = 5.0
"""Seconds that the parent has for an answer: it may have been stopped."""


class OwnEntries(MemoryStore):
    """What one worker wrote and has not handed over, with the situation of each session; numbers are nanoseconds."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(replace(limits, sessions=sys.maxsize, idle=math.inf))  # the parent decides which sessions go

    def _number(self) -> int:
        return time.monotonic_ns()

    def assign(self, name: str, situation: Situation, until: int = 0) -> bool:
        """Give a session its situation, and drop its entries up to a number: whether there are others."""
        found = self._sessions.setdefault(name, _Session(used=0.0))
        found.situation = situation
        while found.journal and found.journal[0][0] <= until:
            self._drop_oldest(found)
        if until:
            found.dropped = 0
        if not found.journal and situation == Situation():
            del self._sessions[name]
        return bool(found.journal)

    def forget_situations(self) -> None:
        for each in self._sessions.values():
            each.situation = Situation()

    def uses(self) -> dict[str, float]:
        """When each session was last used, by `time.monotonic`."""
        return {name: each.used for name, each in self._sessions.items() if each.used}

    def written(self) -> Volume:
        """How many entries were not handed over: those kept, and all, dropped ones too."""
        return Volume(self._kept, self._kept + sum(each.dropped for each in self._sessions.values()))

    def sessions_written(self) -> list[str]:
        return [name for name, each in self._sessions.items() if each.journal or each.dropped]

    def take(self, until: int, most: int) -> tuple[list[tuple[int, str, Pending | str]], dict[str, int]]:
        """Take entries up to a number away, as many as there may be; and how many others made room, by session."""
        taken: list[tuple[int, str, Pending | str]] = []
        dropped = {name: each.dropped for name, each in self._sessions.items() if each.dropped}
        for name, each in self._sessions.items():
            while each.journal and each.journal[0][0] <= until and len(taken) < most:
                number, entry, _ = each.journal[0]
                taken.append((number, name, entry))
                self._drop_oldest(each)
            each.dropped = 0
        return taken, dropped


class WorkerStore:
    """The sessions that workers share, as one of them sees them.

    Args:
        path: the parent's socket.
        limits: how much this worker keeps until it is handed over.
    """

    def __init__(self, path: str, limits: Limits) -> None:
        self._path = path
        self._own = OwnEntries(limits)
        self._told: set[str] = set()
        """Sessions of which the parent knows that this worker writes there."""
        self._parent: Channel | None = None
        self._tried = asyncio.Event()
        self._staying: asyncio.Task[None] | None = None

    # ---- what this process decides alone

    def situation_now(self, session: str) -> Situation | None:
        return self._own.situation_now(session) if self._parent else None

    async def situation(self, session: str) -> Situation:
        self._connected()
        return await self._own.situation(session)

    def keep(self, session: str, entry: Pending | str) -> None:
        self._tell_use(session)
        self._own.keep(session, entry)

    async def record(self, session: str, entry: Pending | str) -> None:
        self._connected()
        self.keep(session, entry)

    async def use(self, session: str) -> None:
        self._connected()
        self.use_now(session)

    def use_now(self, session: str) -> None:
        self._tell_use(session)
        self._own.use_now(session)

    def advance_now(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        return None

    # ---- what the parent decides

    async def scenarios(self, session: str) -> str | None:
        found: str | None = await self._ask("scenarios", session)
        return found

    async def put_scenarios(self, session: str, text: str, revision: str, restart: bool) -> None:
        await self._ask("put_scenarios", session, text, revision, restart)

    async def set_state(self, session: str, state: str) -> None:
        await self._ask("set_state", session, state)

    async def advance(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        match: int | None = await self._ask("advance", session, (seen.revision, seen.state), scenario, state)
        return match

    async def occurrence(self, session: str, fingerprint: str) -> int:
        return int(await self._ask("occurrence", session, fingerprint))

    async def resources(self, session: str) -> str:
        return str(await self._ask("resources", session))

    async def put_resources(self, session: str, seen: str, text: str) -> bool:
        return bool(await self._ask("put_resources", session, seen, text))

    async def page(self, session: str, position: int, most: int) -> Page:
        entries, following, total, dropped, gaps = await self._ask("page", session, position, most)
        return Page(tuple((number, text) for number, text in entries), following, total, dropped, tuple(gaps))

    async def mark_gap(self, session: str, count: int) -> None:
        await self._ask("mark_gap", session, count)

    async def volume(self) -> Volume:
        return Volume(*await self._ask("volume"))

    async def forget(self, session: str) -> None:
        await self._ask("forget", session)

    async def reset(self, session: str) -> None:
        await self._ask("reset", session)

    async def end(self, session: str) -> None:
        await self._ask("end", session)

    async def sessions(self) -> list[str]:
        return [str(name) for name in await self._ask("sessions")]

    # ---- the connection

    async def open(self) -> None:
        self._staying = asyncio.create_task(self._stay_connected())
        await self._tried.wait()

    async def close(self) -> None:
        with contextlib.suppress(StoreLost):
            await self._ask("leave")
        if self._staying is not None:
            self._staying.cancel()
            await asyncio.gather(self._staying, return_exceptions=True)

    async def _stay_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._path)
                await self._listen(reader, writer)
            except OSError:
                self._tried.set()
            self._parent = None
            await asyncio.sleep(PAUSE)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parent: Channel = Channel(reader, writer, lambda *question: self._answer(parent, *question))
        await parent.listen()

    def _connected(self) -> Channel:
        if self._parent is None:
            raise StoreLost("the parent process does not answer")
        return self._parent

    async def _ask(self, operation: str, *arguments: object) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._connected().ask(operation, *arguments)
        except (ChannelClosed, TimeoutError) as error:
            raise StoreLost(f"the parent process does not answer: {error or 'it stands still'}") from None

    def _tell_use(self, session: str) -> None:
        """Tell the parent, before anything is answered in a session, that this worker writes there."""
        if session not in self._told and self._parent is not None:
            self._parent.tell("use", session, time.monotonic())
            self._told.add(session)

    # ---- what the parent asks

    async def _answer(self, parent: Channel, operation: str, arguments: list[Any]) -> Any:
        match operation:
            case "welcome":
                self._welcomed(parent, arguments[0])
            case "session":
                name, revision, state, until = arguments
                if until:
                    self._told.discard(name)
                if self._own.assign(name, Situation(revision, state), until) and until:
                    self._tell_use(name)
            case "hand_over":
                return await self._handed_over(arguments[0])
            case "uses":
                return self._own.uses()
            case "volume":
                written = self._own.written()
                return [written.kept, written.written]
        return None

    def _welcomed(self, parent: Channel, situations: list[list[str]]) -> None:
        """The parent knows this worker from now on, and nothing of what it wrote before."""
        self._parent = parent
        self._own.forget_situations()
        for name, revision, state in situations:
            self._own.assign(name, Situation(revision, state))
        self._tell_all_uses()
        self._tried.set()

    def _tell_all_uses(self) -> None:
        self._told.clear()
        for name in self._own.sessions_written():
            self._tell_use(name)

    async def _handed_over(self, until: int) -> Handed:
        entries, dropped = self._own.take(until, AT_ONCE)
        # What is left was written after that time, or comes next: either way the parent has to know of it again.
        self._tell_all_uses()
        texts = await asyncio.to_thread(lambda: [(number, name, text_of(entry)) for number, name, entry in entries])
        return texts, dropped, len(entries) == AT_ONCE
