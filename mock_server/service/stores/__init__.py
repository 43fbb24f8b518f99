"""Where sessions are kept: their scenarios, progress, state, sequences, resources and journal.

One small interface, three ways to keep it:

- `memory.py`: in this process.
- `worker.py`, `broker.py`: for several workers on one machine; each writes its own journal, the parent process decides
  what one alone can decide, and gathers what they wrote when it is read.
- `redis.py`: for replicas on several machines.

Each operation is atomic, and each one that changes a session makes it the most recently used. A session that was
idle for too long is gone; of too many, the one that was idle longest goes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

START = "start"
"""The state of a session that nothing was set for."""

OWN_FILE = ""
"""The revision of scenarios that nobody replaced: those the server was started with."""


class StoreLost(Exception):
    """The store cannot be reached; the text says why, without credentials."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept.

    Attributes:
        memory: bytes that these take; of more, the session with the most of them loses its oldest.
        journal: entries in all sessions together; of more, the session with the most loses its oldest.
        sessions: how many there can be.
        idle: seconds after which an idle session is gone.
    """

    journal: int = 10_000
    sessions: int = 1_000
    idle: float = 3_600.0
    memory: int = 64_000_000


@dataclass(frozen=True, slots=True)
class Situation:
    """What a session's answers depend on: which scenarios it has, and its state."""

    revision: str = OWN_FILE
    state: str = START


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a session's journal.

    Attributes:
        entries: each with its number, pending or as text; the oldest first.
        following: the position at which the next part begins; None: there is none.
        total: how many entries the session has.
        dropped: how many older ones made room.
        gaps: why other requests of the session may be missing.
    """

    entries: tuple[tuple[int, Pending | str], ...] = ()
    following: int | None = None
    total: int = 0
    dropped: int = 0
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Volume:
    """How large the journal is, over all sessions.

    Attributes:
        kept: entries that can be read.
        written: entries that were ever written: it grows with each request.
    """

    kept: int = 0
    written: int = 0


class Pending(Protocol):
    """An entry of the journal that is made when it is read."""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""

    def text(self) -> str:
        """The text of a JSON object, secrets masked; it gets an `id` in front of all else."""


class Store(Protocol):
    """Keeps sessions. Every method raises StoreLost where the store cannot be reached."""

    async def open(self) -> None:
        """Get ready, before the first request; what cannot be reached yet may be later."""

    async def situation(self, session: str) -> Situation:
        """The session's scenarios' revision and its state."""

    async def scenarios(self, session: str) -> str | None:
        """The session's own scenarios; None where it has those of the file."""

    async def put_scenarios(self, session: str, text: str, revision: str, restart: bool) -> None:
        """Give the session its own scenarios; `restart` forgets all progress."""

    async def set_state(self, session: str, state: str) -> None:
        """Set the session's state."""

    async def advance(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        """Count a match of a scenario and set the state that follows (None: as it is): how many matches there were.

        None, and nothing counted, where the situation is no longer the one that was seen.
        """

    async def use(self, session: str) -> None:
        """Make the session the most recently used, as all that changes it does."""

    async def occurrence(self, session: str, fingerprint: str) -> int:
        """How often a request came, this time included."""

    async def resources(self, session: str) -> str:
        """What the session's requests created and changed, as text; empty where they did not."""

    async def put_resources(self, session: str, seen: str, text: str) -> bool:
        """Replace them: whether that was done. Not where they are no longer those that were seen."""

    async def record(self, session: str, entry: Pending | str) -> None:
        """Add an entry to the journal, pending or as text; what leaves this process does so as text."""

    async def page(self, session: str, position: int, most: int) -> Page:
        """A part of a session's journal from a position on, 0 at first; a journal may be long."""

    async def mark_gap(self, session: str, count: int) -> None:
        """Note that some requests of a session could not be written; `forget`, `reset` and `end` begin anew."""

    async def volume(self) -> Volume:
        """The size of the journal; cheap, however large it is."""

    async def forget(self, session: str) -> None:
        """Empty the session's journal."""

    async def reset(self, session: str) -> None:
        """Empty the session's journal and forget progress, state, sequences and resources; its scenarios stay."""

    async def end(self, session: str) -> None:
        """Forget all about a session."""

    async def sessions(self) -> list[str]:
        """The names of all sessions, the most recently used last."""

    async def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class LocalStore(Store, Protocol):
    """A store that can say and keep in this process, without waiting, what most requests need."""

    def situation_now(self, session: str) -> Situation | None:
        """The session's situation; None where the store is lost."""

    def use_now(self, session: str) -> None:
        """`use`, where the situation is known."""

    def advance_now(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        """`advance`; None, and nothing counted, also where another process has to be asked."""

    def keep(self, session: str, entry: Pending | str) -> None:
        """Add an entry to the journal at once, where the situation is known."""


def text_of(entry: Pending | str) -> str:
    """An entry's text."""
    return entry if isinstance(entry, str) else entry.text()


def with_id(number: int, text: str) -> str:
    """An entry's text with its id."""
    return f'{{"id": "{number}", {text[1:]}'


def lost_text(count: int) -> str:
    """Why a journal has a gap after a loss."""
    return f"{count} requests could not be written while the store was away"
