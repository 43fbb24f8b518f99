"""Whatever a file says, it is read or refused with a place for each mistake; no secret stands in a message."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.contract.document.source import Source, SourceError, load_source, parse_source
from mock_server.contract.loader import load_contract
from mock_server.journal.verification import read_expectation
from mock_server.loaders.catalogue import read_catalogue
from mock_server.loaders.scenarios import read_scenarios

EXAMPLES = Path(__file__).parents[2] / "examples"
CONTRACT = load_contract()
DOCUMENTS: dict[str, tuple[Callable[[Source], object], Any]] = {
    "catalogue": (
        lambda source: read_catalogue(source, CONTRACT),
        load_source(EXAMPLES / "catalogue.yaml").value,
    ),
    "scenarios": (
        lambda source: read_scenarios(source, CONTRACT),
        load_source(EXAMPLES / "scenarios.yaml").value,
    ),
    "expectation": (
        lambda source: read_expectation(source, CONTRACT),
        {"operation": "buildComponent", "path": {"app_id": 1}, "body": {"/a": {"$matches": "x"}}, "count": {"min": 1}},
    ),
}  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
)


def _places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [at, *(place for key, item in items for place in _places(item, (*at, key)))]


def _changed(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    changed = copy.deepcopy(document)
    node = changed
    for step in at[:-1]:
        node = node[step]
    node[at[-1]] = value
    return changed


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
@settings(deadline=None)
def test_any_value_at_any_place_is_read_or_refused(name: str, data: st.DataObject) -> None:
    read, document = DOCUMENTS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        document = _changed(document, data.draw(st.sampled_from(_places(document))), data.draw(VALUES))

    try:
        read(Source("a.yaml", document))
    except SourceError as error:
        assert str(error).startswith("a.yaml")


SECRET = "6d0f2b8c4e1a49739f55d8a0c3b7e21446aa90cd"


@pytest.mark.parametrize("place", ["tokens", "token", "key", "entry", "twice", "name"])
def test_a_token_is_in_no_message(place: str) -> None:
    entry = {"token": SECRET, "user": "ci", "enterprise": "acme"}
    tokens: Any = {
        "tokens": SECRET,
        "token": [{**entry, "token": [SECRET]}],
        "key": [{SECRET: "ci"}],
        "entry": [SECRET],
        "twice": [entry, entry],
        "name": {SECRET: entry},
    }[place]

    with pytest.raises(SourceError) as raised:
        read_catalogue(Source("a.yaml", {"enterprises": ["acme"], "tokens": tokens}), CONTRACT)

    assert SECRET not in str(raised.value)


def test_of_many_mistakes_the_first_are_told_and_the_rest_counted() -> None:
    text = "teams:\n" + "".join(f"  - {{id: t{number}, nam: x}}\n" for number in range(200))

    with pytest.raises(SourceError) as raised:
        read_catalogue(parse_source(text, "a.yaml"), CONTRACT)

    lines = str(raised.value).splitlines()
    assert lines[0].startswith("a.yaml:2: ")
    assert len(lines) == 101
    assert lines[-1] == "a.yaml: 500 more"


def test_a_mistake_inside_an_alternative_is_told_of_the_one_that_was_meant() -> None:
    with pytest.raises(SourceError) as raised:
        read_scenarios(parse_source("scenarios: [{name: a, answers: [{exmple: accepted}]}]", "a.yaml"), CONTRACT)

    assert str(raised.value) == (
        "a.yaml:1: unknown key 'exmple' (did you mean 'example'?); allowed: example, status, body, headers, times,"
        " probability, delay, fault, off_contract"
    )
