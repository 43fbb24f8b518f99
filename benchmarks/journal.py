"""What the journal costs: requests a second with it and without it, in alternating turns of one run.

    python -m benchmarks.journal [--seconds 2] [--rounds 5]

Each server is a process of its own. On a busy machine their rates say little, so their processor time for a request is
shown as well. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PATH = "/openapi/v1/teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001/build"
BODY = json.dumps({"build_type": "docker_image", "repo_url": "registry.example.com/acme/app:1.0"}).encode()
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: token\r\nContent-Type: application/json\r\n"
REQUEST = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


@dataclass(frozen=True)
class Server:
    """A mock in a process of its own."""

    url: str
    pid: int

    def processor_time(self) -> float:
        """Seconds it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Turn:
    """What one server did in one turn."""

    rate: float
    cost: float


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "mock_server.cli", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        found = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
        try:
            yield Server(found[0] if found else "", process.pid)
        finally:
            process.terminate()


def turn(server: Server, seconds: float) -> Turn:
    """Ask over one kept-alive connection for some seconds."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        began, used = time.perf_counter(), server.processor_time()
        count = 0
        while time.perf_counter() < began + seconds:
            connection.sendall(REQUEST)
            answer = b""
            while b'"event_id"' not in answer:
                answer += connection.recv(65536)
            count += 1
        return Turn(count / (time.perf_counter() - began), (server.processor_time() - used) / count)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="What the journal costs.")
    arguments.add_argument("--seconds", type=float, default=2, help="length of a turn")
    arguments.add_argument("--rounds", type=int, default=5, help="turns of each server")
    given = arguments.parse_args()
    with serving() as on, serving("--journal-size", "0") as off:
        for server in (on, off):
            turn(server, 1)  # warm
        turns = [(turn(on, given.seconds), turn(off, given.seconds)) for _ in range(given.rounds)]
    for name, index in (("on", 0), ("off", 1)):
        rate = statistics.median(pair[index].rate for pair in turns)
        cost = statistics.median(pair[index].cost for pair in turns)
        print(f"journal {name:3}  {rate:6.0f} requests/s  {cost * 1e6:6.0f} µs of processor time each")
    rates = statistics.median(one.rate / other.rate for one, other in turns)
    costs = statistics.median(other.cost / one.cost for one, other in turns)
    print(f"on / off     {rates:.2f} by rate  {costs:.2f} by processor time")


if __name__ == "__main__":
    main()
