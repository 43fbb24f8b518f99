"""A mock in a process of its own, with a client beside the attack that notes how long it waits."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from tests.mock.build_request import path
from tests.raw_http import RawAnswer, send

MEMORY = 8_000_000
"""Kilobytes of address space that a mock under attack may take."""
JSON = ("Content-Type", "application/json")
TOKEN = ("Authorization", "t")


@dataclass
class Victim:
    """A mock that is attacked."""

    url: str
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    waits: list[float] = field(default_factory=list)

    def ask(self, method: str, target: str, body: bytes | None = None, *headers: tuple[str, str]) -> RawAnswer:
        """One request, as JSON and with a token unless others are given."""
        return send(self.url, method, target, headers or (JSON, TOKEN), body)

    def build(self, body: bytes, *headers: tuple[str, str]) -> RawAnswer:
        """A request for a build."""
        return self.ask("POST", path(), body, *headers)

    def connect(self) -> socket.socket:
        """A connection of one's own."""
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname or "", address.port or 80), timeout=30)

    @property
    def memory(self) -> int:
        """Megabytes that it and its workers took at most."""
        found = 0
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (str(self.process.pid), *children):
            status = Path(f"/proc/{pid}/status").read_text()
            found += int(status.partition("VmHWM:")[2].split()[0])
        return found // 1024

    @property
    def complaints(self) -> str:
        """What it wrote to standard error."""
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def wait_beside(self, attack: Callable[[Victim], object], seconds: float) -> tuple[float, float]:
        """The 99th percentile of what another client waits, in milliseconds: without the attack, and during it."""
        quiet = self._waits_during(lambda: time.sleep(min(seconds, 3.0)))
        end = time.monotonic() + seconds

        def again() -> None:
            attack(self)
            while time.monotonic() < end:
                attack(self)

        return _percentile(quiet), _percentile(self._waits_during(again))

    def _waits_during(self, work: Callable[[], object]) -> list[float]:
        ended = threading.Event()
        waits: list[float] = []

        def asking() -> None:
            while not ended.is_set():
                began = time.perf_counter()
                self.ask("GET", "/__mock__/state", None, ("X-Mock-Session", "beside"))
                waits.append((time.perf_counter() - began) * 1000)
                time.sleep(0.01)

        client = threading.Thread(target=asking)
        client.start()
        try:
            work()
        finally:
            ended.set()
            client.join()
        return waits


def _percentile(waits: list[float]) -> float:
    return sorted(waits)[max(int(len(waits) * 0.99) - 1, 0)]


@contextmanager
def victim(*options: str, files: int | None = None) -> Iterator[Victim]:
    """A mock as its users start it, within limits.

    Args:
        options: of `rainbond-mock serve`.
        files: how many files it may have open.
    """

    limits = f'ulimit -v {MEMORY}; {f"ulimit -n {files};" if files else ""} exec "$@"'
    command = [sys.executable, "-m", "mock_server.cli", "serve", "--port", "0", "--no-reload", *options]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(["bash", "-c", limits, "-", *command], stdout=subprocess.PIPE, stderr=errors)
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            yield Victim(next(word for word in line.split() if word.startswith("http://")), process, errors)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
