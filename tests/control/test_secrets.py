"""No secret that was sent stands in the journal, the archive, a verdict or the log, wherever it was put."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.control.asking import Ask
from tests.mock.build_request import JSON, path
from tests.raw_http import send

# A secret is something nobody would write by chance; its letters are those that URLs, JSON and headers treat specially.
SECRETS = st.text("abcXYZ019-_.~!$%'()*+;:@/?#[]\"\\ &=<>", min_size=3, max_size=12).map(
    lambda text: f"S3{text.strip()}crt"
)
WORDS = st.text("abcXYZ019-_", min_size=3, max_size=12).map(lambda text: f"S3{text}crt")
UNICODE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=3, max_size=8).map(
    lambda text: f"S3{text.strip()}crt"
)

Request = tuple[str, list[tuple[str, str]], bytes]
Put = Callable[[str], Request]


def _body(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _with_body(value: Callable[[str], Any]) -> Put:
    return lambda secret: (path(), [("Authorization", "t"), JSON], _body(value(secret)))


def _with_headers(*headers: Callable[[str], tuple[str, str]]) -> Put:
    return lambda secret: (path(), [header(secret) for header in headers], b"")


def _basic(secret: str) -> str:
    return base64.b64encode(f"robot:{secret}".encode()).decode()


ANYWHERE: dict[str, tuple[st.SearchStrategy[str], Put]] = {
    "token": (WORDS, _with_headers(lambda s: ("Authorization", s))),
    "token with a scheme": (WORDS, _with_headers(lambda s: ("Authorization", f"Bearer {s}"))),
    "basic": (SECRETS, _with_headers(lambda s: ("Authorization", f"Basic {_basic(s)}"))),
    "internal token": (WORDS, _with_headers(lambda s: ("X-Internal-Token", s))),
    "proxy": (WORDS, _with_headers(lambda s: ("Proxy-Authorization", s))),
    "cookie": (WORDS, _with_headers(lambda s: ("Cookie", f"a=b; session={s}"))),
    "api key header": (WORDS, _with_headers(lambda s: ("X-Api-Key", s))),
    "referer": (WORDS, _with_headers(lambda s: ("Referer", f"https://robot:{s}@example.com/"))),
    "token echoed in the body": (
        WORDS,
        lambda s: (path(), [("Authorization", s), JSON], _body({"branch": f"x{s}y", "repo_url": s})),
    ),
    "token echoed in the path": (WORDS, lambda s: (path(team=s), [("Authorization", s)], b"")),
    "token in the query": (WORDS, lambda s: (f"{path()}?token={s}", [], b"")),
    "password in the query": (UNICODE, lambda s: (f"{path()}?a=1&Password={quote(s, safe='')}", [], b"")),
    "password": (UNICODE, _with_body(lambda s: {"password": s})),
    "password with anything in it": (SECRETS, _with_body(lambda s: {"password": s})),
    "password in capitals": (UNICODE, _with_body(lambda s: {"PASSWORD": s})),
    "password too long": (UNICODE, _with_body(lambda s: {"password": s * 200})),
    "password in a list": (UNICODE, _with_body(lambda s: {"password": [s, {"x": s}]})),
    "password deep down": (UNICODE, _with_body(lambda s: {"a": [{"b": {"password": s}}]})),
    "password echoed": (UNICODE, _with_body(lambda s: {"password": s, "branch": f"-{s}-", "build_type": s})),
    "password as a key": (UNICODE, _with_body(lambda s: {"password": s, s: 1})),
    "password in text": (WORDS, _with_body(lambda s: {"branch": f"password={s}", "repo_url": f"token: {s}"})),
    "json in text": (WORDS, _with_body(lambda s: {"branch": json.dumps({"password": s})})),
    "user and password of a url": (
        WORDS,
        _with_body(lambda s: {"repo_url": f"https://robot:{s}@git.example.com/a.git", "build_type": "git"}),
    ),
    "token of a url": (WORDS, _with_body(lambda s: {"repo_url": f"https://{s}@git.example.com/a.git"})),
    "query of a url": (WORDS, _with_body(lambda s: {"repo_url": f"https://git.example.com/a.git?access_token={s}&a=b"})),
    "credentials without a scheme": (WORDS, _with_body(lambda s: {"repo_url": f"oauth2:{s}@git.example.com/a.git"})),
    "encoded password of a url": (
        SECRETS,
        _with_body(lambda s: {"repo_url": f"https://robot:{quote(s, safe='')}@git.example.com/a.git"}),
    ),
    "url in the query": (
        WORDS,
        lambda s: (f"{path()}?from={quote(f'https://robot:{s}@git.example.com/', safe='')}", [], b""),
    ),
    "url in the path": (WORDS, lambda s: (f"/{quote(f'https://robot:{s}@git.example.com', safe='')}", [], b"")),
    "form": (UNICODE, lambda s: (path(), [("Authorization", "t"), FORM], f"a=b&password={quote(s)}".encode())),
    "form without a type": (WORDS, lambda s: (path(), [("Authorization", "t")], f"password={s}&a=b".encode())),
    "multipart": (
        WORDS,
        lambda s: (
            path(),
            [("Content-Type", "multipart/form-data; boundary=B")],
            f'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s}\r\n--B--\r\n'.encode(),
        ),
    ),
    "broken json": (WORDS, lambda s: (path(), [("Authorization", "t"), JSON], f'{{"password": "{s}", '.encode())),
    "json cut inside": (WORDS, lambda s: (path(), [("Authorization", "t"), JSON], f'{{"password": "{s}'.encode())),
    "json with escapes in it": (
        WORDS,
        lambda s: (path(), [("Authorization", "t"), JSON], f'{{"\\u0070assword": "{s}", '.encode()),
    ),
    "utf-16": (WORDS, lambda s: (path(), [("Authorization", "t"), JSON], f'{{"password": "{s}"}}'.encode("utf-16"))),
    "not utf-8": (
        WORDS,
        lambda s: (path(), [("Authorization", "t"), JSON], f'{{"password": "{s}", "x": "'.encode() + b'\xff"}'),
    ),
    "registry password": (UNICODE, _with_body(lambda s: {"registry_password": s, "clientSecret": s})),
    "broken json with anything in it": (
        SECRETS,
        lambda s: (path(), [("Authorization", "t"), JSON], f'{{"password": {json.dumps(s)}, '.encode()),
    ),
    "yaml with blanks": (WORDS, lambda s: (path(), [("Content-Type", "a/b")], f"password: a {s} b\nc: d".encode())),
    "yaml": (WORDS, lambda s: (path(), [("Content-Type", "application/yaml")], f"a: b\npassword: {s}\nc: d".encode())),
    "xml": (WORDS, lambda s: (path(), [("Content-Type", "text/xml")], f"<a><password>{s}</password></a>".encode())),
}  # fmt: skip
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.mark.parametrize("place", ANYWHERE)
def test_a_secret_is_kept_nowhere(ask: Ask, place: str, caplog: pytest.LogCaptureFixture) -> None:
    secrets, put = ANYWHERE[place]
    caplog.set_level(logging.DEBUG)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(secrets)
    def check(secret: str) -> None:
        ask.own("POST", "reset")
        at, headers, body = put(secret)
        send(ask.url, "POST", at, [*headers, ("X-Mock-Session", ask.session)], body)
        assert len(ask.journal()) == 1

        kept = [ask.own("GET", "requests").body, ask.own("GET", "requests.har").body]
        kept.append(ask.own("POST", "verify", {"body": {"branch": "other"}, "count": 7}).body)
        for spelling in (secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            assert not [text for text in (*kept, caplog.text.encode()) if spelling.encode() in text]

    check()


def test_what_is_no_secret_is_kept(ask: Ask) -> None:
    body = {
        "build_type": "docker_image",
        "repo_url": "https://git.example.com/a.git",
        "username": "robot",
        "branch": "v1",
    }
    ask.build({**body, "password": "hunter2"}, ("X-CI-Job", "17"), at=path() + "?a=1")

    (entry,) = ask.journal()

    assert entry["body"] == {**body, "password": "***"}
    assert (entry["path"], entry["query"], entry["headers"]["x-ci-job"]) == (path(), "a=1", "17")
    assert entry["headers"]["authorization"] == "***"


def test_the_address_of_a_repository_stays_readable(ask: Ask) -> None:
    ask.build({"repo_url": "https://robot:hunter2@git.example.com/a.git"})

    (entry,) = ask.journal()

    assert entry["body"]["repo_url"] == "https://***@git.example.com/a.git"


def test_a_short_password_is_masked_where_it_stands_without_tearing_words_apart(ask: Ask) -> None:
    ask.build({"password": "a", "branch": "main"})

    (entry,) = ask.journal()

    assert entry["body"] == {"password": "***", "branch": "main"}


def test_a_reason_that_quotes_a_secret_shows_none_of_it(ask: Ask) -> None:
    ask.build({"password": "x", "build_type": "hunter2"}, token="hunter2")

    (entry,) = ask.journal()

    assert entry["problems"] == {"build_type": ["“***” 不是合法选项。"]}
