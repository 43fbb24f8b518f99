"""A store in this process's memory. All other stores are judged by what this one does.

Entries of the journal are kept as they come, pending ones unmade: most are never read.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from mock_server.contract import durations
from mock_server.service.stores import START, Limits, Page, Pending, Situation, Volume, lost_text

AT_THE_START = Situation()
MOST_GONE = 100_000
"""Forgotten sessions that are remembered by name."""


@dataclass(slots=True)
class _Session:
    used: float
    situation: Situation = field(default_factory=Situation)
    scenarios: str | None = None
    progress: Counter[str] = field(default_factory=Counter)
    sequences: Counter[str] = field(default_factory=Counter)
    resources: str = ""
    journal: deque[tuple[int, Pending | str, int]] = field(default_factory=deque)
    size: int = 0
    dropped: int = 0
    lost: int = 0
    gap: str = ""
    was_asked: bool = False
    """Whether its journal had an entry since it began anew."""

    @property
    def held(self) -> int:
        """Letters of its scenarios and kept resources."""
        return len(self.scenarios or "") + len(self.resources)


class MemoryStore:
    """Keeps sessions in memory. No method waits, so each is atomic among the tasks of one event loop.

    Args:
        limits: how much is kept.
        clock: seconds that only ever grow.
        forgotten: is told the name of each session that goes because it was idle, or made room.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        forgotten: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self._forgotten = forgotten
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._last_id = 0
        self._kept = 0
        self._size = 0
        self._held = 0
        """Letters of all sessions' scenarios and kept resources."""
        self._gone: OrderedDict[str, str] = OrderedDict()
        """Why sessions were forgotten that had been asked something."""
        self._too_many_gone = False

    async def open(self) -> None:
        """Nothing is needed."""

    def situation_now(self, session: str) -> Situation:
        found = self._found(session)
        return found.situation if found else AT_THE_START

    async def situation(self, session: str) -> Situation:
        return self.situation_now(session)

    async def scenarios(self, session: str) -> str | None:
        found = self._found(session)
        return found.scenarios if found else None

    async def put_scenarios(self, session: str, text: str, revision: str, restart: bool) -> None:
        used = self._used(session)
        self._held += len(text) - len(used.scenarios or "")
        used.scenarios = text
        self._make_room()
        used.situation = Situation(revision, used.situation.state)
        if restart:
            used.progress.clear()

    async def set_state(self, session: str, state: str) -> None:
        used = self._used(session)
        used.situation = Situation(used.situation.revision, state)

    async def advance(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        return self.advance_now(session, seen, scenario, state)

    def advance_now(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        used = self._used(session)
        if used.situation != seen:
            return None
        if state is not None:
            used.situation = Situation(seen.revision, state)
        used.progress[scenario] += 1
        return used.progress[scenario]

    async def use(self, session: str) -> None:
        self._used(session)

    def use_now(self, session: str) -> None:
        self._used(session)

    async def occurrence(self, session: str, fingerprint: str) -> int:
        used = self._used(session)
        used.sequences[fingerprint] += 1
        return used.sequences[fingerprint]

    async def resources(self, session: str) -> str:
        found = self._found(session)
        return found.resources if found else ""

    async def put_resources(self, session: str, seen: str, text: str) -> bool:
        used = self._used(session)
        is_same = used.resources == seen
        if is_same:
            self._held += len(text) - len(used.resources)
            used.resources = text
            self._make_room()
        return is_same

    async def record(self, session: str, entry: Pending | str) -> None:
        self.keep(session, entry)

    def keep(self, session: str, entry: Pending | str) -> None:
        self._append(self._used(session), entry)

    def _append(self, session: _Session, entry: Pending | str) -> None:
        size = len(entry) if isinstance(entry, str) else entry.size
        session.journal.append((self._number(), entry, size))
        session.size += size
        session.was_asked = True
        self._kept += 1
        self._size += size
        while self._kept > self.limits.journal:
            self._drop_some(max(self._sessions.values(), key=lambda each: len(each.journal)))
        while self._size > self.limits.memory:
            self._drop_some(max(self._sessions.values(), key=lambda each: each.size))

    def _number(self) -> int:
        """The next entry's id."""
        self._last_id += 1
        return self._last_id

    def _drop_some(self, session: _Session) -> None:
        """Drop a session's oldest until there is a little room: it takes long to find the session."""
        count, size = (limit - limit // 1_000 for limit in (self.limits.journal, self.limits.memory))
        while session.journal and (self._kept > count or self._size > size):
            self._drop_oldest(session)

    def _make_room(self) -> None:
        """Forget what was idle longest where scenarios and kept resources take more than the journal may."""
        while self._held > self.limits.memory and len(self._sessions) > 1:
            self._drop_first("made room for others' scenarios and kept resources; raise --journal-memory")

    def _drop_oldest(self, session: _Session) -> None:
        _, _, size = session.journal.popleft()
        session.size -= size
        session.dropped += 1
        self._kept -= 1
        self._size -= size

    async def page(self, session: str, position: int, most: int) -> Page:
        found = self._found(session)
        if found is None:
            return Page(gaps=self._gaps(session))
        first = max(position - found.dropped, 0)
        entries = tuple((number, entry) for number, entry, _ in islice(found.journal, first, first + most))
        total = len(found.journal)
        following = found.dropped + first + most if first + most < total else None
        lost = (lost_text(found.lost),) if found.lost else ()
        gaps = (*lost, *((found.gap,) if found.gap else ()))
        return Page(entries, following, total, found.dropped, gaps)

    async def mark_gap(self, session: str, count: int) -> None:
        self._used(session).lost += count

    async def volume(self) -> Volume:
        self._expire()
        return Volume(self._kept, self._last_id)

    async def forget(self, session: str) -> None:
        found = self._found(session)
        self._gone.pop(session, None)
        if found:
            self._emptied(found)
            found.dropped = found.lost = 0
            found.gap = ""
            found.was_asked = False

    async def reset(self, session: str) -> None:
        await self.forget(session)
        found = self._found(session)
        if found:
            found.progress.clear()
            found.sequences.clear()
            self._held -= len(found.resources)
            found.resources = ""
            found.situation = Situation(found.situation.revision, START)

    async def end(self, session: str) -> None:
        found = self._sessions.pop(session, None)
        self._gone.pop(session, None)
        if found:
            self._emptied(found)
            self._held -= found.held

    async def sessions(self) -> list[str]:
        self._expire()
        return list(self._sessions)

    async def close(self) -> None:
        """Nothing is held."""

    # ---- sessions come and go

    def _found(self, name: str) -> _Session | None:
        found = self._sessions.get(name)
        if found is not None and found.used + self.limits.idle <= self._clock():
            self._expire()
            return None
        return found

    def _used(self, name: str) -> _Session:
        """The session, made where there is none; the least recently used make room."""
        now = self._clock()
        found = self._found(name)
        if found is None:
            self._expire()
            while len(self._sessions) >= self.limits.sessions:
                self._drop_first(f"made room for another of {self.limits.sessions}; raise --max-sessions")
            found = self._sessions[name] = _Session(now, gap=" ".join(self._gaps(name)))
            self._gone.pop(name, None)
        found.used = now
        self._sessions.move_to_end(name)
        return found

    def _expire(self) -> None:
        limit = self._clock() - self.limits.idle
        while self._sessions and next(iter(self._sessions.values())).used <= limit:
            self._drop_first(
                f"was forgotten after {durations.shown(self.limits.idle)} without use; raise --session-ttl"
            )

    def _drop_first(self, why: str) -> None:
        name, gone = self._sessions.popitem(last=False)
        if gone.was_asked or gone.lost or gone.gap:
            self._gone[name] = f"the session {why}"
            if len(self._gone) > MOST_GONE:
                self._gone.popitem(last=False)
                self._too_many_gone = True
        self._emptied(gone)
        self._held -= gone.held
        self._forgotten(name)

    def _gaps(self, name: str) -> tuple[str, ...]:
        """Why a session that is not there may have been there."""
        if name in self._gone:
            return (self._gone[name],)
        return (f"more than {MOST_GONE} sessions were forgotten, perhaps this one, too",) if self._too_many_gone else ()

    def _emptied(self, session: _Session) -> None:
        """Take its journal from a session."""
        self._kept -= len(session.journal)
        self._size -= session.size
        session.journal.clear()
        session.size = 0
