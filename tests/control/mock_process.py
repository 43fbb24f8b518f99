"""`rainbond-mock serve` as a process of its own, as users start it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MockProcess:
    url: str
    process: subprocess.Popen[str]

    def children(self) -> list[int]:
        """The process ids of its workers."""
        return [pid for pid in children_of(self.process.pid) if "spawn_main" in _command(pid)]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for task in listed.parent.parent.iterdir() for child in (task / "children").read_text().split()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def serving(*options: str) -> Iterator[MockProcess]:
    command = [sys.executable, "-m", "mock_server.cli", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"https?://[^\s\",]+", line)
        assert found, f"{line}{process.stderr.read() if process.stderr else ''}"
        yield MockProcess(found[0], process)
    finally:
        process.kill()
        process.communicate()
