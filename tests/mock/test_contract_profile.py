"""By default a request must satisfy the contract, and whatever is sent, the mock neither accepts too much nor fails."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.model import Contract
from tests.mock.build_request import JSON, TOKEN, build, path
from tests.raw_http import send


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        {},
        {"build_type": None, "server_type": None, "branch": None, "repo_url": None, "username": None, "password": None},
        {"build_type": "source_code", "server_type": "git", "branch": "main", "repo_url": "https://git.example.com/a"},
        {"branch": "😀" * 255, "repo_url": "中" * 1024},
        {"branch": "feature/x y:%20'\"<b>"},
        {"unknown": {"deep": [1, 2]}, "Branch": 5},
        b'{"branch": "a", "branch": "b"}',
        b'{"unknown": 1e999, "big": ' + b"9" * 400 + b"}",
    ],
)
def test_accepts_what_the_contract_allows(url: str, body: Any) -> None:
    assert build(url, body).status == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"branch": 5}, ["branch"]),
        ({"branch": ""}, ["branch"]),
        ({"branch": "\u3000 \t"}, ["branch"]),
        ({"branch": "a\0"}, ["branch"]),
        ({"branch": "\ud800"}, ["branch"]),
        ({"branch": "x" * 256}, ["branch"]),
        ({"repo_url": "x" * 1025}, ["repo_url"]),
        ({"build_type": "Market"}, ["build_type"]),
        ({"build_type": "\ud800"}, ["build_type"]),
        ({"password": [], "branch": True, "build_type": "x"}, ["build_type", "branch", "password"]),
        ([], ["non_field_errors"]),
        (b"null", ["non_field_errors"]),
    ],
)
def test_names_every_invalid_field_at_once_in_field_order(url: str, body: Any, fields: list[str]) -> None:
    answer = build(url, body)

    assert answer.status == 400
    assert list(json.loads(answer.body)["err"]) == fields


@pytest.mark.parametrize(
    "body",
    [
        b'{"branch":',
        b"{}x",
        b" \n",
        b"{'a': 1}",
        b'{"branch": NaN}',
        b'{"a": -Infinity}',
        b"\xef\xbb\xbf{}",
        b'{"branch": "\xe9"}',
        b'{"a": "\xe4\xbd',
        b"9" * 5000,
        b"[" * 100_000,
        b'{"branch": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    ],
)
def test_what_is_not_json_is_a_parse_error(url: str, body: bytes) -> None:
    answer = build(url, body)

    assert answer.status == 400
    assert json.loads(answer.body)["error_type"] == "ParseError"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "json",
        "text/json",
        "application/*",
        "*/*",
        "application/xml",
        ";",
        "application/json, text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "ÿþ",
    ],
)
def test_only_json_is_taken_but_an_empty_body_has_no_type(url: str, content_type: str | None) -> None:
    assert build(url, b"{}", content_type=content_type).status == 415
    assert build(url, b"", content_type=content_type).status == 200


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;x"])
def test_json_may_come_with_parameters_in_any_case(url: str, content_type: str) -> None:
    assert build(url, b'{"build_type": "x"}', content_type=content_type).status == 400
    assert build(url, b'{"build_type": "market"}', content_type=content_type).status == 200


def test_a_chunked_body_is_read(url: str) -> None:
    assert build(url, {"build_type": "market"}, chunked=True).status == 200
    assert build(url, {"build_type": "x"}, chunked=True).status == 400


@pytest.mark.parametrize("filler", [b"a", b" ", b"\\u0000", b" \\u0000"])
def test_megabytes_are_refused_quickly(url: str, filler: bytes) -> None:
    body = b'{"branch": "' + filler * (3_000_000 // len(filler)) + b'"}'

    assert build(url, body).status == 400


@pytest.mark.parametrize("app", ["1-2", "-", "01", "+1", "0", "-1", "9" * 20, "9" * 5000, "%EF%BC%91", "1.0", "1e3"])
def test_an_application_id_that_is_none_finds_nothing(url: str, app: str) -> None:
    assert build(url, at=path(app=app)).status == 404


@pytest.mark.parametrize(
    "at",
    [
        "/",
        "//",
        path() + "/",
        path().replace("/apps", "//apps"),
        path().upper(),
        path() + "%0A",
        path(team="a%2Fb"),
        path(component="a.b"),
        path(team=""),
        path(region="%FF"),
        path(team="%"),
        path(team="%zz"),
        "/ÿþ",
    ],
)
def test_other_paths_are_unknown_even_without_a_token(url: str, at: str) -> None:
    answer = send(url, "POST", at)

    assert answer.status in (400, 404)  # 400: the HTTP parser refuses the bytes before anyone can route them
    assert answer.status == 400 or answer.header("Content-Type") == "text/html; charset=utf8"


def test_names_of_any_script_are_taken(url: str) -> None:
    assert build(url, at=path(team="%E4%B8%AD%E6%96%87", region="r-1_x", component="gr000001")).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "HEAD", "OPTIONS"])
def test_other_methods_are_refused_with_what_is_allowed(url: str, method: str) -> None:
    answer = build(url, method=method)

    assert (answer.status, answer.header("Allow")) == (405, "POST, OPTIONS")
    assert answer.body == b"" if method == "HEAD" else f"方法 “{method}” 不被允许。" in answer.body.decode()


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["build_type", "server_type", "branch", "repo_url", "username", "password", "other"]
bodies = (
    st.binary(max_size=60)
    | any_json.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(FIELDS), any_json, max_size=5).map(lambda value: json.dumps(value).encode())
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies)
def test_whatever_the_body_it_is_accepted_exactly_when_the_contract_allows_it(
    url: str, contract: Contract, body: bytes
) -> None:
    answer = build(url, body)

    assert answer.status in (200, 400)
    if answer.status == 200 and body:
        schema = contract.operations[0].body.content[0].schema  # type: ignore[union-attr]
        assert schema is not None
        assert schema.is_valid(json.loads(body))


header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
path_text = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=20)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]),
    team=path_text,
    app=path_text | st.integers().map(str),
    token=st.just(TOKEN) | header_text,
    content_type=st.just(JSON[1]) | header_text,
    prefer=header_text | st.just("code=409") | st.just("example=accepted"),
    body=st.none() | st.binary(max_size=20),
)
def test_no_request_makes_it_fail(
    url: str, method: str, team: str, app: str, token: str, content_type: str, prefer: str, body: bytes | None
) -> None:
    headers = [("Authorization", token), ("Content-Type", content_type), ("Prefer", prefer), ("Origin", "http://o")]

    assert send(url, method, path(team=team, app=app), headers, body).status < 500


def test_a_compressed_body_is_read_as_it_comes_because_the_console_undoes_nothing(url: str) -> None:
    answer = build(url, gzip.compress(b'{"branch": "main"}'), ("Content-Encoding", "gzip"))

    assert answer.status == 400
