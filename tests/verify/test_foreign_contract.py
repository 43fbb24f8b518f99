"""The checks know no path and no property: a contract that has nothing to do with Rainbond is verified the same way."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import uvicorn
from jsonschema import Draft4Validator

from contract_tests.results.proof import PROVEN
from contract_tests.results.result import CONFORMING, VIOLATED
from contract_tests.settings import resolve
from contract_tests.verification.run import verify
from mock_server.contract.loader import load_contract

SPEC = Path(__file__).parent / "shop.yaml"
TOKEN = "shop-token-0123456789"
CONTRACT = load_contract(SPEC)
SCHEMA = CONTRACT.operation("changeOrder").body.content[0].schema.node  # type: ignore[union-attr]


class Refusal(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


def shop(method: str, path: str, headers: dict[str, str], body: bytes) -> None:
    """A conforming shop: returns where it accepts."""
    if not re.fullmatch(r"/shop/orders/[^/]+", path):
        raise Refusal(404)
    if headers.get("authorization") != f"Bearer {TOKEN}":
        raise Refusal(401)
    if unquote(path.rpartition("/")[2]) != "7":
        raise Refusal(404)
    if method not in ("GET", "PUT"):
        raise Refusal(405)
    if method == "GET":
        return
    if body and headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(415)
    try:
        value = json.loads(body.decode(), parse_constant=lambda name: 1 / 0)
        Draft4Validator(SCHEMA).validate(value)
        value["quantity"].bit_length()
    except Exception:
        raise Refusal(400) from None


Shop = Callable[[str, str, dict[str, str], bytes], None]


@contextmanager
def open_shop(decide: Shop) -> Iterator[str]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status = 200
        try:
            await asyncio.to_thread(decide, scope["method"], scope["raw_path"].decode("latin-1"), headers, body)
        except Refusal as refusal:
            status = refusal.status
        content = b'{"order":7}' if status == 200 else b""
        lines = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", access_log=False, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def settings_for(url: str, **options: Any) -> Any:
    return resolve({"url": url, "token": TOKEN, "fuzz": False, "max_time": 60.0, **options}, {})


def test_conforming_shop_is_green() -> None:
    with open_shop(shop) as url:
        result = verify(CONTRACT, settings_for(url))
    assert [(finding.id, finding.case, finding.observed) for finding in result.findings] == []
    assert result.exit_code == CONFORMING
    states = {(o.operation, o.constraint): o.state for o in result.proof}
    for constraint in ("required size", "limit quantity", "enum size", "type gift", "unknown property", "token"):
        assert states["changeOrder", constraint] == PROVEN, constraint
    assert states["readOrder", "token"] == PROVEN


def _ignoring(status: int, operation: Callable[[bytes, str], bool]) -> Shop:
    def decide(method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        try:
            shop(method, path, headers, body)
        except Refusal as refusal:
            if refusal.status != status or not operation(body, method):
                raise

    return decide


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (_ignoring(401, lambda body, method: method == "GET"), "token-not-required"),
        (_ignoring(400, lambda body, method: b'"quantity":100' in body), "limit-not-enforced"),
        (_ignoring(400, lambda body, method: b"no-such-property" in body), "undocumented-property-accepted"),
        (_ignoring(400, lambda body, method: b'"size"' not in body and body.startswith(b"{")), "required-not-enforced"),
        (_ignoring(415, lambda body, method: True), "media-type-not-enforced"),
        (_ignoring(405, lambda body, method: method == "TRACE"), "method-not-refused"),
    ],
)
def test_fault_of_a_shop_is_found(fault: Shop, check: str) -> None:
    with open_shop(fault) as url:
        result = verify(CONTRACT, settings_for(url))
    assert result.exit_code == VIOLATED
    assert check in {finding.check for finding in result.findings}
