"""Event ids can be computed by anyone, are the same everywhere, and differ where requests differ."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.engine.event_ids import canonical_json, event_id
from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.mock.build_request import APP, COMPONENT, REGION, TEAM, build

PATH = {"team_id": TEAM, "region_name": REGION, "app_id": int(APP), "service_id": COMPONENT}


def _by_hand(body: str, seed: str = "rainbond") -> str:
    """The id computed from the documented recipe alone, the canonical JSON written out by hand."""
    path = f'{{"app_id":1,"region_name":"rainbond","service_id":"{COMPONENT}","team_id":"citeam01"}}'
    name = f'{{"body":{body},"operation":"buildComponent","path":{path}}}'
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, seed), name).hex


def _served(url: str, body: Any = None) -> str:
    return str(json.loads(build(url, body).body)["event_id"])


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (None, "null"),
        ({}, "{}"),
        ({"branch": "主干", "build_type": "market"}, '{"branch":"主干","build_type":"market"}'),
        (b'{"z": 1.0, "a": 1e21, "b": "\\u0041"}', '{"a":1e+21,"b":"A","z":1}'),
    ],
)
def test_the_served_id_is_the_one_computed_by_hand(url: str, body: Any, canonical: str) -> None:
    assert _served(url, body) == _by_hand(canonical)


def test_the_seed_changes_every_id() -> None:
    with running(Settings(seed="another")) as mock:
        assert _served(mock.url) == _by_hand("null", seed="another") != _by_hand("null")


def test_sequence_gives_each_identical_request_its_own_id_the_first_being_the_usual_one() -> None:
    with running(Settings(event_ids="sequence")) as mock:
        ids = [_served(mock.url) for _ in range(3)]
        other = _served(mock.url, {"branch": "x"})
        again = [event_id("rainbond", "buildComponent", PATH, None, n) for n in (1, 2, 3)]

    assert ids == again
    assert len(set(ids)) == 3
    assert other == _by_hand('{"branch":"x"}')


def test_another_process_gives_the_same_id(url: str) -> None:
    program = (
        "from mock_server.engine.event_ids import event_id;"
        f"print(event_id('rainbond', 'buildComponent', {PATH!r}, {{'branch': 'x'}}))"
    )
    elsewhere = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert elsewhere.stdout.strip() == _served(url, {"branch": "x"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
)


@given(json_values)
def test_every_json_value_has_an_id_that_the_order_of_keys_does_not_change(value: Any) -> None:
    def backwards(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: backwards(item) for key, item in reversed(node.items())}
        return [backwards(item) for item in node] if isinstance(node, list) else node

    assert event_id("s", "o", {}, value) == event_id("s", "o", {}, backwards(value))


def test_nesting_beyond_any_stack_still_has_an_id() -> None:
    deep: Any = []
    for _ in range(700):
        deep = [deep]

    assert canonical_json(deep) != canonical_json([deep])
