"""`MockConsole` where there is no pytest: plain, async, and attached to a mock that runs already."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from mock_server.service.sessions import SessionError
from mock_server.settings import Settings, SettingsError
from mock_server.testing.mock_console import MockConsole, MockError
from mock_server.web.serving.running import running
from tests.control.asking import Ask
from tests.mock.build_request import build, path

CATALOGUE = Path(__file__).parent.parent / "recorded" / "catalogue.yaml"


def _build(mock: MockConsole, body: object = None) -> int:
    base = mock.url.removeprefix(mock.address)
    return build(mock.address, body, at=base + path(), token=mock.token).status


def test_as_a_context_manager() -> None:
    with MockConsole() as mock:
        mock.scenario("busy", answers=["region-busy", {"example": "accepted"}])

        assert [_build(mock), _build(mock)] == [409, 200]
        mock.assert_called("buildComponent", times=2, unmatched=0)
        mock.assert_called(times={"min": 1, "max": 3})
        mock.assert_not_called("buildComponent", body={"branch": "main"})
        with pytest.raises(AssertionError, match="expected exactly 0 matching, got 2"):
            mock.assert_not_called("buildComponent")


def test_as_an_async_context_manager() -> None:
    async def use() -> int:
        async with MockConsole(profile="console") as mock:
            return await asyncio.to_thread(_build, mock, {"branch": 7})

    assert asyncio.run(use()) == 200


def test_attached_by_url_it_has_a_session_of_its_own(shared_url: str) -> None:
    with MockConsole(url=shared_url) as one, MockConsole(url=f"{shared_url}/") as two:
        one.scenario("busy", answers=["region-busy"])

        assert (_build(one), _build(two)) == (409, 200)
        assert build(shared_url, None, *one.headers.items(), token=None).status == 409
        assert (len(one.requests()), len(two.requests())) == (2, 1)
        sessions = {one.session, two.session}

    assert not sessions & set(_sessions(shared_url))


def _sessions(url: str) -> list[str]:
    return list(json.loads(Ask(url).own("GET", "sessions").body)["sessions"])


def test_a_session_can_be_shared_by_its_name(shared_url: str) -> None:
    with MockConsole(url=shared_url, session="ours") as one:
        _build(one)
        assert len(Ask(shared_url, "ours").journal()) == 1


def test_the_newest_scenario_comes_first_and_one_of_the_same_name_is_replaced() -> None:
    with MockConsole() as mock:
        mock.scenario("all", answers=["region-busy"])
        mock.scenario("dev", when={"body": {"/branch": "dev"}}, answers=["build-failed"])
        assert (_build(mock, {"branch": "dev"}), _build(mock)) == (507, 409)

        mock.scenario("all", answers=["version-conflict", "accepted"])
        assert (_build(mock), _build(mock)) == (409, 200)


def test_state_filters_files_and_reset(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.yaml"
    file.write_text("scenarios: [{name: down, when: {state: down}, answers: [region-error]}]")
    with MockConsole() as mock:
        mock.load_scenarios(file)
        assert _build(mock) == 200
        mock.state = "down"
        assert (mock.state, _build(mock)) == ("down", 500)
        assert [entry["status"] for entry in mock.requests(status=500)] == [500]
        assert len(mock.requests(valid=True, limit=1)) == 1

        mock.reset()

        assert (mock.state, mock.requests(), _build(mock)) == ("start", [], 200)


def test_the_token_is_one_of_the_catalogues() -> None:
    with MockConsole(catalogue=CATALOGUE) as mock:
        assert _build(mock) == 200
    with MockConsole(Settings(catalogue=CATALOGUE), token="nobodys") as mock:
        assert _build(mock) == 401


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(TypeError, match="only one of them"):
        MockConsole(url="http://127.0.0.1:1", profile="console")
    with pytest.raises(SettingsError, match="did you mean 'profile'"):
        MockConsole(prfile="console")
    with pytest.raises(SessionError, match="allowed: 1 to 200 visible"):
        MockConsole(session="*")
    with pytest.raises(MockError, match="no mock console answers there"), MockConsole(url="http://127.0.0.1:1"):
        pass
    with pytest.raises(MockError, match="use MockConsole with `with`"):
        MockConsole().requests()


def test_mistakes_are_errors_of_their_own_and_not_failed_assertions() -> None:
    with MockConsole() as mock:
        with pytest.raises(MockError, match="did you mean 'region-busy'"):
            mock.scenario("x", answers=["region-bus"])
        with pytest.raises(MockError, match="did you mean 'buildComponent'"):
            mock.assert_called("buildComponnt")
        with pytest.raises(MockError, match="did you mean 'status'"):
            mock.requests(satus=1)


def test_a_mock_that_ran_before_is_left_as_it_was() -> None:
    with running(Settings()) as mock:
        with MockConsole(url=mock.url) as attached:
            _build(attached)
        assert build(mock.url).status == 200
