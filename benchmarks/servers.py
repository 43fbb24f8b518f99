"""The servers that are compared, and how each is started on the same contract."""

from __future__ import annotations

import contextlib
import http.client
import importlib.metadata
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.client import Call

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "spec" / "openapi.yaml"
STARTUP_LIMIT = 60
PRISM, MOCKOON = "@stoplight/prism-cli", "@mockoon/cli"


@dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        startup: seconds from its start to its first answer.
        group: the process group of all its processes.
    """

    url: str
    startup: float
    group: int

    def cpu_seconds(self) -> float:
        """The processor time it has used so far: that depends little on what else the machine does."""
        ticks = 0
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = entry.read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[2]) == self.group:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server that can be started. `command` has `{port}` where the port goes."""

    name: str
    version: str
    command: tuple[str, ...]

    @contextlib.contextmanager
    def running(self) -> Iterator[Running]:
        port = _free_port()
        began = time.perf_counter()
        process = subprocess.Popen(
            [part.format(port=port) for part in self.command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait(process, port)
            yield Running(f"http://127.0.0.1:{port}", time.perf_counter() - began, process.pid)
        finally:
            _end(process)


def answer(url: str, call: Call) -> int:
    """The status that a call is answered with."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request(call.method, call.path, call.body, call.headers)
    status = connection.getresponse().status
    connection.close()
    return status


def python_servers() -> list[Server]:
    mock = (sys.executable, "-m", "mock_server.cli", "serve", "--port", "{port}")
    plain = (sys.executable, "-m", "benchmarks.plain_connexion", str(SPEC), "{port}")
    return [
        Server("rainbond-mock", importlib.metadata.version("rainbond-mock"), mock),
        Server("Connexion, plain", importlib.metadata.version("connexion"), plain),
    ]


def npm_servers(folder: Path) -> tuple[list[Server], list[str]]:
    """Prism and Mockoon, installed with npm into a folder; and a line about each that could not be."""
    if not shutil.which("npm"):
        return [], ["Prism and Mockoon were not measured: npm is not installed."]
    servers, missing = [], []
    spec = folder / "openapi.json"  # the same contract without YAML's merge keys, which not every reader knows
    spec.write_text(json.dumps(yaml.safe_load(SPEC.read_text(encoding="utf-8"))), encoding="utf-8")
    for name, package, command in (
        ("Prism", PRISM, ("prism", "mock", str(spec), "--port", "{port}", "--verboseLevel", "silent")),
        ("Mockoon", MOCKOON, ("mockoon-cli", "start", "--data", str(spec), "--port", "{port}")),
    ):
        installed = folder / "node_modules" / package / "package.json"
        if not installed.exists():
            install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package]
            subprocess.run(install, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
        if not installed.exists():
            missing.append(f"{name} was not measured: npm could not install {package}.")
            continue
        version = json.loads(installed.read_text(encoding="utf-8"))["version"]
        program = str(folder / "node_modules" / ".bin" / command[0])
        servers.append(Server(name, version, (program, *command[1:])))
    return servers, missing


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the server answers a request, whatever it says."""
    end = time.perf_counter() + STARTUP_LIMIT
    while True:
        try:
            answer(f"http://127.0.0.1:{port}", Call("", "/"))
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} ended with {process.returncode}") from None
            if time.perf_counter() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
