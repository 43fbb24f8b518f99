"""The client: wrk where it is installed, else a small one on asyncio. Either sends a few requests in turn."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 32
TOKEN = "0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
SCRIPT = """local requests, turn = {}, 0
init = function() requests = { %s } end
request = function() turn = turn %% #requests + 1; return requests[turn] end
"""


@dataclass(frozen=True)
class Call:
    """One request, and the status that it must be answered with. `body` is JSON."""

    path: str
    body: str = ""
    method: str = "POST"
    token: str = TOKEN
    status: int = 200
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def headers(self) -> dict[str, str]:
        token = {"Authorization": self.token} if self.token else {}
        return token | ({"Content-Type": "application/json"} if self.body else {}) | dict(self.extra)


@dataclass(frozen=True)
class Load:
    """What a while of asking brought.

    Attributes:
        requests: answers that arrived.
        rate: answers a second.
        p99: the 99th percentile of their times, in milliseconds.
        refused: answers that are not 2xx.
        broken: connections that failed, and answers that did not come.
    """

    requests: int
    rate: float
    p99: float
    refused: int
    broken: int


def name() -> str:
    return "wrk" if shutil.which("wrk") else "a small client on asyncio"


def ask(url: str, call: Call) -> tuple[int, bytes]:
    """The status and the body that a call is answered with."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request(call.method, call.path, call.body or None, call.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def load(url: str, calls: Sequence[Call], seconds: float) -> Load:
    """Send the calls in turn over all connections for some seconds."""
    return _with_wrk(url, calls, seconds) if shutil.which("wrk") else asyncio.run(_with_asyncio(url, calls, seconds))


def _with_wrk(url: str, calls: Sequence[Call], seconds: float) -> Load:
    requests = ",\n".join(_in_lua(call) for call in calls)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "calls.lua"
        script.write_text(SCRIPT % requests, encoding="utf-8")
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", "-s", str(script)]
        printed = subprocess.run(
            ["wrk", *options, url], capture_output=True, text=True, check=True, timeout=seconds + 60
        ).stdout
    return read_wrk(printed)


def _in_lua(call: Call) -> str:
    headers = ", ".join(f'["{key}"] = "{value}"' for key, value in call.headers.items())
    return f'wrk.format("{call.method}", "{call.path}", {{{headers}}}, [==[{call.body}]==])'


def read_wrk(printed: str) -> Load:
    """What wrk says at its end."""
    [requests] = re.findall(r"(\d+) requests in", printed)
    [rate] = re.findall(r"Requests/sec: +([\d.]+)", printed)
    [(p99, unit)] = re.findall(r"99% +([\d.]+)(us|ms|s|m)", printed)
    refused = re.findall(r"Non-2xx or 3xx responses: (\d+)", printed)
    broken = re.findall(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", printed)
    return Load(
        requests=int(requests),
        rate=float(rate),
        p99=float(p99) * MILLISECONDS[unit],
        refused=sum(map(int, refused)),
        broken=sum(int(number) for numbers in broken for number in numbers),
    )


async def _with_asyncio(url: str, calls: Sequence[Call], seconds: float) -> Load:
    address = urlsplit(url)
    requests = itertools.cycle([_in_bytes(call, address.netloc) for call in calls])
    end = time.perf_counter() + seconds
    times: list[float] = []
    refused = 0

    async def client() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (began := time.perf_counter()) < end:
            writer.write(next(requests))
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", answer)
            await reader.readexactly(int(length[1]) if length else 0)
            refused += not answer.startswith(b"HTTP/1.1 2")
            times.append(time.perf_counter() - began)
        writer.close()

    ended = await asyncio.gather(*(client() for _ in range(CONNECTIONS)), return_exceptions=True)
    broken = sum(isinstance(each, BaseException) for each in ended)
    return Load(len(times), len(times) / seconds, statistics.quantiles(times, n=100)[98] * 1000, refused, broken)


def _in_bytes(call: Call, host: str) -> bytes:
    body = call.body.encode()
    lines = [f"{call.method} {call.path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{key}: {value}" for key, value in call.headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
