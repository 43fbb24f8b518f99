"""A failure of the mock itself is told in one line, and shows nothing of the request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mock_server.service.mock_service import MockService
from mock_server.service.stores import Pending, text_of
from mock_server.service.stores.memory import MemoryStore
from mock_server.settings import Settings
from mock_server.web.app import build_app
from mock_server.web.factory import build_definition
from tests.mock.build_request import path


class BrokenStore(MemoryStore):
    def keep(self, session: str, entry: Pending | str) -> None:
        raise RuntimeError(f"cannot keep {text_of(entry)}")


def test_a_failure_is_one_line_and_a_500(capsys: pytest.CaptureFixture[str]) -> None:
    app = build_app(MockService(build_definition(Settings()), BrokenStore()), Settings())
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
    assert printed.startswith("rainbond-mock: the mock itself failed: RuntimeError in ")
    assert len(printed.splitlines()) == 1
    assert "hunter2" not in printed
    assert "citeam01" not in printed
