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
MOST_SETS = 256
"""How many sessions' scenarios are kept ready; those of others are read again."""


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
        self._keep(revision, scenarios)

    def ready(self, revision: str) -> ScenarioSet | None:
        """The scenarios of a revision; None where they have to be read first."""
        return self._ready.get(revision)

    async def of(self, session: str, revision: str) -> ScenarioSet:
        """The scenarios of a session, which has those of a revision. Raises StoreLost."""
        known = self._ready.get(revision)
        if known is None:
            text = await self._store.scenarios(session)
            try:
                known = self._read(text or self._own)
            except SourceError:  # put by a replica that serves another contract
                known = ScenarioSet()
            if text is not None:
                self._keep(_revision(text), known)  # it may have changed meanwhile
        return known

    def _read(self, text: str) -> ScenarioSet:
        return read_scenarios(Source("scenarios", json.loads(text)), self._contract)

    def _keep(self, revision: str, scenarios: ScenarioSet) -> None:
        self._ready[revision] = scenarios
        while len(self._ready) > MOST_SETS:
            oldest = next(name for name in self._ready if name != OWN_FILE)
            del self._ready[oldest]


def _revision(text: str) -> str:
    """What scenarios are known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
