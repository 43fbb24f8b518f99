"""How long a client may take, without waiting for it."""

from __future__ import annotations

import asyncio
import time

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from mock_server.engine.messages import Answer
from mock_server.web.serving.connection_limits import ConnectionLimits, LimitedConnection

LIMITS = ConnectionLimits(most=2, patience=60)


def error(status: int, text: str) -> Answer:
    return Answer(status, (), text.encode())


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__({"peername": ("a", 1), "sockname": ("b", 2)})
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def connected(sent: bytes) -> tuple[LimitedConnection, Transport]:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        """Never answers."""
        await asyncio.Event().wait()

    config = Config(app, log_config=None, interface="asgi3")
    config.load()
    connection = LimitedConnection(limits=LIMITS, error=error, config=config, server_state=ServerState(), app_state={})
    transport = Transport()
    connection.connection_made(transport)
    if sent:
        connection.data_received(sent)
        await asyncio.sleep(0)  # the application begins
    return connection, transport


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", b""),
        (b"GET / HT", b"HTTP/1.1 408"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"HTTP/1.1 408"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", b"HTTP/1.1 408"),
    ],
)
def test_who_never_completes_a_request_is_let_go(sent: bytes, told: bytes) -> None:
    async def run() -> None:
        connection, transport = await connected(sent)
        connection.check(time.monotonic() + 59)
        assert not transport.closed
        connection.check(time.monotonic() + 61)
        assert transport.closed
        assert transport.written.startswith(told)

    asyncio.run(run())


def test_who_waits_for_an_answer_is_not() -> None:
    async def run() -> None:
        connection, transport = await connected(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.check(time.monotonic() + 1_000)
        assert not transport.closed

    asyncio.run(run())
