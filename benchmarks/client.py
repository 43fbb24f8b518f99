"""The client: wrk where it is installed, else a small one on asyncio. Either sends one request over and over."""

from __future__ import annotations

import asyncio
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 16
MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000}


@dataclass(frozen=True)
class Call:
    """One request. `body` is JSON."""

    name: str
    path: str
    body: str | None = None
    method: str = "POST"
    token: str | None = "0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"

    @property
    def headers(self) -> dict[str, str]:
        token = {"Authorization": self.token} if self.token else {}
        return token | ({"Content-Type": "application/json"} if self.body else {})


@dataclass(frozen=True)
class Speed:
    """Answers a second, and the 99th percentile of their times in milliseconds."""

    rate: float
    p99: float


def name() -> str:
    return "wrk" if shutil.which("wrk") else "a small client on asyncio"


def measure(url: str, call: Call, seconds: float) -> Speed:
    return _with_wrk(url, call, seconds) if shutil.which("wrk") else asyncio.run(_with_asyncio(url, call, seconds))


def _with_wrk(url: str, call: Call, seconds: float) -> Speed:
    lines = ['wrk.method = "POST"']
    lines += [f'wrk.headers["{key}"] = "{value}"' for key, value in call.headers.items()]
    lines += [f"wrk.body = [[{call.body}]]"] if call.body else ['wrk.headers["Content-Length"] = "0"']
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "call.lua"
        script.write_text("\n".join(lines), encoding="utf-8")
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", "--latency", "-s", str(script)]
        command = ["wrk", *options, url + call.path]
        printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    [rate] = re.findall(r"Requests/sec: +([\d.]+)", printed)
    [(p99, unit)] = re.findall(r"99% +([\d.]+)(us|ms|s)", printed)
    return Speed(float(rate), float(p99) * MILLISECONDS[unit])


async def _with_asyncio(url: str, call: Call, seconds: float) -> Speed:
    address = urlsplit(url)
    body = (call.body or "").encode()
    head = [f"POST {call.path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(body)}"]
    head += [f"{key}: {value}" for key, value in call.headers.items()]
    request = "\r\n".join(head).encode() + b"\r\n\r\n" + body
    end = time.perf_counter() + seconds
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (began := time.perf_counter()) < end:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", answer)
            await reader.readexactly(int(length[1]) if length else 0)
            times.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return Speed(len(times) / seconds, statistics.quantiles(times, n=100)[98] * 1000)
