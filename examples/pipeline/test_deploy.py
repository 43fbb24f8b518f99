"""The deploy script against a mock console: the good way, the busy way, and the ways that a person must look at."""

from __future__ import annotations

import pytest

from deploy import DeployError, deploy
from mock_server.testing.mock_console import MockConsole

COMPONENT = "teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001"
IMAGE = {"build_type": "docker_image", "repo_url": "registry.example.com/acme/app:1.0"}


def _deploy(mock: MockConsole) -> str:
    return deploy(mock.url, mock.token, COMPONENT, IMAGE, pause=lambda _seconds: None)


def test_builds_the_image(rainbond_mock: MockConsole) -> None:
    event = _deploy(rainbond_mock)

    assert [request["event_id"] for request in rainbond_mock.requests()] == [event]
    rainbond_mock.assert_called("buildComponent", body=IMAGE, times=1, unmatched=0)


def test_asks_again_while_the_component_is_busy(rainbond_mock: MockConsole) -> None:
    rainbond_mock.scenario("busy-then-accepted", answers=["region-busy", "accepted"])

    _deploy(rainbond_mock)

    rainbond_mock.assert_called("buildComponent", body={"build_type": "docker_image"}, times=2)


def test_gives_up_on_a_component_that_stays_busy(rainbond_mock: MockConsole) -> None:
    rainbond_mock.scenario("busy", answers=["region-busy"])

    with pytest.raises(DeployError, match="still busy after 5 attempts"):
        _deploy(rainbond_mock)


def test_fails_at_once_where_memory_is_used_up(rainbond_mock: MockConsole) -> None:
    rainbond_mock.scenario("full", answers=["tenant-out-of-memory"])

    with pytest.raises(DeployError, match="412: 团队使用内存已超过限额"):
        _deploy(rainbond_mock)

    rainbond_mock.assert_called("buildComponent", times=1)


def test_tells_of_a_connection_that_broke(rainbond_mock: MockConsole) -> None:
    rainbond_mock.scenario("broken", fault="reset")

    with pytest.raises(DeployError, match="reset"):
        _deploy(rainbond_mock)
