"""Between ASGI and plain facts: reads a request whole, sends an answer."""

from __future__ import annotations

import asyncio
import contextlib
import math

from starlette.types import Message, Receive, Scope, Send

from mock_server.engine.messages import Answer, Request

LONGEST_NUMBER = 18
LINGERING = 3.0
"""Seconds in which the rest of a refused body is thrown away."""
MOST_THROWN_AWAY = 100_000_000


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


async def read_request(scope: Scope, receive: Receive, most: float = math.inf) -> tuple[Request, bool]:
    """The plain facts of a request, and whether its body is whole: of a longer one than `most`, more is to come.

    Raises:
        ClientGone: there is nobody left to answer.
    """
    body, whole = await read_body(receive, most)
    return request_of(scope, body), whole


def request_of(scope: Scope, body: bytes) -> Request:
    """The plain facts of a request with this body."""
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"].decode("latin-1")
    return Request.build(scope["method"], path.decode("latin-1"), headers, body, query)


def announced(scope: Scope) -> int:
    """The length that a request says its body has; 0 where it says nothing."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return int(lengths[0][:LONGEST_NUMBER]) if lengths else 0


async def read_body(receive: Receive, most: float = math.inf) -> tuple[bytes, bool]:
    """A body, or its beginning, and whether that is all of it. Raises ClientGone."""
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts), not more


async def send_answer(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": framed_headers(answer)})
    await send({"type": "http.response.body", "body": answer.body})


async def send_and_hang_up(send: Send, answer: Answer, receive: Receive) -> None:
    """Send an answer in front of the end of the request, and close the connection.

    What the client still sends is thrown away for a while: closed on at once, it might never see the answer.
    """
    headers = [*raw_headers(answer), (b"content-length", str(len(answer.body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGERING):
            left = MOST_THROWN_AWAY
            while left > 0 and (message := await receive())["type"] != "http.disconnect":
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    break
    await send({"type": "http.response.body", "body": b""})


def raw_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    """An answer's headers as ASGI has them."""
    return [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in answer.headers
    ]


def framed_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    """The same with the length of its body, where its status has one."""
    headers = raw_headers(answer)
    if answer.status >= 200 and answer.status != 204:  # noqa: PLR2004 - RFC 9110, 8.6
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return headers


def with_headers(send: Send, headers: dict[str, str]) -> Send:
    """A `send` that adds headers to whatever answer goes through it."""
    if not headers:
        return send
    added = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return send_with_headers


class Begun:
    """A `send` that remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


async def lifespan(receive: Receive, send: Send) -> None:
    """Nothing is to be started or stopped; the server only wants to hear so."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
