"""The options of `rainbond-mock serve` that scenarios, journal, sessions and stores bring along."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_server.cli import main
from mock_server.settings import Settings, SettingsError, resolve
from tests.control.asking import Ask, value
from tests.control.mock_process import serving


def test_the_options_reach_the_server(tmp_path: Path) -> None:
    scenarios = tmp_path / "scenarios.yaml"
    scenarios.write_text("scenarios: [{name: busy, answers: [region-busy]}]")
    options = ["--scenarios", str(scenarios), "--journal-size", "2", "--session-ttl", "30m", "--max-sessions", "5"]
    with serving(*options) as mock:
        ask = Ask(mock.url)

        assert ask.builds(3) == [409, 409, 409]
        assert len(ask.journal()) == 2
        assert mock.end() == 0


def test_so_do_environment_and_configuration_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rainbond.toml").write_text('[mock]\njournal-size = 5\nsession-ttl = "2h"\nscenarios = "a.yaml"\n')
    environment = {"RAINBOND_MOCK_WORKERS": "3", "RAINBOND_MOCK_STORE": "redis://:secret@redis/0"}

    settings = resolve({"session_ttl": "90s"}, environment)

    assert settings == Settings(
        journal_size=5, session_ttl=90, scenarios=Path("a.yaml"), workers=3, store="redis://:secret@redis/0"
    )
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--workers", "0", "--workers: '0' is too small; allowed: 1 or more"),
        ("--journal-size", "-1", "--journal-size: '-1' is too small; allowed: 0 or more"),
        ("--max-sessions", "0", "--max-sessions: '0' is too small; allowed: 1 or more"),
        ("--session-ttl", "soon", "--session-ttl: 'soon' is not a span of time; allowed: a number with its unit"),
        ("--session-ttl", "0s", "--session-ttl: '0s' is too short"),
        ("--store", "redish://x", "store: unknown kind 'redish' (did you mean 'redis'?); allowed: memory, redis://"),
        ("--store", "redis://:hunter2@x/0", "shows in the list of processes; set RAINBOND_MOCK_STORE instead"),
        ("--store", "redis://x:port/0", "store: not a Redis URL; allowed: redis://HOST:PORT/DB"),
        ("--scenarios", "nowhere.yaml", "nowhere.yaml: no such file"),
    ],
)
def test_a_value_that_cannot_be_is_told_in_one_line(option: str, text: str, told: str) -> None:
    ended = CliRunner().invoke(main, ["serve", "--port", "0", option, text])

    assert ended.exit_code == 2
    assert told in ended.output
    assert "hunter2" not in ended.output
    assert len(ended.output.splitlines()) == 1


@pytest.mark.parametrize("variable", ["RAINBOND_MOCK_WORKERS", "RAINBOND_MOCK_JOURNAL_SIZE"])
def test_a_variable_that_is_no_number_is_named(variable: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable}: 'many' is not a whole number"):
        resolve({}, {variable: "many"})


def test_an_idle_session_is_forgotten(tmp_path: Path) -> None:
    with serving("--session-ttl", "300ms") as mock:
        ask = Ask(mock.url, "short")
        ask.scenarios({"name": "busy", "answers": ["region-busy"]})
        while "short" in value(ask.own("GET", "sessions"))["sessions"]:
            pass

        assert ask.build().status == 200
