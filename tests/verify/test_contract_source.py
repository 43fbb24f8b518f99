"""The contract from an address: the target's own document, say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.verify.test_cli import command

SHOP = Path(__file__).with_name("shop.yaml")


class Documented(BaseHTTPRequestHandler):
    """Serves its contract behind a redirect, and nothing else."""

    def do_GET(self) -> None:
        status = {"/openapi.yaml": 200, "/docs": 302}.get(self.path, 404)
        body = SHOP.read_bytes() if status == 200 else b""
        self.send_response(status)
        self.send_header("Location", "/openapi.yaml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Documented)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/openapi.yaml", "/docs"])
def test_contract_is_taken_from_its_address(url: str, path: str) -> None:
    done = command("run", url, "--spec", f"{url}{path}", "--plan", "--no-fuzz")

    assert done.exit_code == 0, done.output
    assert "changeOrder" in done.output


@pytest.mark.parametrize("address", ["{url}/none", "http://127.0.0.1:9/openapi.json"])
def test_address_that_gives_no_contract_is_named(url: str, address: str) -> None:
    done = command("run", url, "--spec", address.format(url=url))

    assert done.exit_code == 2
    assert f"--spec {address.format(url=url)}: " in done.output
