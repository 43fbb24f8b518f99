"""Faults of the network, on demand: they happen on the connection's own socket, where no ASGI message reaches."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
from typing import Protocol

from starlette.types import Receive, Send

from mock_server.engine.messages import Answer
from mock_server.web import asgi

WIRE = "rainbond_mock.wire"
"""The ASGI extension in which `server.py` hands over a request's connection."""

NO_LINGERING = struct.pack("ii", 1, 0)
SOME_BYTES = 64


class Wire(Protocol):
    """A request's connection.

    Attributes:
        transport: asyncio's.
        hanging: whether its request is never answered; the server does not wait for it to end.
        half_closed: whether the client sends no more.
    """

    transport: asyncio.Transport
    hanging: bool
    half_closed: bool


async def happen(fault: str, wire: Wire, answer: Answer, receive: Receive, send: Send) -> None:
    """Let a request end in a fault.

    Args:
        fault: one of `scenarios.FAULTS`.
        wire: the request's connection.
        answer: what would have been answered.
        receive: the request's, to hear that the client is gone.
        send: the request's.
    """
    if fault == "reset":
        # A connection that is closed without lingering is cut off: the client sees a reset, not an end.
        wire.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
        wire.transport.abort()
    elif fault == "garbage":
        wire.transport.write(_garbage(answer))
        wire.transport.close()
    elif fault == "truncate":
        await _truncate(answer, send)
        wire.transport.close()
    elif fault == "empty":
        wire.transport.close()
    else:
        wire.hanging = True
        if wire.half_closed:  # nobody will tell any more that the client is gone
            wire.transport.close()
    await _until_gone(receive)


async def _truncate(answer: Answer, send: Send) -> None:
    """Half of the body, though all of it is announced."""
    headers = [*asgi.raw_headers(answer), (b"content-length", str(len(answer.body) or SOME_BYTES).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})


def _garbage(answer: Answer) -> bytes:
    """Bytes that are no HTTP; the same for the same answer."""
    return b"\0" + hashlib.sha512(answer.body).digest()[:SOME_BYTES]


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
