"""Targets that build and then answer as they like: how many builds one command of the verifier starts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILDS = 6
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
IDENTITY = {"RAINBOND_TOKEN": "t" * 40, "RAINBOND_TEAM": "team", "RAINBOND_REGION": "region", "RAINBOND_APP": "1",
            "RAINBOND_SERVICE": "component"}  # fmt: skip


@dataclass
class Built:
    """What reached a target."""

    url: str = ""
    writes: list[str] = field(default_factory=list)


@contextmanager
def target(status: int) -> Iterator[Built]:
    """A server that builds whatever it is sent, and answers with a status; 0 closes the connection."""
    built = Built()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command not in SAFE:
                built.writes.append(self.path)
            if not status and self.command not in SAFE:
                self.close_connection = True
                return
            self.send_response(405 if self.command in SAFE else status)
            self.send_header("Allow", "POST")
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        built.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield built
        server.shutdown()


def builds(status: int, *options: str) -> int:
    """How many builds `rainbond-verify run` with six allowed starts at such a target."""
    with target(status) as built:
        command = [sys.executable, "-m", "contract_tests.cli", "run", built.url, "--max-builds", str(BUILDS),
                   "--max-time", "60", *options]  # fmt: skip
        subprocess.run(command, capture_output=True, check=False, env={**os.environ, **IDENTITY})
        return len(built.writes)
