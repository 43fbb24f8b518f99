"""What happens around decisions: which scenario's turn it is, which request this is in a row, what the journal keeps.

The only room between pure decisions and the store. A lost store costs scenarios and journal, never an answer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from mock_server.engine import pipeline
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Answer, Refused
from mock_server.engine.pipeline import MockDefinition, Reply
from mock_server.engine.prefer import Preference
from mock_server.engine.scenarios import Scenario, ScenarioMatch, SeededRandom, matched
from mock_server.journal.entries import LONGEST_BODY, Entry, JournalWriter, PendingEntry, Recorded
from mock_server.journal.filters import Filters
from mock_server.loaders.handlers import Handler
from mock_server.service.counts import Counts, Kind
from mock_server.service.kept import KeptResources
from mock_server.service.losses import Losses
from mock_server.service.scenario_sets import ScenarioSets
from mock_server.service.sessions import DEFAULT
from mock_server.service.stores import (
    LocalStore,
    Page,
    Pending,
    Situation,
    Store,
    StoreLost,
    text_of,
    with_id,
)

PAGE = 100
"""Entries of the journal that are read at a time."""

ALL = Filters()


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request on its way through the mock.

    Attributes:
        started: when it was complete, by `time.perf_counter`.
        kept_refusal: whether it is refused for what is kept, and not by the contract.
    """

    checked: CheckedRequest
    session: str = DEFAULT
    started: float = field(default_factory=time.perf_counter)
    match: ScenarioMatch | None = None
    kept_refusal: bool = False

    def matched_by(self, match: ScenarioMatch | None) -> RequestContext:
        """The same request once it is known whether a scenario answers it."""
        return self if match is None else replace(self, match=match)


