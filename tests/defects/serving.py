"""A console on a real socket: ASGI and a server in a thread, because a verifier is another process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.defects.console import Console
from tests.defects.messages import Answer, Request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STARTS_WITHIN = 5.0


def application(console: Console) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """The console as an ASGI application."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        request = await read(scope, receive)
        try:
            answer = console.answer(request)
        except Exception as error:
            # No seeded defect raises: this is a fault of the console itself, and spoils the measurement.
            console.faults.append(f"{request.method} {request.target}: {error!r}")
            raise
        if answer.delay:
            await asyncio.sleep(answer.delay)
        await write(answer, send)

    return serve


async def read(scope: Message, receive: Receive) -> Request:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    target = (scope["raw_path"] or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"].upper(), f"{target}?{query}" if query else target, headers, body)


async def write(answer: Answer, send: Send) -> None:
    length = str(len(answer.body))
    headers = {"Content-Length": length, **answer.headers} if answer.status != 204 else answer.headers
    pairs = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) - answer.cut]})


@contextmanager
def served(console: Console) -> Iterator[str]:
    """The console on a free port of this machine; gives its address."""
    # asyncio only switches Nagle's delay off (40 ms an answer) where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    # h11, because it passes on methods that httptools refuses by itself.
    config = uvicorn.Config(
        application(console),
        http="h11",
        lifespan="off",
        log_config=None,
        log_level="critical",
        server_header=False,
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        _await_start(server)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def _await_start(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("the console did not start")
        time.sleep(0.005)
