"""The mock's own endpoints, beside the contract: scenarios, state, journal, verification, sessions, health.

All but the contract's own documents obey the session of the request.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.source import Source, SourceError, nearest, parse_source
from mock_server.contract.media import json_bodies
from mock_server.engine.catalogue import OpenDirectory
from mock_server.engine.messages import Answer, Request
from mock_server.journal import har, verification
from mock_server.journal.entries import Entry, Recorded
from mock_server.journal.filters import FilterError, Filters, read_filters
from mock_server.service.mock_service import MockService
from mock_server.service.scenario_sets import NO_SCENARIOS
from mock_server.service.sessions import ALL, BASE, SessionError, checked
from mock_server.service.stores import StoreLost
from mock_server.web import metrics
from mock_server.web.access import HEALTH, OWN, READY
from mock_server.web.page import Page

REQUESTS = f"{OWN}/requests"
SCENARIOS = f"{OWN}/scenarios/"
PROCESS = secrets.token_hex(4)
"""What tells this process's tags from those of another, which counts from the beginning again."""

STATUSES = {True: 200, False: 422, None: 409}
"""How a verification is answered: it holds, it does not, nobody can know."""

LONGEST_DOCUMENT = 256 * 1024
"""Bytes of scenarios or of an expectation: what is read of them takes many times as many."""

LIKE_ID = re.compile("[0-9]{1,18}")

Handler = Callable[[str, Request], Awaitable[Answer]]


