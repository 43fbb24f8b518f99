"""Settings of both commands: what `rainbond.toml` may say, and how each mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests import settings as verifier
from mock_server import settings as mock
from mock_server.contract.document.source import SourceError
from mock_server.settings import SettingsError


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "rainbond.toml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[moc]\nport = 1", "rainbond.toml:1: [moc]: no such table (did you mean 'mock'?); allowed: [mock], [verify]"),
        ("port = 1", "rainbond.toml:1: port: a key outside any table; allowed: [mock], [verify]"),
        ("mock = 3", "rainbond.toml:1: mock: 3 is not a table; write [mock]"),
        ("verify = []", "rainbond.toml:1: verify: [] is not a table"),
    ],
)
def test_what_is_no_table_is_told_by_both(configuration: Path, text: str, told: str) -> None:
    configuration.write_text(text)

    for resolve in (mock.resolve, verifier.resolve):
        with pytest.raises(SettingsError) as raised:
            resolve({}, {})
        assert told in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 7070\nport = 1", "rainbond.toml:3:"),
        ("seed = 'a\nport = 1", "rainbond.toml:3: not valid TOML"),
        ('host = "a\\u0000b"', "rainbond.toml:2: [mock] host: allowed: text without NUL characters"),
        ('store = "redis://:hunter2@\\u0000"', "[mock] store: allowed: text without NUL characters"),
        ("upstream = 'http://['", "[mock] upstream: 'http://[' is no address; allowed: http://HOST:PORT"),
        ("port = = 1", "rainbond.toml:2:8: not valid TOML: Invalid value"),
        ("store = 'redis://:hunter2@h/0'\nprofile = 'consol'", "rainbond.toml:3: [mock] profile: unknown 'consol'"),
        ("control-token = 'hunter2'", "a secret belongs into the environment (RAINBOND_MOCK_CONTROL_TOKEN)"),
        ("only = 3", "only: 3 is not a list"),
        ("max-body = '10 PB'", "max-body: '10 PB' is not a size; allowed: bytes, or such as 512k, 10M, 1G"),
        ("tls = 'maybe'", "tls: 'maybe' is not allowed; allowed: true, false"),
        ("seed = 1.10", "seed: 1.1 is not text; quote it"),
        ("port = 70000", "port: 70000 is too large; allowed: 0 to 65535"),
        ("'port' = 0\n[mock.tls]\nx = 1", "rainbond.toml:3: [mock] tls: a mapping is not allowed"),
        ("prot = 1", "rainbond.toml:2: [mock] prot: no such setting (did you mean 'port'?); allowed: spec, host, port"),
        ("workers = 1.5", "workers: 1.5 is not a whole number"),
        ("journal-size = true", "journal-size: True is not a whole number; allowed: 0 or more"),
        ("host = ['a']", "host: a list is not text"),
    ],
)
def test_a_wrong_setting_of_the_mock_is_told(configuration: Path, text: str, told: str) -> None:
    configuration.write_text(f"[mock]\n{text}\n")

    with pytest.raises((SettingsError, SourceError)) as raised:
        mock.resolve({}, {})

    assert told in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_every_mistake_of_file_environment_and_options_is_told_at_once(configuration: Path) -> None:
    configuration.write_text("# ours\n\n[verify]\nport = 1\n\n[mock]\nworkers = 0\njournal_size = 'x'\n")

    with pytest.raises(SettingsError) as raised:
        mock.resolve({"seeed": "a"}, {"RAINBOND_MOCK_PROT": "1", "RAINBOND_MOCK_TLS": "maybe"})

    assert [line.split(": ")[0] for line in str(raised.value).splitlines()] == [
        "RAINBOND_MOCK_PROT", "seeed", "rainbond.toml:7", "rainbond.toml:8", "RAINBOND_MOCK_TLS",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tem = 'a'", "[verify] tem: no such setting (did you mean 'team'?)"),
        ("token = 'hunter2'", "rainbond.toml:2: [verify] token: belongs into the environment, as RAINBOND_TOKEN"),
        ("max-builds = 'many'", "max-builds: 'many' is not a whole number; allowed: 0 or more"),
    ],
)
def test_a_wrong_setting_of_the_verifier_is_told(configuration: Path, text: str, told: str) -> None:
    configuration.write_text(f"[verify]\n{text}\n")

    with pytest.raises(SettingsError) as raised:
        verifier.resolve({}, {})

    assert told in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_option_beats_environment_beats_file(configuration: Path) -> None:
    configuration.write_text("[mock]\nport = 1\nworkers = 2\nseed = 'file'\n[verify]\nteam = 'one'\nregion = 'two'\n")

    settings = mock.resolve({"port": 3}, {"RAINBOND_MOCK_PORT": "2", "RAINBOND_MOCK_WORKERS": "4"})
    others = verifier.resolve({}, {"RAINBOND_TEAM": "three"})

    assert (settings.port, settings.workers, settings.seed) == (3, 4, "file")
    assert (others.team, others.region) == ("three", "two")


@pytest.mark.parametrize("store", ["redis", "rediss", "unix"])
def test_a_store_without_an_address_is_told_so(store: str) -> None:
    with pytest.raises(SettingsError, match=f"store: '{store}' has no address; allowed: memory, redis://HOST"):
        mock.Settings(store=store)


@pytest.mark.parametrize("store", ["rediss//:hunter2@h", "redis:/x:hunter2@h", "x://robot:hunter2@h:a"])
def test_no_secret_of_a_store_stands_in_a_message(store: str) -> None:
    with pytest.raises(SettingsError) as raised:
        mock.Settings(store=store)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://robot:hunter2@h:port", "http//robot:hunter2@h", "http://robot:hunter2@[h"])
def test_no_secret_of_a_target_stands_in_a_message(url: str) -> None:
    with pytest.raises(SettingsError) as raised:
        verifier.resolve({"url": url}, {})

    assert "hunter2" not in str(raised.value)
