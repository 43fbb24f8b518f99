"""For every request: what the default profile accepts, the recorded console accepts too."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.engine import pipeline
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import MockDefinition
from mock_server.settings import Settings
from mock_server.web.factory import build_definition
from tests.mock.build_request import APP, COMPONENT, REGION, TEAM, TOKEN, path
from tests.mock.conftest import CATALOGUE

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=300)
    | st.sampled_from(["source_code", "market", "git", "svn", " git", "", "\u3000", "a\0b", "x" * 256, "main "]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["build_type", "server_type", "branch", "repo_url", "username", "password", "Branch", "x"])
bodies = (
    st.binary(max_size=40)
    | values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(names, values, max_size=4).map(lambda value: json.dumps(value).encode())
    | st.dictionaries(names, values, max_size=4).map(lambda value: gzip.compress(json.dumps(value).encode()))
)


def _near(value: str) -> st.SearchStrategy[str]:
    return st.just(value) | st.sampled_from(
        [value.upper(), value[:-1], f"{value}x", f"0{value}", "%31", "gr000001", "-"]
    )


requests = st.builds(
    lambda method, place, headers, body: Request.build(method, path(*place), headers.items(), body),
    st.sampled_from(["POST"] * 8 + ["GET", "PUT", "OPTIONS"]),
    st.tuples(_near(TEAM), _near(REGION), _near(APP) | st.just("3"), _near(COMPONENT)),
    st.fixed_dictionaries(
        {"Authorization": st.just(TOKEN) | _near(TOKEN) | st.sampled_from(["", f"Bearer {TOKEN}", "2" * 40])},
        optional={
            "Content-Type": st.sampled_from(
                ["application/json"] * 5
                + ["application/JSON;x", "application/json; charset=utf-16", "application/json; charset=zlib"]
                + ["application/json;charset=klingon", "*/*", "text/plain", ""]
            ),
            "X-Internal-Token": st.sampled_from(["", "x"]),
            "Content-Encoding": st.just("gzip"),
        },
    ),
    bodies | st.just(b""),
)


@pytest.fixture(scope="module")
def profiles() -> tuple[MockDefinition, MockDefinition]:
    strict = build_definition(Settings(catalogue=CATALOGUE))
    lenient = build_definition(Settings(profile="console", catalogue=CATALOGUE))
    return strict, lenient


@settings(max_examples=300, deadline=None)
@given(requests)
def test_what_is_accepted_by_default_the_console_accepts(
    profiles: tuple[MockDefinition, MockDefinition], request_: Request
) -> None:
    strict, lenient = (pipeline.check(console, request_) for console in profiles)

    assert lenient.accepted or not strict.accepted
    assert strict.error is None
