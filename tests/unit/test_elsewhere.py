"""A contract from an address or from standard input: read once, within limits, with one line for what is wrong."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from mock_server.contract.document import elsewhere
from mock_server.contract.document.source import SourceError
from mock_server.contract.loader import load_contract
from mock_server.settings import Settings, SettingsError, resolve

CONTRACT = b"""openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: /v1}]
paths: {/a: {get: {responses: {default: {description: any}}}}}
"""
LONG = b"x" * 2000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = {"/c.yaml": CONTRACT, "/latin": b"a: \xff", "/long": LONG}.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_address_is_read_and_named_in_messages(url: str) -> None:
    served = load_contract(f"{url}/c.yaml")

    assert served.path_items[0].template == "/v1/a"
    assert served.source.place(["paths"]) == f"{url}/c.yaml:4"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("{url}/none", "{url}/none: answered 404 Not Found"),
        ("{url}/latin", "{url}/latin: not UTF-8 at byte 3"),
        ("{url}/long", "{url}/long: longer than"),
        ("http://127.0.0.1:9/c.yaml", "http://127.0.0.1:9/c.yaml: cannot be fetched: "),
        ("https://ann:secret@example.com/c.yaml", "credentials do not belong into an address"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    url: str, place: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "LONGEST", 1000)
    with pytest.raises(SourceError) as raised:
        load_contract(place.format(url=url))

    assert told.format(url=url) in str(raised.value)
    assert "secret" not in str(raised.value)


def test_standard_input_is_read_once_for_all_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(CONTRACT)))
    settings = resolve({"spec": "-"}, {}).present()

    assert [load_contract(settings.spec).source.name for _ in range(2)] == ["standard input"] * 2


@pytest.mark.parametrize(("base", "path"), [(None, "/v1/a"), ("/", "/a"), ("/api/v2/", "/api/v2/a")])
def test_another_path_may_stand_in_front(url: str, base: str | None, path: str) -> None:
    assert load_contract(f"{url}/c.yaml", base).path_items[0].template == path


def test_a_base_path_is_a_path() -> None:
    with pytest.raises(SettingsError, match="base_path: 'api' is no path; allowed: / or such as /api/v1"):
        Settings(base_path="api")
