"""The pytest fixture `rainbond_mock`: one mock a test run, one session of it a test.

A marker changes the mock's settings: `@pytest.mark.rainbond_mock(profile="console", catalogue="catalogue.yaml")`.
Nothing is imported or started before a test asks for the fixture.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_server.testing.mock_console import MockConsole
    from mock_server.testing.servers import Servers

MARKER = "rainbond_mock"
WORKER_INPUT = "rainbond_mock"
LONGEST_NAME = 150

_servers = pytest.StashKey["Servers"]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}(**settings): settings of the mock behind `rainbond_mock`.")


def pytest_unconfigure(config: pytest.Config) -> None:
    servers = config.stash.get(_servers, None)
    if servers is not None:
        servers.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the run's mocks are: all workers share them."""
    node.workerinput[WORKER_INPUT] = _of_run(node.config).share()


@pytest.fixture
def rainbond_mock(request: pytest.FixtureRequest) -> Iterator[MockConsole]:
    """A mock Rainbond console with a session of its own: `url`, `token`, `scenario(…)`, `assert_called(…)`."""
    # Late, because it brings the whole server along.
    from mock_server.testing.mock_console import MockConsole  # noqa: PLC0415
    from mock_server.testing.servers import NoServer  # noqa: PLC0415

    try:
        address, token = _of_run(request.config).address(_settings(request))
    except NoServer as error:
        pytest.fail(f"rainbond_mock: {error}", pytrace=False)
    with MockConsole(url=address, session=_session(request.node.nodeid), token=token) as mock:
        mock.reset()  # of a run that was cut off
        yield mock


def _of_run(config: pytest.Config) -> Servers:
    if _servers not in config.stash:
        from mock_server.testing.servers import Servers  # noqa: PLC0415 - late, as above

        config.stash[_servers] = Servers(getattr(config, "workerinput", {}).get(WORKER_INPUT))
    return config.stash[_servers]


def _settings(request: pytest.FixtureRequest) -> dict[str, object]:
    """The settings that the test's markers ask for; the nearest marker wins."""
    settings: dict[str, object] = {}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            pytest.fail(f"@pytest.mark.{MARKER}: give settings by name, not {marker.args[0]!r}", pytrace=False)
        settings |= marker.kwargs
    return settings


def _session(node_id: str) -> str:
    """A session's name: the same in every run, so that seeded chance is too."""
    name = re.sub(r"[^!-~]", "_", node_id)
    if len(name) <= LONGEST_NAME and name == node_id:
        return name
    return f"{name[:LONGEST_NAME]}-{hashlib.sha256(node_id.encode()).hexdigest()[:12]}"
