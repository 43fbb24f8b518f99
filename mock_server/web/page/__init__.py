"""The page at `/__mock__/`: its files, and what it asks that nothing else does.

It is plain HTML, CSS and ES modules: no build step, nothing from elsewhere, and nothing of a request is ever executed:
the Content-Security-Policy allows this server's own scripts alone, and the scripts write text, never HTML.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mock_server.contract.media import json_bodies
from mock_server.contract.model import Contract, Operation
from mock_server.engine.catalogue import Catalogue, Entries, Entry
from mock_server.engine.messages import Answer, Request
from mock_server.journal.entries import view_of_entry
from mock_server.service.mock_service import MockService
from mock_server.web.access import OWN

PAGE = f"{OWN}/"
FILES = f"{OWN}/page/"
EXPLAIN = f"{OWN}/explain/"
MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

Handler = Callable[[str, Request], Awaitable[Answer]]


def leads_to_page(request: Request, contract: Contract) -> bool:
    """Whether a browser opens `/` of a contract that has no such path."""
    is_page = request.method == "GET" and request.path == "/" and "text/html" in request.headers.get("accept", "")
    return is_page and request.headers.get("sec-fetch-mode") == "navigate" and contract.find("/") is None


class Page:
    """Answers what the page asks."""

    def __init__(self, service: MockService) -> None:
        self._service = service

    @property
    def routes(self) -> Mapping[str, Mapping[str, Handler]]:
        """Handlers by path and method."""
        return {
            PAGE: {"GET": self._index},
            f"{FILES}{{name}}": {"GET": self._file},
            f"{OWN}/overview": {"GET": self._overview},
            f"{EXPLAIN}{{id}}": {"GET": self._explain},
        }

    async def _index(self, _session: str, _request: Request) -> Answer:
        return self._served("index.html")

    async def _file(self, _session: str, request: Request) -> Answer:
        return self._served(unquote(request.path.removeprefix(FILES)))

    def _served(self, name: str) -> Answer:
        body = _files().get(name)
        if body is None:
            return self._service.definition.responses.error(404, f"{FILES}{name}: the page has no such file")
        headers = (
            ("Content-Type", f"{MEDIA_TYPES[Path(name).suffix]}; charset=utf-8"),
            ("Content-Security-Policy", POLICY),
            ("Cache-Control", "no-cache"),
            ("Referrer-Policy", "no-referrer"),
        )
        return Answer(200, headers, body)

    async def _overview(self, _session: str, _request: Request) -> Answer:
        """What is served, as the page shows it."""
        definition = self._service.definition
        directory = definition.directory
        catalogue = directory if isinstance(directory, Catalogue) else None
        return _json({
            "title": definition.contract.title,
            "profile": definition.profile.name,
            "operations": [_operation(operation) for operation in definition.contract.operations],
            "catalogue": {name: _things(entries) for name, entries in catalogue.top.items()} if catalogue else None,
            "users": sorted({caller.user for caller in catalogue.tokens.values()}) if catalogue else [],
            "reload": self._service.reload_error,
        })  # fmt: skip

    async def _explain(self, session: str, request: Request) -> Answer:
        """Why each scenario of the session answers a request of the journal, or does not; the nearest first."""
        wanted = request.path.removeprefix(EXPLAIN)
        recorded = await self._service.recorded(None)
        entry = next((entry for entry in recorded.entries if entry["id"] == wanted), None)
        if entry is None:
            return self._service.definition.responses.error(404, f"{request.path}: no such request")
        situation = await self._service.store.situation(entry["session"])
        scenarios = await self._service.scenario_sets.of(entry["session"], situation.revision)
        facts = view_of_entry(entry)
        told = [
            {"name": each.name, "objections": each.objections(facts, situation.state, entry["valid"])}
            for each in scenarios.scenarios
        ]
        return _json({"scenarios": sorted(told, key=lambda each: len(each["objections"]))})


@cache
def _files() -> Mapping[str, bytes]:
    folder = Path(__file__).parent
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in MEDIA_TYPES}


def _operation(operation: Operation) -> dict[str, Any]:
    examples = [{"name": each.name, "status": each.status} for each in operation.examples]
    facts = {"id": operation.id, "method": operation.method, "path": operation.path}
    return {**facts, "summary": operation.summary, "examples": examples}


def _things(entries: Entries) -> list[dict[str, Any]]:
    return [_thing(entry) for entry in entries]


def _thing(entry: Entry) -> dict[str, Any]:
    known = {name: str(value) for name, value in entry.values.items() if not isinstance(value, (dict, list))}
    return {"values": known, "lists": {name: _things(entries) for name, entries in entry.lists.items()}}


def _json(value: Any) -> Answer:
    return Answer(200, (("Content-Type", "application/json"),), json_bodies.dump(value))
