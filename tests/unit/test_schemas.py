"""JSON Schemas of users' files: those that are shipped are those that are made, and our own files satisfy them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from contract_tests.settings import file_schema
from mock_server.cli import main
from mock_server.contract.document.source import load_source
from mock_server.contract.loader import load_contract
from mock_server.loaders.schemas import SCHEMAS, SHIPPED, schema_text, written

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "tests/verify/shop.yaml"


def made(name: str) -> str:
    return written(file_schema()) if name == "settings" else schema_text(name, load_contract())


def _value(file: Path) -> Any:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.suffix == ".toml" else load_source(file).value


def _faults(schema: str, value: Any) -> list[str]:
    Draft7Validator.check_schema(json.loads(schema))
    return [error.message for error in Draft7Validator(json.loads(schema)).iter_errors(value)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_the_printed_and_the_made_one(name: str) -> None:
    shipped = (SHIPPED / f"{name}.json").read_text(encoding="utf-8")

    assert shipped == made(name), "make schemas writes them anew"
    assert CliRunner().invoke(main, ["schema", name]).output == shipped


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("examples/catalogue.yaml", "catalogue"),
        ("contract_tests/catalogue.yaml", "catalogue"),
        ("examples/scenarios.yaml", "scenarios"),
    ],
)
def test_our_files_satisfy_their_schema_and_name_it(file: str, name: str) -> None:
    path = ROOT / file
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert _faults(made(name), _value(path)) == []
    assert (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve() == SHIPPED / f"{name}.json"


@pytest.mark.parametrize("spec", [None, SHOP], ids=["console", "shop"])
def test_so_do_the_files_to_start_with(spec: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["init", *([str(spec)] if spec else [])]).exit_code == 0

    for file, name in (("catalogue.yaml", "catalogue"), ("scenarios.yaml", "scenarios"), ("rainbond.toml", "settings")):
        first = Path(file).read_text(encoding="utf-8").splitlines()[0]
        assert first.endswith(f"schemas/{name}.json")
        assert _faults(Path(f"schemas/{name}.json").read_text(encoding="utf-8"), _value(Path(file))) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("catalogue", {"teams": [{"id": "a", "nam": "b", "enterprise": "c"}]}),
        ("catalogue", {"regions": [{"name": "a", "answer": "region-bussy"}]}),
        ("scenarios", {"scenarios": [{"name": "a", "answers": ["region-bussy"]}]}),
        ("scenarios", {"scenarios": [{"answers": ["region-busy"]}]}),
        ("scenarios", {"scenarios": [{"name": "a", "when": {"operation": "buildCompont"}}]}),
        ("settings", {"mock": {"prot": 7070}}),
        ("settings", {"mock": {"control-token": "secret"}}),
        ("settings", {"verify": {"max-builds": -1}}),
    ],
)
def test_a_mistake_does_not_satisfy_it(name: str, value: Any) -> None:
    assert len(_faults(made(name), value)) >= 1


def test_every_key_is_explained() -> None:
    def unexplained(node: Any, at: str) -> list[str]:
        if not isinstance(node, dict):
            return [each for item in node for each in unexplained(item, at)] if isinstance(node, list) else []
        own = [
            f"{at}.{key}"
            for key, each in node.get("properties", {}).items()
            if "description" not in each and each != {} and isinstance(each, dict)
        ]
        return own + [each for key, item in node.items() for each in unexplained(item, f"{at}.{key}")]

    assert [each for name in SCHEMAS for each in unexplained(json.loads(made(name)), name)] == []


if __name__ == "__main__":
    SHIPPED.mkdir(exist_ok=True)
    for each in SCHEMAS:
        (SHIPPED / f"{each}.json").write_text(made(each), encoding="utf-8")
