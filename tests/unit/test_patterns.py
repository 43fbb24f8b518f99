"""Patterns: what is a matcher and what a property, and what they hold for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.contract.document.diagnostics import Diagnostics
from mock_server.contract.document.source import Source, SourceError
from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract
from mock_server.engine.matching import Pattern, RequestView
from mock_server.loaders.patterns import PatternReader

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Limits", "version": "1"},
    "paths": {
        "/limits": {
            "put": {
                "operationId": "setLimits",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "name": {"type": "string"},
                                    "size": {"anyOf": [{"type": "integer"}, {"type": "number"}]},
                                    "range": {
                                        "type": "object",
                                        "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}},
                                    },
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "Set."}},
            }
        }
    },
}


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path: Path = tmp_path_factory.mktemp("limits") / "limits.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT))
    return load_contract(path)


def read(contract: Contract, body: Any) -> Pattern:
    diagnostics = Diagnostics(Source("when.yaml", {}))
    pattern = PatternReader(contract, diagnostics, frozenset()).read({"body": body}, ())
    diagnostics.raise_any()
    return pattern


def body(value: Any) -> RequestView:
    return RequestView("setLimits", body=value)


@pytest.mark.parametrize("spelled", [{"$min": 3}, {"min": 3}])
@pytest.mark.parametrize("at", ["size", "/size"])
def test_a_value_that_is_no_object_is_asked_with_or_without_the_sigil(
    contract: Contract, at: str, spelled: dict[str, int]
) -> None:
    pattern = read(contract, {at: spelled})

    assert pattern.matches(body({"size": 4}))
    assert not pattern.matches(body({"size": 2}))


def test_a_property_with_a_matchers_name_is_a_property(contract: Contract) -> None:
    assert read(contract, {"range": {"min": 3}}).matches(body({"range": {"min": 3, "max": 9}}))
    assert not read(contract, {"range": {"min": 3}}).matches(body({"range": {"min": 4}}))


def test_the_sigil_makes_it_a_matcher_for_any_value(contract: Contract) -> None:
    pattern = read(contract, {"range": {"$equals": {"min": 3}}, "note": {"$present": False}})

    assert pattern.matches(body({"range": {"min": 3}}))
    assert not pattern.matches(body({"range": {"min": 3, "max": 9}}))
    assert not pattern.matches(body({"range": {"min": 3}, "note": "x"}))


@pytest.mark.parametrize("node", [{"note": {"present": False}}, {"/range": {"not": {"min": 3}}}, {"equals": {}}])
def test_what_may_be_either_is_told(contract: Contract, node: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match="may be a matcher or a property; allowed: \\$"):
        read(contract, node)


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ({"name": {"$mtches": "a"}}, "did you mean '\\$matches'"),
        ({"name": {"$matches": "("}}, "not a regular expression: missing"),
        ({"name": {"$one_of": "a"}}, "one_of: 'a' is not a list"),
        ({"nme": "x"}, "unknown property \\(did you mean 'name'\\?\\)"),
        ({"name": {}}, "empty; give a value or a matcher"),
    ],
)
def test_a_mistake_is_told(contract: Contract, node: dict[str, Any], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read(contract, node)
