"""Runs the mock console: the only user of uvicorn."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.contract.loader import load_contract
from mock_server.engine.catalogue import OpenDirectory
from mock_server.engine.console.profile import ConsoleProfile
from mock_server.engine.pipeline import MockDefinition
from mock_server.engine.profiles import ContractProfile
from mock_server.loaders.catalogue import load_catalogue
from mock_server.loaders.scenarios import load_scenarios
from mock_server.service.mock_service import MockService
from mock_server.service.stores import Limits, Store
from mock_server.service.stores.broker import BrokerStore
from mock_server.service.stores.memory import MemoryStore
from mock_server.settings import Settings, SettingsError
from mock_server.web.app import build_app
from mock_server.web.network_faults import WIRE

GRACE = 10
"""Seconds that requests in flight have to finish once the server is told to end."""


class AddressError(Exception):
    """The address cannot be listened on."""


@dataclass(frozen=True, slots=True)
class RunningMock:
    """A mock console that runs. `url` has no trailing slash."""

    url: str
    console: MockDefinition


def build_definition(settings: Settings) -> MockDefinition:
    """Everything decisions depend on, read from the settings' files.

    Raises:
        SourceError: the contract or the catalogue cannot be used.
    """
    contract = load_contract(settings.spec_path)
    profile = ConsoleProfile(contract) if settings.profile == "console" else ContractProfile(contract)
    directory = (
        load_catalogue(settings.catalogue, contract, profile.exact_membership)
        if settings.catalogue
        else OpenDirectory()
    )
    return MockDefinition(contract, directory, profile, settings.seed)


def limits(settings: Settings) -> Limits:
    """How much a store keeps."""
    return Limits(settings.journal_size, settings.max_sessions, settings.session_ttl)


def build_service(settings: Settings, console: MockDefinition, shared: str | None = None) -> MockService:
    """Directs the requests of one process.

    Args:
        settings: how the mock runs.
        console: what decisions depend on.
        shared: the path of the store that several workers share; None: the process has its own.

    Raises:
        SourceError: the scenarios cannot be used.
        SettingsError: the store cannot be used.
    """
    return MockService(
        console,
        open_store(settings, shared),
        load_scenarios(settings.scenarios, console.contract) if settings.scenarios else None,
        event_ids=settings.event_ids,
        journal=settings.journal_size > 0,
    )


def open_store(settings: Settings, shared: str | None = None) -> Store:
    """The store that the settings name; nothing is connected yet.

    Raises:
        SettingsError: the store needs a package that is not installed, or its URL is wrong.
    """
    if settings.store == "memory":
        return BrokerStore(shared) if shared else MemoryStore(limits(settings))
    try:
        # Late, because redis is an optional extra.
        from mock_server.service.stores.redis import RedisStore  # noqa: PLC0415

        return RedisStore(settings.store, limits(settings))
    except ImportError:
        raise SettingsError("store: Redis needs one more package: pip install 'rainbond-mock[redis]'") from None
    except ValueError as error:
        raise SettingsError(f"store: {error}") from None


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as if its work were done, from now until and after it serves."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def serve(service: MockService, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight finish first."""
    with contextlib.suppress(KeyboardInterrupt):
        _server(service).run(sockets=[listener])


@contextlib.contextmanager
def running(settings: Settings | None = None) -> Iterator[RunningMock]:
    """A mock console on a free port in the background, ready when this returns; ends with the block.

    It runs in a thread of this process, or in processes of its own where the settings ask for several workers.

    Raises:
        SourceError: the contract, the catalogue or the scenarios cannot be used.
        AddressError: the host cannot be listened on.
    """
    settings = settings or Settings()
    console = build_definition(settings)
    service = build_service(settings, console)
    listener = listen(settings.host, 0)
    try:
        background = _processes(settings, listener) if settings.workers > 1 else _thread(service, listener)
        with background:
            yield RunningMock(url_of(listener), console)
    finally:
        listener.close()


@contextlib.contextmanager
def _thread(service: MockService, listener: socket.socket) -> Iterator[None]:
    server = _server(service)
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
    # Late, because workers import this module.
    from mock_server.web.workers import Workers  # noqa: PLC0415

    workers = Workers(settings, listener)
    thread = threading.Thread(target=workers.run, name="rainbond-mock-workers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        workers.stop()
        thread.join()


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


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
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


class _Connection(HttpToolsProtocol):
    """A connection that its requests can reach, so that faults can happen on it; see `faults.Wire`."""

    hanging = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope  # uvicorn's type has extensions of its own only
        scope["extensions"] = {WIRE: self}

    def shutdown(self) -> None:
        super().shutdown()
        if self.hanging:
            self.transport.abort()


def _server(service: MockService) -> _Server:
    connection: Any = _Connection  # uvicorn names only its own kinds in the type of `http`
    config = uvicorn.Config(
        build_app(service),
        http=connection,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
    )
    return _Server(config)
