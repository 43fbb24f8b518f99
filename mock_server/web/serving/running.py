"""A mock in the background of this process, for tests and scripts."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mock_server.engine.pipeline import MockDefinition
from mock_server.service.mock_service import MockService
from mock_server.settings import Settings
from mock_server.web.factory import build_definition, build_service
from mock_server.web.live import Live
from mock_server.web.serving import tls
from mock_server.web.serving.server import listen, make_server, url_of
from mock_server.web.serving.workers import Workers


@dataclass(frozen=True, slots=True)
class RunningMock:
    """A mock console that runs.

    Attributes:
        url: without a trailing slash.
        authority: the certificate authority that clients are to trust, where one was made on the spot.
    """

    url: str
    definition: MockDefinition
    authority: Path | None = None


@contextlib.contextmanager
def running(wanted: Settings | None = None) -> Iterator[RunningMock]:
    """A mock console on a free port in the background, ready when this returns; ends with the block.

    It runs in a thread of this process, or in processes of its own where the settings ask for several workers.

    Raises:
        SourceError: the contract, the catalogue or the scenarios cannot be used.
        AddressError: the host cannot be listened on.
    """
    with tls.prepared((wanted or Settings()).present()) as settings:
        definition = build_definition(settings)
        service = build_service(settings, definition)
        listener = listen(settings.host, 0)
        try:
            several = settings.workers > 1
            with _processes(settings, listener) if several else _thread(settings, service, listener):
                yield RunningMock(
                    url_of(listener, "https" if settings.tls else "http"), definition, tls.authority(settings)
                )
        finally:
            listener.close()


@contextlib.contextmanager
def _thread(settings: Settings, service: MockService, listener: socket.socket) -> Iterator[None]:
    server = make_server(Live(service, settings), settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="rainbond-mock", daemon=True)
    thread.start()
    try:
        server.wait_until_ready()
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def _processes(settings: Settings, listener: socket.socket) -> Iterator[None]:
    workers = Workers(settings, listener)
    thread = threading.Thread(target=workers.run, name="rainbond-mock-workers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        workers.stop()
        thread.join()
