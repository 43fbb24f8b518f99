"""A failure of the fake itself is told in one line, and shows nothing of the request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mock_server.app import build_app
from mock_server.director import Director
from mock_server.server import build_console
from mock_server.settings import Settings
from mock_server.stores.memory import MemoryStore
from tests.mock.build_request import path


class BrokenStore(MemoryStore):
    async def record(self, session: str, text: str) -> None:
        raise RuntimeError(f"cannot keep {text}")


def test_a_failure_is_one_line_and_a_500(capsys: pytest.CaptureFixture[str]) -> None:
    app = build_app(Director(build_console(Settings()), BrokenStore()))
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path()}
    scope |= {"raw_path": path().encode(), "query_string": b"", "root_path": "", "scheme": "http"}
    scope |= {"headers": [(b"authorization", b"hunter2")], "server": ("x", 1), "client": ("x", 1)}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert sent[0]["status"] == 500
    assert b"RuntimeError in test_own_failure.py" in sent[1]["body"]
    printed = capsys.readouterr().err
    assert printed.startswith("rainbond-mock: the fake itself failed: RuntimeError in ")
    assert len(printed.splitlines()) == 1
    assert "hunter2" not in printed
    assert "citeam01" not in printed
