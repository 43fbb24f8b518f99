"""Files to start with are good ones, and the command to try is accepted, whatever the contract."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_server.cli import main
from mock_server.contract.loader import load_contract
from mock_server.engine import pipeline
from mock_server.engine.catalogue import Catalogue
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import MockDefinition
from mock_server.engine.profiles import ContractProfile
from mock_server.loaders.beginnings import beginnings
from mock_server.loaders.catalogue import load_catalogue
from mock_server.loaders.scenarios import load_scenarios
from mock_server.web.serving.first_request import TOKEN, first_request

SHOP = Path("tests/verify/shop.yaml")
CONTRACTS = pytest.mark.parametrize("spec", [None, SHOP], ids=["console", "shop"])


def defined(spec: Path | None, catalogue: Path) -> MockDefinition:
    contract = load_contract(spec)
    return MockDefinition(contract, load_catalogue(catalogue, contract), ContractProfile(contract), "seed")


def accepted(definition: MockDefinition, command: str) -> bool:
    """Whether the mock accepts what curl would send, with the catalogue's first token."""
    directory = definition.directory
    assert isinstance(directory, Catalogue)
    words = shlex.split(command.replace(TOKEN, next(iter(directory.tokens))))
    headers = [tuple(words[index + 1].split(": ", 1)) for index, word in enumerate(words) if word == "-H"]
    body = words[words.index("-d") + 1].encode() if "-d" in words else b""
    path = words[3].removeprefix("http://mock")
    return pipeline.check(definition, Request.build(words[2], path, headers, body)).accepted  # type: ignore[arg-type]


@CONTRACTS
def test_the_files_to_start_with_can_be_used(spec: Path | None, tmp_path: Path) -> None:
    for name, text in beginnings(load_contract(spec), spec).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    definition = defined(spec, tmp_path / "catalogue.yaml")
    assert load_scenarios(tmp_path / "scenarios.yaml", definition.contract)
    assert tomllib.loads((tmp_path / "rainbond.toml").read_text(encoding="utf-8"))["mock"]["port"] == 7070
    first = first_request(definition, "http://mock")
    assert first is not None
    assert accepted(definition, first.command)


def test_with_a_catalogue_the_command_names_what_exists_and_is_not_broken() -> None:
    definition = defined(None, Path("examples/catalogue.yaml"))

    first = first_request(definition, "http://mock")

    assert first is not None
    assert first.user == "ci"
    assert "/regions/shanghai/apps/12/services/3f9a6c1e8d2b47059be1c7204fa8d663/" in first.command
    assert accepted(definition, first.command)
    assert isinstance(definition.directory, Catalogue)
    assert not any(token in first.command for token in definition.directory.tokens)


def test_init_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["init"]).exit_code == 0
    again = CliRunner().invoke(main, ["init"])

    assert again.exit_code == 2
    assert "schemas/settings.json: already in this folder" in again.stderr


def test_the_command_alone_says_what_to_type_next() -> None:
    told = CliRunner().invoke(main, [])

    assert told.exit_code == 0
    assert "rainbond-mock serve" in told.stdout
    assert "rainbond-mock init" in told.stdout
