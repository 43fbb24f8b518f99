"""One mock for all tests of a run; each test has a session of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask


@pytest.fixture(scope="session")
def shared_url() -> Iterator[str]:
    with running(Settings()) as mock:
        yield mock.url


@pytest.fixture
def ask(shared_url: str, request: pytest.FixtureRequest) -> Ask:
    return Ask(shared_url, request.node.nodeid.rpartition("/")[2][:200])
