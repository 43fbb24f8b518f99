"""The page at `/__mock__/`: its files, and what it asks that nothing else does.

It is plain HTML, CSS and ES modules: no build step, nothing from elsewhere, and nothing of a request is ever executed:
the Content-Security-Policy allows this server's own scripts alone, and the scripts write text, never HTML.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import unquote

from mock_server.contract.media import json_bodies
from mock_server.contract.model import Contract, Operation
from mock_server.engine.catalogue import Catalogue, Entries, Entry
from mock_server.engine.messages import Answer, Request
from mock_server.journal.entries import view_of_entry
from mock_server.journal.filters import Filters
from mock_server.service.mock_service import MockService
from mock_server.web.access import OWN
from mock_server.web.serving.first_request import curl, first_request

PAGE = f"{OWN}/"
FILES = f"{OWN}/page/"
EXPLAIN = f"{OWN}/explain/"
MOST_HOSTS = 8
"""Names of this server for which the overview is kept ready."""
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
        self._described = lru_cache(MOST_HOSTS)(self._describe)

    @property
    def routes(self) -> Mapping[str, Mapping[str, Handler]]:
        """Handlers by path and method."""
        return {
            PAGE: {"GET": self._index},
            f"{FILES}{{name}}": {"GET": self._file},
            f"{OWN}/overview": {"GET": self._overview},
            f"{EXPLAIN}{{id}}": {"GET": self._explain},
        }

    async def _index(self, _session: str, request: Request) -> Answer:
        """The page in the language that the browser likes better."""
        answer = self._served("index.html")
        language = preferred_language(request.headers.get("accept-language", ""))
        body = answer.body.replace(b'lang="en"', f'lang="{language}"'.encode(), 1)
        return replace(answer, body=body).with_headers({"Content-Language": language, "Vary": "Accept-Language"})

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

    async def _overview(self, _session: str, request: Request) -> Answer:
        """What is served, as the page shows it; it asks again and again, and gets it when it has changed."""
        host = request.headers.get("host", "localhost")
        body = await asyncio.to_thread(self._described, f"http://{host}", self._service.reload_error)
        tag = f'"{zlib.crc32(body)}"'
        if request.headers.get("if-none-match") == tag:
            return Answer(304, (("ETag", tag),))
        return Answer(200, (("Content-Type", "application/json"), ("ETag", tag)), body)

    def _describe(self, url: str, reload_error: str | None) -> bytes:
        definition = self._service.definition
        contract, directory = definition.contract, definition.directory
        catalogue = directory if isinstance(directory, Catalogue) else None
        first = first_request(definition, url)
        return json_bodies.dump({
            "title": contract.title,
            "profile": definition.profile.name,
            "operations": [self._operation(operation, url) for operation in contract.operations],
            "catalogue": {name: _things(entries) for name, entries in catalogue.top.items()} if catalogue else None,
            "users": sorted({caller.user for caller in catalogue.tokens.values()}) if catalogue else [],
            "keeps": bool(definition.collections.all),
            "try": {"command": first.command, "user": first.user} if first else None,
            "reload": reload_error,
        })  # fmt: skip

    def _operation(self, operation: Operation, url: str) -> dict[str, object]:
        definition = self._service.definition
        examples = [{"name": each.name, "status": each.status, "summary": each.summary} for each in operation.examples]
        return {
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "summary": operation.summary,
            "examples": examples,
            "keeps": definition.collections.of(operation) is not None,
            "curl": curl(definition.contract, operation, url, "$TOKEN"),
        }

    async def _explain(self, session: str, request: Request) -> Answer:
        """Why each scenario of the session answers a request of the journal, or does not; the nearest first."""
        wanted = request.path.removeprefix(EXPLAIN)
        number = int(wanted) if wanted.isascii() and wanted.isdigit() else 0
        recorded = await self._service.recorded(None, Filters(only=number))
        entry = next(iter(recorded.entries), None)
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


def preferred_language(accept: str) -> str:
    """The language of the page that an `Accept-Language` header likes best: `zh` or `en`."""
    ranges = re.findall(r"(?:^|,)\s*(zh|en)\b[\w-]*\s*(?:;\s*q=([0-9.]+))?", accept.lower())
    return max(ranges, key=lambda each: float(each[1].strip(".") or 1), default=("en", ""))[0]


def _things(entries: Entries) -> list[dict[str, object]]:
    return [_thing(entry) for entry in entries]


def _thing(entry: Entry) -> dict[str, object]:
    known = {name: str(value) for name, value in entry.values.items() if not isinstance(value, (dict, list))}
    return {"values": known, "lists": {name: _things(entries) for name, entries in entry.lists.items()}}


def _json(value: object) -> Answer:
    return Answer(200, (("Content-Type", "application/json"),), json_bodies.dump(value))
