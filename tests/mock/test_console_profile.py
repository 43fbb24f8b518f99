"""`--profile console` copies the console's undocumented leniency and faults, as observed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.mock.build_request import build, path


def _errors(answer: Any) -> Any:
    assert answer.status == 400
    return json.loads(answer.body)["err"]


@pytest.mark.parametrize(
    "body",
    [
        {"branch": 5, "password": 1.5},
        {"branch": "  main  "},
        {"branch": "a" * 255 + "   "},
        {"BRANCH": True, "unknown": {"a": []}},
        {"repo_url": "no url at all", "branch": "tag:v1.0"},
        {"build_type": None, "branch": None},
        b'{"branch": "a", "branch": "b"}',
        b'{"branch": 1e999}',
        b'{"unknown": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"branch": "x"}\xe4\xbd',
    ],
)
def test_accepts_what_the_console_accepts(console_url: str, body: Any) -> None:
    assert build(console_url, body).status == 200


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "True"), (1.5, "1.5"), (["git"], "['git']"), ({"a": 1}, "{'a': 1}"), (" git", " git"), ("", "")],
)
def test_an_unknown_choice_is_quoted_as_python_shows_it(console_url: str, value: Any, shown: str) -> None:
    assert _errors(build(console_url, {"server_type": value})) == {"server_type": [f"“{shown}” 不是合法选项。"]}


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("\u3000", ["该字段不能为空。"]),
        ("a\0b", ["不允许是用空字符串。"]),
        ("x" * 256, ["请确保这个字段不能超过 255 个字符。"]),
        ("x" * 255 + "\0", ["请确保这个字段不能超过 255 个字符。", "不允许是用空字符串。"]),
        ("\ud800", ["Surrogate characters are not allowed: U+D800."]),
        ("\udbff.", ["Surrogate characters are not allowed: U+DBFF."]),
    ],
)
def test_every_reason_against_a_text_is_given(console_url: str, text: str, reasons: list[str]) -> None:
    assert _errors(build(console_url, {"branch": text})) == {"branch": reasons}


@pytest.mark.parametrize(
    ("body", "kind"), [(b"[1]", "list"), (b'"x"', "str"), (b"7", "int"), (b"1.5", "float"), (b"true", "bool")]
)
def test_a_body_that_is_no_object_is_named_by_its_type(console_url: str, body: bytes, kind: str) -> None:
    assert _errors(build(console_url, body)) == {"non_field_errors": [f"无效数据。期待为字典类型，得到的是 {kind} 。"]}


@pytest.mark.parametrize("content_type", ["application/*", "*/*", "Application/JSON; charset=latin-1"])
def test_media_ranges_and_charsets_are_read_as_json(console_url: str, content_type: str) -> None:
    assert build(console_url, b'{"build_type": "market"}', content_type=content_type).status == 200
    assert build(console_url, b'{"build_type": "x"}', content_type=content_type).status == 400


@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "text/json", "application/vnd.a+json", None])
def test_other_media_types_are_refused_by_the_name_they_came_with(console_url: str, content_type: str | None) -> None:
    answer = build(console_url, b"{}", content_type=content_type)

    assert answer.status == 415
    assert json.loads(answer.body)["msg"] == f"不支持请求中的媒体类型 “{content_type or ''}”。"
    assert build(console_url, b"", content_type=content_type).status == 200


MULTIPART = "multipart/form-data; boundary=B"
FIELD = '--B\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", "build_type=&branch=main", 200),
        ("application/x-www-form-urlencoded", "build_type=x&build_type=market", 200),
        ("application/x-www-form-urlencoded", "build_type=market&build_type=x", 400),
        ("application/x-www-form-urlencoded", "branch=++", 400),
        ("application/x-www-form-urlencoded", "branch=%E4%B8%AD", 200),
        (MULTIPART, FIELD.format("build_type", "market") + "--B--\r\n", 200),
        (MULTIPART, FIELD.format("build_type", "x") + "--B--\r\n", 400),
        (MULTIPART, FIELD.format("build_type", "") + "--B--\r\n", 200),
    ],
)
def test_forms_are_read_like_json(console_url: str, content_type: str, body: str, status: int) -> None:
    assert build(console_url, body.encode(), content_type=content_type).status == status


def test_a_chunked_body_never_arrives(console_url: str) -> None:
    assert build(console_url, b'{"build_type": "x"}', chunked=True).status == 200


@pytest.mark.parametrize("app", ["1-2", "-", "--1", "9" * 5000])
def test_an_application_id_that_is_no_number_breaks_the_console(console_url: str, app: str) -> None:
    answer = build(console_url, at=path(app=app))

    assert answer.status == 500
    document = json.loads(answer.body)
    assert document["error_type"] == "ValueError"
    assert document["error_details"]["message"] == f"Field 'ID' expected a number but got '{app}'."


@pytest.mark.parametrize(("app", "status"), [("01", 200), ("%31", 200), ("%EF%BC%91", 200), ("-1", 404), ("0", 404)])
def test_application_ids_are_read_as_python_reads_numbers(console_url: str, app: str, status: int) -> None:
    assert build(console_url, at=path(app=app)).status == status


def test_extreme_nesting_breaks_the_console(console_url: str) -> None:
    assert build(console_url, b'{"branch": ' + b"[" * 100_000 + b"]" * 100_000 + b"}").status == 500


def test_options_describes_the_view_once_the_token_is_good(console_url: str) -> None:
    answer = build(console_url, method="OPTIONS")

    assert answer.status == 200
    assert json.loads(answer.body)["name"] == "Component Build"
    assert build(console_url, method="OPTIONS", token=None).status == 401


def test_long_answers_are_compressed_for_those_who_accept_it(console_url: str) -> None:
    answer = build(console_url, None, ("Accept-Encoding", "gzip"), token="unknown" + " token")

    assert answer.header("Content-Encoding") == "gzip"
    assert json.loads(answer.body)["msg"] == "No such user or user is not admin"
    assert "Accept-Encoding" in str(answer.header("Vary"))
