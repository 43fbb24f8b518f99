"""A user's own handlers answer in the stubs' place, and everything else holds for them too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.settings import Settings
from mock_server.web.factory import build_definition, build_service
from mock_server.web.serving.running import running
from tests.raw_http import RawAnswer, send

APP = Path(__file__).parent / "app.py"
EVENT_ID = "abc" + "0" * 28 + "7"
BUILD = "/openapi/v1/teams/abc/regions/rainbond/apps/7/services/5c000000000000000000000000000001/build"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(Settings(handlers=str(APP))) as mock:
        yield mock.url


def build(url: str, body: Any = None, *headers: tuple[str, str]) -> RawAnswer:
    given = [("Authorization", "any-token"), ("Content-Type", "application/json"), *headers]
    return send(url, "POST", BUILD, given, json.dumps(body or {}).encode())


def test_the_handler_gets_typed_parameters_and_answers(url: str) -> None:
    answer = build(url)

    assert (answer.status, json.loads(answer.body)) == (200, {"event_id": EVENT_ID})


def test_checks_come_before_the_handler(url: str) -> None:
    assert send(url, "POST", BUILD, [("Content-Type", "application/json")], b"{}").status == 401
    assert build(url, {"build_type": "helm"}).status == 400


def test_a_preferred_answer_comes_before_the_handler(url: str) -> None:
    assert build(url, None, ("Prefer", "code=409")).status == 409


def test_the_journal_knows_what_the_handler_answered(url: str) -> None:
    build(url, {"branch": "for the journal"})

    entry = json.loads(send(url, "GET", "/__mock__/requests?limit=1").body)["requests"][-1]

    assert entry["body"] == {"branch": "for the journal"}
    assert entry["status"] == 200


@pytest.mark.parametrize(
    ("branch", "told"),
    [
        ("undocumented", "buildComponent: the handler's answer breaks the contract: status 201 is not documented"),
        ("wrong", "body event_id: 12 is not of type"),
        ("text", "buildComponent: Returned content type (text/plain) is not defined"),
        ("raises", "buildComponent: LookupError: no such branch ("),
    ],
)
def test_what_the_contract_does_not_describe_is_a_clear_500(url: str, branch: str, told: str) -> None:
    answer = build(url, {"branch": branch})

    assert answer.status == 500
    assert told in json.loads(answer.body)["msg"]


def test_an_answer_that_the_handler_raises_is_one() -> None:
    with running(Settings(handlers=str(APP), validate_handlers=False)) as mock:
        assert build(mock.url, {"branch": "abort"}).status == 409
        assert build(mock.url, {"branch": "undocumented"}).status == 201


def test_handlers_are_called_without_the_compiled_way_too() -> None:
    with running(Settings(handlers=str(APP), compiled=False)) as mock:
        assert json.loads(build(mock.url).body) == {"event_id": EVENT_ID}


def test_handlers_go_on_when_files_have_changed() -> None:
    settings = Settings(handlers=str(APP), validate_handlers=False)
    service = build_service(settings, build_definition(settings))

    renewed = service.renewed(build_definition(settings), None)

    assert renewed.handlers == service.handlers
    assert "buildComponent" in renewed.handlers
    assert not renewed.validate_handlers
