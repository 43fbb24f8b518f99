"""What happens around decisions: which scenario's turn it is, which request this is in a row, what the journal keeps.

The only room between pure decisions and the store. A lost store costs scenarios and journal, never an answer.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mock_server.contract.source import Source, SourceError
from mock_server.engine import pipeline
from mock_server.engine.pipeline import CheckedRequest, MockDefinition, Reply
from mock_server.engine.scenarios import ScenarioMatch, ScenarioSet, SeededRandom, cue
from mock_server.journal.entries import JournalWriter, Recorded, facts_of
from mock_server.loaders.scenarios import document_text, read_scenarios
from mock_server.service.sessions import DEFAULT
from mock_server.service.stores import OWN_FILE, Store, StoreLost

NO_SCENARIOS = '{"scenarios": []}'
MOST_SCRIPTS = 256
"""How many sessions' scenarios are kept ready; those of others are read again."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request on its way through the mock.

    Attributes:
        started: when it was complete, by `time.perf_counter`.
    """

    checked: CheckedRequest
    session: str = DEFAULT
    started: float = field(default_factory=time.perf_counter)
    cue: ScenarioMatch | None = None


class MockService:
    """Directs the requests of one console.

    Args:
        console: what decisions depend on.
        store: where sessions are kept.
        scenarios: those every session starts with, as JSON text.
        event_ids: `sequence` gives each of several identical requests its own event id, `request` all the same.
        journal: whether a journal is kept.
    """

    def __init__(
        self,
        console: MockDefinition,
        store: Store,
        scenarios: str | None = None,
        *,
        event_ids: str = "request",
        journal: bool = True,
    ) -> None:
        self.console = console
        self.store = store
        self.journal = journal
        self._own = scenarios or NO_SCENARIOS
        self.event_ids = event_ids
        self._scribe = JournalWriter(console)
        self._scripts: dict[str, ScenarioSet] = {OWN_FILE: self._read(self._own)}

    # ---- requests

    async def cue(self, session: str, checked: CheckedRequest) -> ScenarioMatch | None:
        """The scenario that answers a request, at its turn; None where none does, or the store is lost."""
        try:
            while True:
                seen = await self.store.situation(session)
                script = await self._script(session, seen.revision)
                if not script.scenarios or not pipeline.open_to_scenarios(checked):
                    return None
                scenario = script.choose(lambda: facts_of(checked), seen.state, checked.accepted)
                if scenario is None:
                    return None
                match = await self.store.advance(session, seen, scenario.identity, scenario.next_state)
                if match is not None:
                    return cue(scenario, SeededRandom(self.console.seed, session, scenario.name, match))
        except StoreLost:
            return None

    async def occurrence(self, session: str, checked: CheckedRequest) -> int:
        """The how many-th of its kind a request is; always the first where identical requests share their event id."""
        if self.event_ids != "sequence":
            return 1
        try:
            return await self.store.occurrence(session, pipeline.fingerprint(self.console, checked))
        except StoreLost:
            return 1

    async def record(self, visit: RequestContext, reply: Reply) -> None:
        """Write a request and its reply into the journal, where there is one."""
        if not self.journal:
            return
        duration = time.perf_counter() - visit.started
        began = datetime.now(UTC) - timedelta(seconds=duration)
        entry = self._scribe.entry(visit.session, began, duration, visit.checked, reply)
        try:
            await self.store.record(visit.session, json.dumps(entry))
        except StoreLost:
            return

    async def recorded(self, session: str | None) -> Recorded:
        """The journal of a session, or of all. Raises StoreLost."""
        kept = await self.store.recorded(session)
        return Recorded(tuple(json.loads(text) for text in kept.texts), kept.dropped)

    # ---- scenarios

    async def scenarios(self, session: str) -> str:
        """A session's scenarios as JSON text. Raises StoreLost."""
        own = await self.store.scenarios(session)
        return self._own if own is None else own

    async def put_scenarios(self, session: str, source: Source, *, restart: bool) -> None:
        """Give a session the scenarios of a document.

        Raises:
            SourceError: the contract does not allow them; every fault is named.
            StoreLost: nothing was changed.
        """
        text = document_text(source)
        script = read_scenarios(source, self.console.contract)
        revision = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        await self.store.put_scenarios(session, text, revision, restart)
        self._keep(revision, script)

    async def _script(self, session: str, revision: str) -> ScenarioSet:
        known = self._scripts.get(revision)
        if known is None:
            text = await self.store.scenarios(session)
            try:
                known = self._read(text or self._own)
            except SourceError:  # put by a replica that serves another contract
                known = ScenarioSet()
            self._keep(revision, known)
        return known

    def _read(self, text: str) -> ScenarioSet:
        return read_scenarios(Source("scenarios", json.loads(text), {}), self.console.contract)

    def _keep(self, revision: str, script: ScenarioSet) -> None:
        self._scripts[revision] = script
        while len(self._scripts) > MOST_SCRIPTS:
            oldest = next(name for name in self._scripts if name != OWN_FILE)
            del self._scripts[oldest]
