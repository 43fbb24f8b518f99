"""Requests that could not be written into the journal: noted here, and in the store as soon as that is back.

What was lost must never be taken for what did not happen, by no replica: so each loss leaves a mark with its session.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from mock_server.service.stores import Store, StoreLost, lost_text

PAUSE = 0.5
"""Seconds between two attempts to leave a mark."""


class Losses:
    """The losses of one process that the store does not know of yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unmarked: Counter[str] = Counter()
        self._marking: asyncio.Task[None] | None = None

    def note(self, session: str) -> None:
        """Note that a request of a session was lost."""
        self._unmarked[session] += 1
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark())

    def gaps(self, sessions: Iterable[str]) -> list[str]:
        """What is missing in the journals of some sessions, as far as it has no mark."""
        return [lost_text(self._unmarked[session]) for session in sessions if self._unmarked[session]]

    async def _mark(self) -> None:
        while self._unmarked:
            await asyncio.sleep(PAUSE)
            try:
                for session, count in list(self._unmarked.items()):
                    await self._store.mark_gap(session, count)
                    self._unmarked[session] -= count
                    self._unmarked += Counter()  # leaves out what is down to nothing
            except StoreLost:
                continue
