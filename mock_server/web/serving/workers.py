"""Several processes that serve one address as one mock: the parent starts them, restarts those that die, ends them.

All accept from the parent's listening socket. A worker whose parent is gone ends by itself.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_server.service.stores.broker import Broker, brokered
from mock_server.settings import Settings
from mock_server.web.factory import build_definition, build_service, limits
from mock_server.web.serving.server import GRACE, end_on_sigterm, serve

QUICKLY = 2.0
"""Seconds; a worker that dies within them was never well."""

MOST_QUICK_DEATHS = 5


class Workers:
    """The workers of one mock. They are spawned, not forked, so that none inherits another's event loop or locks."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._told, self._tell = multiprocessing.Pipe(duplex=False)
        self._counts = Path()
        self._quick_deaths = 0
        self._teller: SpawnProcess | None = None
        """The worker that tells of changed files."""
        self._broker: Broker | None = None
        self._started: dict[SpawnProcess, float] = {}

    def run(self) -> int:
        """Serve until `stop`: 0, or 1 where workers end as soon as they start."""
        with self._told, self._tell, self._store() as shared, TemporaryDirectory(prefix="rainbond-mock-") as counts:
            self._counts = Path(counts)
            try:
                for _ in range(self._settings.workers):
                    self._start(shared)
                while self._told not in wait([self._told, *(process.sentinel for process in self._started)]):
                    self._replace_dead(shared)
                    if self._quick_deaths > MOST_QUICK_DEATHS:
                        return 1
                return 0
            finally:
                self._end_all()

    def stop(self) -> None:
        """Have `run` end all workers and return; may be called from a signal handler or another thread."""
        with contextlib.suppress(OSError):  # it has returned already
            self._tell.send_bytes(b"end")

    @contextlib.contextmanager
    def _store(self) -> Iterator[str | None]:
        """The path of the store that the workers share; None where it is on the network."""
        if self._settings.store != "memory":
            yield None
            return
        with brokered(limits(self._settings)) as (path, self._broker):
            yield path

    def _start(self, shared: str | None) -> None:
        context = multiprocessing.get_context("spawn")
        telling = self._teller not in self._started
        facts = (self._settings, self._listener, shared, self._counts, telling)
        process = context.Process(target=_work, args=facts, name="rainbond-mock")
        process.start()
        self._teller = process if telling else self._teller
        self._started[process] = time.monotonic()

    def _replace_dead(self, shared: str | None) -> None:
        for process in [each for each in self._started if not each.is_alive()]:
            lived = time.monotonic() - self._started.pop(process)
            self._quick_deaths = self._quick_deaths + 1 if lived < QUICKLY else 0
            process.close()
            self._start(shared)

    def _end_all(self) -> None:
        if self._broker is not None:
            self._broker.ending = True
        for process in self._started:
            process.terminate()
        deadline = time.monotonic() + GRACE + 1
        for process in self._started:
            process.join(max(deadline - time.monotonic(), 0))
            if process.is_alive():
                process.kill()
                process.join()


def serve_with_workers(settings: Settings, listener: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT; requests in flight finish first. The exit code."""
    workers = Workers(settings, listener)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: workers.stop())
    code = workers.run()
    if code:
        sys.stderr.write("rainbond-mock: the workers end as soon as they start\n")
    return code


def _work(settings: Settings, listener: socket.socket, shared: str | None, counts: Path, telling: bool) -> None:
    """A worker's life."""
    end_on_sigterm()
    threading.Thread(target=_end_with_parent, name="rainbond-mock-parent", daemon=True).start()
    service = build_service(settings, build_definition(settings), shared)
    with service.counts.shared(counts):
        serve(service, listener, settings, telling=telling)


def _end_with_parent() -> None:
    """Nobody else is left to end a worker whose parent is gone: if it will not end in good time, it has to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE + 1)
        os._exit(0)
