"""A server as a tree of processes: started on a core of its own, and what it uses."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Call, ask

ROOT = Path(__file__).parents[1]
STARTUP_LIMIT = 60


class StartError(Exception):
    """A server did not start."""


@dataclass(frozen=True)
class Server:
    """A server that can be started. `command` has `{port}` where the port goes."""

    name: str
    version: str
    command: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        first_answer: seconds from its start to its first answer.
        group: the process group of all its processes.
    """

    url: str
    first_answer: float
    group: int

    def processor_seconds(self) -> float:
        """What it has used so far; that depends little on what else the machine does."""
        ticks = sum(int(fields[11]) + int(fields[12]) for fields in self._processes())
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Its resident memory; what its processes share counts in each."""
        return sum(int(fields[21]) for fields in self._processes()) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _processes(self) -> Iterator[list[str]]:
        """The fields of /proc/PID/stat that follow the command, of each of its processes."""
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = entry.read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[2]) == self.group:
                    yield fields


@contextlib.contextmanager
def running(server: Server, call: Call) -> Iterator[Running]:
    """The server on the first core until the block ends. It has answered `call`, whatever it said.

    Raises:
        StartError: it ended, or answered nothing in time.
    """
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [*_on_core(0), *(part.replace("{port}", str(port)) for part in server.command)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(server, process, url, call)
        yield Running(url, time.perf_counter() - began, process.pid)
    finally:
        _end(process)


@contextlib.contextmanager
def away_from_the_server() -> Iterator[None]:
    """Until the block ends, this process and so the client are on the last core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def load_average() -> float:
    """Of the machine, in the last minute."""
    return os.getloadavg()[0]


def _on_core(number: int) -> list[str]:
    return ["taskset", "-c", str(number)] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(server: Server, process: subprocess.Popen[bytes], url: str, call: Call) -> None:
    end = time.perf_counter() + STARTUP_LIMIT
    while time.perf_counter() < end:
        with contextlib.suppress(OSError):
            ask(url, call)
            return
        if process.poll() is not None:
            raise StartError(f"{server.title} ended with {process.returncode} instead of starting")
        time.sleep(0.01)
    raise StartError(f"{server.title} did not answer within {STARTUP_LIMIT} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
