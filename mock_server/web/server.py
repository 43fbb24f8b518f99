"""Runs the mock by uvicorn."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import sys
import threading
from functools import partial
from typing import Any

import uvicorn

from mock_server.service.mock_service import MockService
from mock_server.settings import Settings
from mock_server.web import request_log
from mock_server.web.app import build_app
from mock_server.web.compiled import CompiledWay
from mock_server.web.connection import Connection

GRACE = 10
"""Seconds that requests in flight have to finish once the server is told to end."""


class AddressError(Exception):
    """The address cannot be listened on."""


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as if its work were done, from now until and after it serves."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def serve(service: MockService, listener: socket.socket, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight finish first."""
    log = request_log.opened(settings)
    service.log = log.request if log else None
    with contextlib.suppress(KeyboardInterrupt):
        make_server(service, settings).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        AddressError: the port is taken, or the host is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, asyncio sends small packets at once; otherwise each answer waits for the client's delayed ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressError(
                f"{host}:{port}: another program listens there; choose another --port (0 picks a free one)"
            ) from None
        raise AddressError(f"{host}:{port}: cannot listen there: {error.strerror or error}") from None
    return listener


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class Server(uvicorn.Server):
    """A server that tells when it is ready, or that it failed to start."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self._settled.set()

    def wait_until_ready(self) -> None:
        self._settled.wait()
        if not self.started:
            raise AddressError("the server did not start")


def make_server(service: MockService, settings: Settings) -> Server:
    """A server that runs when it is told to."""
    way = CompiledWay.of(service) if settings.compiled else None
    connection: Any = partial(Connection, compiled=way)  # uvicorn names only its own kinds in the type of `http`
    config = uvicorn.Config(
        build_app(service, settings),
        http=connection,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    return Server(config)
