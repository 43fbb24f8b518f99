"""Whatever is sent, the journal takes it and the answer is what it would be without a journal."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask
from tests.mock.build_request import TOKEN, path
from tests.raw_http import RawAnswer, send

TEXT = st.text(st.characters(), max_size=20)  # half surrogate pairs, too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.just("password"), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["build_type", "branch", "repo_url", "password", "token", "x"])
BODIES = st.one_of(
    st.dictionaries(FIELDS, VALUES, max_size=4).map(lambda value: json.dumps(value).encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
    st.just(b'{"branch": 1e999, "password": -1e999}'),
)
TYPES = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=B", "text/plain", ""]
)
QUERIES = st.sampled_from(["", "?a=%FF", "?token=%00%D8", "?=&;&password", "?%u=%zz", "?a=b=c"])
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
PATHS = st.sampled_from([path(), path(app="0"), path(team="%E5%9B%A2"), "/%FF%FE", "/a//b:c@d", "/%0a"])


@pytest.fixture(scope="module", params=["contract", "console"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    with (
        running(Settings(profile=request.param)) as kept,
        running(Settings(profile=request.param, journal_size=0)) as not_kept,
    ):
        yield kept.url, not_kept.url


@settings(max_examples=250, deadline=None)
@given(BODIES, TYPES, PATHS, QUERIES, HEADER)
def test_any_request_is_journaled_and_answered_as_ever(
    pair: tuple[str, str], body: bytes, content_type: str, at: str, query: str, header: str
) -> None:
    headers = [("Authorization", TOKEN), ("Content-Type", content_type), ("X-Anything", header.strip())]

    def ask(url: str) -> RawAnswer:
        return send(url, "POST", at + query, headers, body)

    kept, not_kept = (ask(url) for url in pair)

    assert (kept.status, kept.body) == (not_kept.status, not_kept.body)
    (entry,) = Ask(pair[0]).journal("?limit=1")
    assert (entry["status"], entry["body_size"]) == (kept.status, len(body))
    json.dumps(entry, allow_nan=False)
    assert Ask(pair[0]).own("GET", "requests.har?limit=1").status == 200
    assert Ask(pair[0]).own("POST", "verify", {"body": {"branch": "never"}, "count": 99}).status == 422
    Ask(pair[0]).own("POST", "reset")
