"""The scenarios of each session: as text in the store, and ready to be asked here."""

from __future__ import annotations

import asyncio
import hashlib
import json

from mock_server.contract.document.source import Source, SourceError
from mock_server.contract.model import Contract
from mock_server.engine.scenarios import ScenarioSet
from mock_server.loaders.scenarios import document_text, read_scenarios
from mock_server.service.stores import OWN_FILE, Store

NO_SCENARIOS = '{"scenarios": []}'
MOST_READY = 4_000_000
"""Letters of scenarios that are kept ready; longer ago used ones are read again."""
LONGEST_AT_ONCE = 4_000
"""Letters of scenarios that are read without leaving the event loop."""


class ScenarioSets:
    """The scenarios of all sessions of one mock.

    Args:
        contract: what they are allowed to say.
        store: where sessions are kept.
        own: those every session starts with, as JSON text.

    Raises:
        SourceError: these cannot be used.
    """

    def __init__(self, contract: Contract, store: Store, own: str | None = None) -> None:
        self._contract = contract
        self._store = store
        self._own = own or NO_SCENARIOS
        self._ready: dict[str, ScenarioSet] = {OWN_FILE: self._read(self._own)}
        self._sizes: dict[str, int] = {}

    async def text(self, session: str) -> str:
        """A session's scenarios as JSON text. Raises StoreLost."""
        own = await self._store.scenarios(session)
        return self._own if own is None else own

    async def put(self, session: str, source: Source, *, restart: bool) -> None:
        """Give a session the scenarios of a document; `restart` forgets all progress.

        Raises:
            SourceError: the contract does not allow them; every fault is named.
            StoreLost: nothing was changed.
        """
        text = document_text(source)
        scenarios = await asyncio.to_thread(read_scenarios, source, self._contract)
        revision = _revision(text)
        await self._store.put_scenarios(session, text, revision, restart)
        self._keep(text, scenarios)

    def ready(self, revision: str) -> ScenarioSet | None:
        """The scenarios of a revision; None where they have to be read first."""
        return self._ready.get(revision)

    async def of(self, session: str, revision: str) -> ScenarioSet:
        """The scenarios of a session, which has those of a revision. Raises StoreLost."""
        known = self._ready.get(revision)
        if known is None:
            text = await self._store.scenarios(session)
            try:
                known = await self._read_beside(text or self._own)
            except SourceError:  # put by a replica that serves another contract
                known = ScenarioSet()
            if text is not None:
                self._keep(text, known)  # it may have changed meanwhile
        return known

    def _read(self, text: str) -> ScenarioSet:
        return read_scenarios(Source("scenarios", json.loads(text)), self._contract)

    async def _read_beside(self, text: str) -> ScenarioSet:
        """The scenarios of a text; of a long one beside the event loop."""
        return self._read(text) if len(text) <= LONGEST_AT_ONCE else await asyncio.to_thread(self._read, text)

    def _keep(self, text: str, scenarios: ScenarioSet) -> None:
        revision = _revision(text)
        self._ready[revision] = scenarios
        self._sizes[revision] = len(text)
        while sum(self._sizes.values()) > MOST_READY and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            del self._ready[oldest], self._sizes[oldest]


def _revision(text: str) -> str:
    """What scenarios are known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