class MockService:
    """Answers the requests of one mock, each at its turn.

    Args:
        definition: what answers depend on.
        store: where sessions are kept.
        scenarios: those every session starts with, as JSON text.
        event_ids: `sequence` gives each of several identical requests its own event id, `request` all the same.
        journal: whether a journal is kept.
        handlers: the user's own, by operation id.
        validate_handlers: whether what they answer has to be what the contract describes.
        keep_memory: bytes of resources that a session keeps.
    """

    def __init__(
        self,
        definition: MockDefinition,
        store: Store,
        scenarios: str | None = None,
        *,
        event_ids: str = "request",
        journal: bool = True,
        handlers: Mapping[str, Handler] | None = None,
        validate_handlers: bool = True,
        keep_memory: int = 1_000_000,
    ) -> None:
        self.definition = definition
        self.store = store
        self.resources = KeptResources(definition, store, keep_memory)
        self.journal = journal
        self.event_ids = event_ids
        self._losses = Losses(store)
        self.counts = Counts()
        self.log: Callable[[Pending], None] | None = None
        self.reload_error: str | None = None
        """What is wrong with files that changed since; None: nothing, or none did."""
        self.handlers: Mapping[str, Handler] = handlers or {}
        self.validate_handlers = validate_handlers
        self.writer = JournalWriter(definition)
        self.scenario_sets = ScenarioSets(definition.contract, store, scenarios)

    def renewed(self, definition: MockDefinition, scenarios: str | None) -> MockService:
        """The service of another definition, which goes on with the same sessions.

        Raises:
            SourceError: the scenarios cannot be used.
        """
        journal, event_ids = self.journal, self.event_ids
        service = MockService(
            definition,
            self.store,
            scenarios,
            event_ids=event_ids,
            journal=journal,
            keep_memory=self.resources.most,
            handlers=self.handlers,
            validate_handlers=self.validate_handlers,
        )
        service.counts, service.log = self.counts, self.log
        return service

    # ---- requests

    def has_scenarios(self, situation: Situation) -> bool:
        """Whether there are scenarios in a situation, or may be: those of others were not read yet."""
        known = self.scenario_sets.ready(situation.revision)
        return known is None or bool(known.scenarios)

    async def match(self, session: str, checked: CheckedRequest) -> ScenarioMatch | None:
        """The scenario that answers a request, at its turn; None where none does, or the store is lost."""
        if not _open_to_scenarios(checked):
            return None
        try:
            while True:
                seen = await self.store.situation(session)
                scenarios = await self.scenario_sets.of(session, seen.revision)
                scenario = scenarios.choose(lambda: checked.view, seen.state, checked.accepted)
                if scenario is None:
                    return None
                count = await self._count(session, seen, scenario)
                if count is not None:
                    return self._cue(session, scenario, count)
        except StoreLost:
            self.counts.store_errors += 1
            return None

    def reply_now(self, store: LocalStore, context: RequestContext, seen: Situation) -> Reply | None:
        """The reply to a request that asks for nothing special; None where something has to be waited for.

        Args:
            store: the service's own.
            context: the request.
            seen: the situation that its session is in.
        """
        checked, scenarios = context.checked, self.scenario_sets.ready(seen.revision)
        if scenarios is None:
            return None
        match = None
        scenario = scenarios.choose(lambda: checked.view, seen.state, checked.accepted)
        if scenario is not None:
            count = _count_now(store, context.session, seen, scenario)
            if count is None:
                return None
            match = self._cue(context.session, scenario, count)
        return pipeline.answer(self.definition, checked, match=match)

    def _cue(self, session: str, scenario: Scenario, count: int) -> ScenarioMatch:
        return matched(scenario, SeededRandom(self.definition.seed, session, scenario.name, count))

    async def _count(self, session: str, seen: Situation, scenario: Scenario) -> int | None:
        """The how many-th match of a scenario this is; None where the situation is no longer the one that was seen."""
        if scenario.is_constant:
            await self.store.use(session)
            return 1
        return await self.store.advance(session, seen, scenario.identity, scenario.next_state)

    async def occurrence(self, session: str, checked: CheckedRequest) -> int:
        """The how many-th of its kind a request is; always the first where identical requests share their event id."""
        if self.event_ids != "sequence":
            return 1
        try:
            return await self.store.occurrence(session, pipeline.fingerprint(self.definition, checked))
        except StoreLost:
            self.counts.store_errors += 1
            return 1

    def open_to_handler(self, context: RequestContext) -> bool:
        """Whether a handler may answer: an accepted request that neither a scenario nor the request itself answers."""
        checked, match = context.checked, context.match
        return checked.accepted and _open_to_scenarios(checked) and (match is None or match.answer is None)

    async def kept(self, context: RequestContext) -> tuple[RequestContext, Answer | None]:
        """What is kept answers a request where nothing else does; what names nothing that is there comes back refused.

        It comes behind the request's own choice, scenarios, handlers, and the catalogue's failure modes.
        """
        checked = context.checked
        if checked.bound_answer or not self.open_to_handler(context):
            return context, None
        try:
            outcome = await self.resources.act(context.session, checked)
        except Refused as refusal:
            return replace(context, checked=replace(checked, refusal=refusal), kept_refusal=True), None
        except StoreLost:
            self.counts.store_errors += 1
            return context, None
        return context, outcome.answer if outcome else None

    async def answer(self, context: RequestContext, handled: Answer | None = None) -> Reply:
        """The reply to a request at its turn.

        Args:
            context: the request, and the scenario that matches it.
            handled: what the user's handler answered.
        """
        checked, match = context.checked, context.match
        counts = checked.accepted or match is not None
        occurrence = await self.occurrence(context.session, checked) if counts else 1
        return pipeline.answer(self.definition, checked, occurrence, match, handled)

    async def record(self, context: RequestContext, reply: Reply) -> None:
        """Count a request and its reply, and write them into the journal and the log, where there are any."""
        entry = self.noted(context, reply)
        try:
            if entry is not None:
                await self.store.record(context.session, await self._kept(entry))
        except StoreLost:
            self.counts.store_errors += 1
            self._losses.note(context.session)

    def noted(self, context: RequestContext, reply: Reply, way: str = "full") -> PendingEntry | None:
        """Count a request and its reply, and write them into the log: the entry for the journal, if that is kept."""
        duration = time.perf_counter() - context.started
        self.counts.of(_kind(context.checked, reply, way)).add(duration)
        if not self.journal and self.log is None:
            return None
        entry = self._entry(context, duration, reply)
        if self.log is not None:
            self.log(entry)
        return entry if self.journal else None

    def _entry(self, context: RequestContext, duration: float, reply: Reply) -> PendingEntry:
        checked = context.checked
        # What was found out about a body takes many times its room, and can be found out again.
        keeps_findings = context.kept_refusal or not checked.request.body or len(checked.request.body) > LONGEST_BODY
        request = checked if keeps_findings else checked.request
        return PendingEntry(self.writer, context.session, time.time() - duration, duration, request, reply)

    async def _kept(self, entry: PendingEntry) -> PendingEntry | str:
        """What the store gets: an entry that would take much room as text."""
        return await asyncio.to_thread(entry.text) if entry.size > LONGEST_BODY else entry

    async def recorded(self, session: str | None, filters: Filters = ALL) -> Recorded:
        """The journal of a session, or of all: read part by part, each made beside the event loop. Raises StoreLost."""
        names = await self.store.sessions() if session is None else [session]
        found: list[Entry] = []
        pages: list[Page] = []
        for name in names:
            pages.append(await self.store.page(name, 0, 0))
            following: int | None = pages[-1].dropped + max(pages[-1].total - filters.last, 0)
            while following is not None:
                page = await self.store.page(name, following, PAGE)
                found += await asyncio.to_thread(_wanted, page.entries, filters)
                following = page.following
        found.sort(key=lambda entry: int(entry["id"]))
        gaps = [*self._losses.gaps(names), *(gap for page in pages for gap in page.gaps)]
        total, dropped = sum(page.total for page in pages), sum(page.dropped for page in pages)
        return Recorded(tuple(filters.newest(found)), total, dropped, tuple(dict.fromkeys(gaps)))


def _wanted(entries: Iterable[tuple[int, Pending | str]], filters: Filters) -> list[Entry]:
    made = [json.loads(with_id(number, text_of(entry))) for number, entry in entries if filters.wants_number(number)]
    return [entry for entry in made if filters.wants(entry)]


def _count_now(store: LocalStore, session: str, seen: Situation, scenario: Scenario) -> int | None:
    """The how many-th match of a scenario this is; None where its answer, or the store, has to be waited for."""
    if not scenario.is_immediate:
        return None
    if scenario.is_constant:
        store.use_now(session)
        return 1
    return store.advance_now(session, seen, scenario.identity, scenario.next_state)


def _kind(checked: CheckedRequest, reply: Reply, way: str) -> Kind:
    """What a request is counted as."""
    operation = checked.operation.id if checked.operation else ""
    return Kind(operation, reply.answer.status, checked.refused_for or "", reply.scenario or "", way)


def _open_to_scenarios(checked: CheckedRequest) -> bool:
    """Whether a scenario may answer: not where the request itself chooses its answer, or says wrongly what it wants."""
    return checked.prefer is None or (isinstance(checked.prefer, Preference) and not checked.prefer.chooses)
