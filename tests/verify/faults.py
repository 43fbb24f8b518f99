"""A conforming console with one fault put in front of it, served over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import uvicorn

from contract_tests.settings import Settings, resolve
from contract_tests.target.target import CATALOGUE, identity_of
from contract_tests.transport.wire import Request, Wire
from mock_server.contract.document.source import load_source
from mock_server.settings import Settings as MockSettings
from mock_server.web.serving.running import running
from mock_server.web.serving.server import listen, url_of

FRAMING = ("content-length", "transfer-encoding", "connection", "host", "date")
IDENTITY = identity_of(load_source(CATALOGUE).value)


@dataclass(frozen=True)
class Seen:
    """A request as a fault sees it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def with_json(self, value: Any) -> Reply:
        return replace(self, body=json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def reply(status: int, value: Any) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


Ask = Callable[[Seen], Awaitable[Reply]]
Fault = Callable[[Seen, Ask], Awaitable[Reply]]
"""Answers a request; `Ask` asks the conforming console behind it."""


class Faulty:
    """An ASGI application: the fault, with a conforming console behind."""

    def __init__(self, url: str, fault: Fault) -> None:
        self.behind = Wire(url)
        self.one_at_a_time = threading.Lock()
        self.fault = fault
        self.accepted = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        seen = Seen(scope["method"], path, headers, body)

        async def ask(changed: Seen) -> Reply:
            return await asyncio.to_thread(self.ask, changed)

        answer = await self.fault(seen, ask)
        self.accepted += 200 <= answer.status < 300 and seen.method == "POST"
        lines = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers if k.lower() != "content-length"]
        lines.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if seen.method == "HEAD" else answer.body})

    def ask(self, seen: Seen) -> Reply:
        """The conforming console's answer."""
        lines = tuple((name, value) for name, value in seen.headers.items() if name.lower() not in FRAMING)
        with self.one_at_a_time:
            answer = self.behind.send(Request(seen.method, seen.path, lines, seen.body or None), resend=True).answer
        assert answer is not None
        kept = tuple((name, value) for name, value in answer.headers if name.lower() not in FRAMING)
        return Reply(answer.status, kept, answer.body)


@dataclass(frozen=True)
class Served:
    url: str
    app: Faulty

    def settings(self, **options: Any) -> Settings:
        """Settings to verify this server with; short, because the core comes first."""
        return resolve({"url": self.url, "fuzz": False, "max_time": 4.0, **IDENTITY, **options}, {})


@contextlib.contextmanager
def serving(fault: Fault) -> Iterator[Served]:
    """The conforming console with this fault, on a free port."""
    with running(MockSettings(catalogue=CATALOGUE, event_ids="sequence")) as mock:
        app = Faulty(mock.url, fault)
        listener = listen("127.0.0.1", 0)
        config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", access_log=False, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Served(url_of(listener), app)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()


async def none(seen: Seen, ask: Ask) -> Reply:
    """No fault at all."""
    return await ask(seen)
