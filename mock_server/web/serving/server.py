"""Runs the mock by uvicorn."""

from __future__ import annotations

import contextlib
import errno
import gc
import signal
import socket
import sys
import threading
import time
from functools import partial
from typing import Any

import uvicorn

from mock_server.service.mock_service import MockService
from mock_server.settings import Settings, SettingsError
from mock_server.web import request_log
from mock_server.web.live import Live
from mock_server.web.request_log import RequestLog
from mock_server.web.serving.connection import Connection
from mock_server.web.serving.connection_limits import ConnectionLimits, within_files
from mock_server.web.serving.reload import Tell, reloading, to_stderr

TICKS_BETWEEN_CHECKS = 10
"""Of a tenth of a second each, in which connections are left alone."""

GRACE = 10
"""Seconds that requests in flight have to finish once the server is told to end."""
IDLE = 75
"""Seconds that an idle connection is kept: longer than clients and proxies, which would else use a closed one."""


class AddressError(SettingsError):
    """The address cannot be listened on."""


_told_to_end = threading.Event()


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as if its work were done, from now until and after it serves.

    So do SIGHUP and SIGQUIT, unless whoever started it had them ignored (`nohup`).
    """

    def end(*_: object) -> None:
        # Raised inside a finalizer or an import's lock, the exit is lost; `serve` looks whether it was.
        _told_to_end.set()
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGTERM))


def serve(service: MockService, listener: socket.socket, settings: Settings, *, telling: bool = True) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight finish first.

    Args:
        service: what answers, until files change.
        listener: where clients connect.
        settings: how the mock runs.
        telling: whether changes of files are told of; of several workers, one does.
    """
    log = request_log.opened(settings)
    service.log = log.request if log else None
    live = Live(service, settings)
    with (
        contextlib.suppress(KeyboardInterrupt),
        reloading(live, settings, _teller(log, settings) if telling else _silent),
    ):
        server = make_server(live, settings)
        _spare_collector()
        server.should_exit = _told_to_end.is_set()
        server.run(sockets=[listener])


def _spare_collector() -> None:
    """Keep the garbage collector from looking through what stays, contract and libraries, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _teller(log: RequestLog | None, settings: Settings) -> Tell:
    """How changes of files are told: as the log is written, or in plain words beside it."""
    return to_stderr if log is None or settings.log_format == "text" else lambda text: log.event("files", text=text)


def _silent(_text: str) -> None:
    """Another process tells the same."""


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

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_BETWEEN_CHECKS == 0:
            now = time.monotonic()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.check(now)
        return await super().on_tick(counter)

    def wait_until_ready(self) -> None:
        self._settled.wait()
        if not self.started:
            raise AddressError("the server did not start")


def make_server(live: Live, settings: Settings) -> Server:
    """A server that runs when it is told to."""
    limits = ConnectionLimits(within_files(settings.max_connections))
    connection: Any = partial(
        Connection, live=live, limits=limits
    )  # uvicorn names only its own kinds in the type of `http`
    config = uvicorn.Config(
        live,
        http=connection,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=IDLE,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    return Server(config)
