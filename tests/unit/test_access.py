"""Who may use the mock's own endpoints."""

from __future__ import annotations

import base64

import pytest

from mock_server.engine.messages import Request
from mock_server.web.access import Access

JSON = ("Content-Type", "application/json")


def denied(access: Access, *headers: tuple[str, str], path: str = "/__mock__/reset", body: bytes = b"") -> int:
    denial = access.denial(Request.build("POST", path, headers, body))
    return denial.status if denial else 200


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:7070",
        "LOCALHOST.:7070",
        "a.localhost",
        "127.0.0.1:1",
        "10.1.2.3",
        "[::1]:7070",
        "ci.test",
    ],
)
def test_a_name_of_this_server_may_be_asked(host: str) -> None:
    assert denied(Access(["ci.test"]), ("Host", host)) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example:7070",
        "127.0.0.1.evil.example",
        "",
        "a, localhost",
        "[evil",
        "@localhost",
    ],
)
def test_a_name_that_somebody_else_made_lead_here_is_refused(host: str) -> None:
    assert denied(Access(["ci.test"]), ("Host", host)) == 403
    assert denied(Access(["*"]), ("Host", host)) == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:7070", 200),
        ("https://localhost:7070", 200),
        ("http://localhost:7071", 403),
        ("http://localhost", 403),
        ("http://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_only_the_mocks_own_pages_may_ask(origin: str, status: int) -> None:
    assert denied(Access(), ("Host", "localhost:7070"), ("Origin", origin)) == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/yaml", 200),
        ("application/problem+json", 200),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
        ("", 415),
    ],
)
def test_a_body_must_say_what_a_form_cannot(content_type: str, status: int) -> None:
    assert denied(Access(), ("Content-Type", content_type), body=b"{}") == status


def test_a_control_token_is_asked_for_everywhere_but_at_the_probe() -> None:
    access = Access(token="s3cret")
    basic = base64.b64encode(b"any:s3cret").decode()

    assert denied(access) == denied(access, ("Authorization", "Bearer other")) == 401
    assert denied(access, ("Authorization", "s3cret")) == denied(access, ("Authorization", "Basic x")) == 401
    assert (
        denied(access, ("Authorization", "Bearer s3cret")) == denied(access, ("authorization", f"basic {basic}")) == 200
    )
    assert denied(access, path="/__mock__/health") == 200


def test_what_belongs_to_the_contract_is_open_to_all() -> None:
    evil = (("Host", "evil.example"), ("Origin", "http://evil.example"), ("Content-Type", "text/plain"))

    assert denied(Access(token="s3cret"), *evil, path="/openapi/v1/x", body=b"x") == 200