class Control:
    """Answers what is not part of the contract."""

    def __init__(self, service: MockService) -> None:
        self._service = service
        self._definition = service.definition
        self._error = service.definition.responses.error
        self._store = service.store
        self._scenario_sets = service.scenario_sets
        self._routes: Mapping[str, Mapping[str, Handler]] = {
            "/openapi.json": {"GET": self._contract_json},
            "/openapi.yaml": {"GET": self._contract_yaml},
            HEALTH: {"GET": self._health},
            READY: {"GET": self._ready},
            f"{OWN}/metrics": {"GET": self._metrics},
            f"{OWN}/scenarios": {
                "GET": self._scenarios,
                "PUT": self._put_scenarios,
                "POST": self._add_scenarios,
                "DELETE": self._delete_scenarios,
            },
            f"{OWN}/state": {"GET": self._state, "PUT": self._put_state},
            REQUESTS: {"GET": self._requests, "DELETE": self._forget},
            f"{REQUESTS}.har": {"GET": self._archive},
            f"{REQUESTS}/{{id}}": {"GET": self._request},
            f"{OWN}/verify": {"POST": self._verify},
            f"{OWN}/resources": {"GET": self._resources},
            f"{OWN}/reset": {"POST": self._reset},
            f"{OWN}/sessions": {"GET": self._sessions},
            f"{BASE}{{name}}": {"DELETE": self._end_session},
            f"{SCENARIOS}{{name}}": {"DELETE": self._delete_scenario},
            **Page(service).routes,
        }
        self._named = [
            route.removesuffix(part) for route in self._routes for part in ("{id}", "{name}") if part in route
        ]

    async def answer(self, session: str, request: Request) -> Answer:
        """The answer to a request for one of the mock's own paths."""
        route = self._routes.get(self._template(request.path))
        if route is None:
            return self._unknown(request.path)
        handler = route.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join([*route, "HEAD"] if "GET" in route else route)
            answer = self._error(405, f"{request.method} {request.path}: allowed: {allowed}")
            return answer.with_headers({"Allow": allowed})
        if len(request.body) > LONGEST_DOCUMENT:
            return self._error(413, f"{request.path}: a document is at most {LONGEST_DOCUMENT} bytes long")
        try:
            return await handler(session, request)
        except StoreLost as error:
            self._service.counts.store_errors += 1
            return self._error(503, f"{request.path}: {error}; the contract's own answers go on")

    def _template(self, path: str) -> str:
        """The route of a path: its last part may be a name."""
        if path in self._routes:
            return path
        start = next((each for each in self._named if path.startswith(each) and len(path) > len(each)), None)
        return path if start is None else next(route for route in self._routes if route.startswith(f"{start}{{"))

    def _unknown(self, path: str) -> Answer:
        known = sorted(self._routes)
        return self._error(404, f"{path}: no such endpoint{nearest(path, known)}; there are: {', '.join(known)}")

    # ---- contract and health

    async def _health(self, _session: str, _request: Request) -> Answer:
        contract = self._definition.contract
        return _json({
            "status": "ok",
            "contract": {"title": contract.title, "digest": contract.digest},
            "profile": self._definition.profile.name,
            "catalogue": not isinstance(self._definition.directory, OpenDirectory),
            "event_ids": self._service.event_ids,
            "operations": [operation.id for operation in contract.operations],
            "store": await self._store_health(),
            "reload": self._service.reload_error or "ok",
        })  # fmt: skip

    async def _ready(self, _session: str, _request: Request) -> Answer:
        """Whether requests may be sent here: only where sessions can be kept, too."""
        await self._store.situation("")
        return _json({"status": "ready"})

    async def _metrics(self, _session: str, request: Request) -> Answer:
        return await metrics.scraped(self._service, request.headers.get("accept", ""))

    async def _store_health(self) -> str:
        try:
            await self._store.situation("")
        except StoreLost as error:
            self._service.counts.store_errors += 1
            return str(error)
        return "ok"

    async def _contract_json(self, _session: str, _request: Request) -> Answer:
        return _text(json.dumps(self._definition.contract.document, default=str).encode())

    async def _contract_yaml(self, _session: str, _request: Request) -> Answer:
        """The file itself, comments and all."""
        return _text(self._definition.contract.source.text.encode("utf-8", "backslashreplace"), "application/yaml")

    # ---- scenarios and state

    async def _scenarios(self, session: str, _request: Request) -> Answer:
        return _text((await self._scenario_sets.text(session)).encode("utf-8", "backslashreplace"))

    async def _put_scenarios(self, session: str, request: Request) -> Answer:
        try:
            source = await asyncio.to_thread(parse_source, json_bodies.decode(request.body), "request body")
            await self._scenario_sets.put(session, source, restart=True)
        except (SourceError, json_bodies.JsonError) as error:
            return self._faulty(422, error)
        return await self._scenarios(session, request)

    async def _add_scenarios(self, session: str, request: Request) -> Answer:
        """New scenarios go in front; one of the same name takes the older one's place."""
        try:
            source = await asyncio.to_thread(parse_source, json_bodies.decode(request.body), "request body")
            own = json.loads(await self._scenario_sets.text(session))
            joined = _joined(source.value, own.get("scenarios") or [])
            await self._scenario_sets.put(session, Source(source.name, joined, source.text), restart=False)
        except (SourceError, json_bodies.JsonError) as error:
            return self._faulty(422, error)
        return await self._scenarios(session, request)

    async def _delete_scenarios(self, session: str, request: Request) -> Answer:
        source = Source("no scenarios", json.loads(NO_SCENARIOS))
        await self._scenario_sets.put(session, source, restart=True)
        return await self._scenarios(session, request)

    async def _delete_scenario(self, session: str, request: Request) -> Answer:
        name = unquote(request.path.removeprefix(SCENARIOS))
        own = json.loads(await self._scenario_sets.text(session))
        kept = [each for each in own.get("scenarios") or [] if each.get("name") != name]
        await self._scenario_sets.put(session, Source("scenarios", {"scenarios": kept}), restart=False)
        return await self._scenarios(session, request)

    async def _state(self, session: str, _request: Request) -> Answer:
        return _json({"state": (await self._store.situation(session)).state})

    async def _put_state(self, session: str, request: Request) -> Answer:
        try:
            value = json_bodies.parse(json_bodies.decode(request.body))
        except json_bodies.JsonError as error:
            return self._faulty(422, error)
        state = value.get("state") if isinstance(value, dict) else None
        if not isinstance(state, str) or not state or len(value) > 1:
            text = f'{shown(value)}: allowed: {{"state": "NAME"}}, the name that scenarios use in when.state and set'
            return self._faulty(422, ValueError(text))
        await self._store.set_state(session, state)
        return await self._state(session, request)

    # ---- journal

    async def _requests(self, session: str, request: Request) -> Answer:
        volume = await self._store.volume()
        tag = f'"{PROCESS}-{volume.kept}-{volume.written}-{zlib.crc32(f"{session} {request.query}".encode())}"'
        if request.headers.get("if-none-match") == tag:
            return Answer(304, (("ETag", tag),), b"")

        def listed(entries: list[Entry], recorded: Recorded) -> Answer:
            gaps = {"missing": recorded.gaps} if recorded.gaps else {}
            answer = _json({"requests": entries, "total": recorded.total, "dropped": recorded.dropped, **gaps})
            return answer.with_headers({"ETag": tag})

        return await self._filtered(session, request, listed)

    async def _archive(self, session: str, request: Request) -> Answer:
        url = f"http://{request.headers.get('host', 'localhost')}"

        def archived(entries: list[Entry], _recorded: Recorded) -> Answer:
            return _json(har.archive(entries, url))

        return await self._filtered(session, request, archived)

    async def _filtered(
        self, session: str, request: Request, told: Callable[[list[Entry], Recorded], Answer]
    ) -> Answer:
        if not self._service.journal:
            return self._no_journal()
        try:
            filters = read_filters(request.query, [operation.id for operation in self._definition.contract.operations])
            chosen = _session_of(filters, session)
        except (FilterError, SessionError) as error:
            return self._faulty(400, error)
        recorded = await self._service.recorded(chosen, filters)
        return await asyncio.to_thread(told, list(recorded.entries), recorded)

    async def _request(self, session: str, request: Request) -> Answer:
        wanted = request.path.removeprefix(f"{REQUESTS}/")
        if not self._service.journal:
            return self._no_journal()
        number = int(wanted) if LIKE_ID.fullmatch(wanted) else 0
        recorded = await self._service.recorded(session, Filters(only=number))
        if not recorded.entries:
            return self._error(404, f"{request.path}: no such request in session {session!r}")
        return _json(recorded.entries[0])

    async def _forget(self, session: str, _request: Request) -> Answer:
        await self._store.forget(session)
        return Answer(204, (), b"")

    async def _verify(self, session: str, request: Request) -> Answer:
        if not self._service.journal:
            return self._no_journal()
        try:
            value = json_bodies.parse(json_bodies.decode(request.body))
            source = Source("request body", value)
            expectation = await asyncio.to_thread(verification.read_expectation, source, self._definition.contract)
        except (SourceError, json_bodies.JsonError) as error:
            return self._faulty(400, error)
        recorded = await self._service.recorded(session)
        verdict = await asyncio.to_thread(verification.verify, expectation, recorded)
        text = json.dumps({"message": verdict.message, **verdict.details}, ensure_ascii=False, indent=2)
        return _text(text.encode("utf-8", "backslashreplace"), status=STATUSES[verdict.holds])

    # ---- sessions

    async def _resources(self, session: str, _request: Request) -> Answer:
        lists = await self._service.resources.lists(session)
        return _json({"resources": await asyncio.to_thread(self._service.writer.masked, lists)})

    async def _reset(self, session: str, _request: Request) -> Answer:
        await self._store.reset(session)
        return Answer(204, (), b"")

    async def _sessions(self, _session: str, _request: Request) -> Answer:
        return _json({"sessions": await self._store.sessions()})

    async def _end_session(self, _session: str, request: Request) -> Answer:
        try:
            name = checked(unquote(request.path.removeprefix(BASE)), "the session in the path")
        except SessionError as error:
            return self._faulty(400, error)
        await self._store.end(name)
        return Answer(204, (), b"")

    def _no_journal(self) -> Answer:
        return self._error(409, "the journal is off: the server was started with --journal-size 0")

    def _faulty(self, status: int, error: Exception) -> Answer:
        """A refusal with every fault, as one text and one by one."""
        return self._error(status, str(error), errors=str(error).splitlines())


def _session_of(filters: Filters, session: str) -> str | None:
    if filters.session == ALL:
        return None
    return checked(filters.session, "session") if filters.session is not None else session


def _joined(document: Any, own: list[Any]) -> object:
    """A document of new scenarios, with those of the session behind them; what is no such document stays as it is."""
    new = document.get("scenarios") if isinstance(document, dict) else None
    if not isinstance(new, list):
        return document
    names = [scenario.get("name") for scenario in new if isinstance(scenario, dict)]
    return {**document, "scenarios": [*new, *(scenario for scenario in own if scenario.get("name") not in names)]}


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, (("Content-Type", "application/json"),), json_bodies.dump(value))


def _text(body: bytes, media_type: str = "application/json", status: int = 200) -> Answer:
    return Answer(status, (("Content-Type", media_type),), body)
