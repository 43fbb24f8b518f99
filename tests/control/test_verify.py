"""`POST /__mock__/verify`: an assertion for any pipeline."""

from __future__ import annotations

import subprocess

import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.mock.build_request import path
from tests.raw_http import send

IMAGE = {"build_type": "docker_image", "repo_url": "registry.example.com/acme/app:1.0"}


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"operation": "buildComponent"},
        {"operation": "buildComponent", "count": 3},
        {"count": {"min": 1, "max": 3}},
        {"count": {"max": 3}, "unmatched": 0},
        {"body": {"build_type": "docker_image"}, "count": 2, "unmatched": 1},
        {"body": {"/repo_url": {"matches": r"^registry\."}}, "count": 2},
        {"body": {"branch": "dev"}, "count": 1, "unmatched": {"min": 2, "max": 2}},
        {"path": {"app_id": 2}, "count": 1},
        {"path": {"app_id": "2"}, "count": 1},
        {"headers": {"X-CI-Job": "17"}, "count": 1},
        {"headers": {"authorization": {"present": True}}, "count": 3},
        {"body": {"build_type": "helm"}, "count": 0},
        {"query": {"dry": {"present": False}}, "count": 3},
    ],
)
def test_what_holds_is_200(ask: Ask, expected: dict[str, object]) -> None:
    ask.build(IMAGE, ("X-CI-Job", "17"))
    ask.build(IMAGE, at=path(app="2"))
    ask.build({"branch": "dev"})

    status, verdict = ask.verify(**expected)

    assert (status, verdict["holds"]) == (200, True), verdict


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"count": 2}, "expected exactly 2 matching, got 1"),
        ({"count": {"min": 2}}, "expected at least 2 matching, got 1"),
        ({"count": 0}, "expected exactly 0 matching, got 1"),
        ({"count": {"min": 2, "max": 5}}, "expected 2 to 5 matching, got 1"),
        ({"body": {"build_type": "market"}}, "body /build_type: expected 'market', got 'docker_image'"),
        ({"body": {"branch": "x"}}, "body /branch: expected 'x', got nothing"),
        ({"headers": {"x-ci-job": {"matches": "^1"}}}, "headers x-ci-job: expected text matching '^1', got nothing"),
        ({"path": {"app_id": 2}}, "path app_id: expected '2', got '1'"),
        ({"body": {"build_type": "market"}, "count": 0, "unmatched": 0}, "others: expected exactly 0, got 1"),
    ],
)
def test_what_does_not_hold_is_422_and_says_how(ask: Ask, expected: dict[str, object], told: str) -> None:
    ask.build(IMAGE)

    status, verdict = ask.verify(**expected)

    assert (status, verdict["holds"]) == (422, False)
    assert told in verdict["message"]


def test_the_nearest_requests_come_first(ask: Ask) -> None:
    ask.build({"branch": "far"})
    ask.build({**IMAGE, "branch": "near"})
    ask.build(at="/nowhere")

    _, verdict = ask.verify(operation="buildComponent", body={**IMAGE, "branch": "wanted"})

    assert [item["body"] for item in verdict["nearest"]] == [{**IMAGE, "branch": "near"}, {"branch": "far"}, None]
    assert verdict["nearest"][0]["differences"] == ["body /branch: expected 'wanted', got 'near'"]


def test_an_empty_journal_is_told(ask: Ask) -> None:
    _, verdict = ask.verify(operation="buildComponent")

    assert "no request came in this session" in verdict["message"]


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"operaton": "x"}, "did you mean 'operation'?"),
        ({"operation": "buildComponnt"}, "did you mean 'buildComponent'?"),
        ({"count": -1}, "count: -1 is not allowed; allowed: a whole number from 0 or a mapping with min, max"),
        ({"count": {"least": 1}}, "unknown key 'least'"),
        ({"count": {"min": 3, "max": 1}}, "min 3 is more than max 1"),
        ({"path": {"app": 1}}, "did you mean 'app_id'?"),
        ({"body": {"branch": {"matches": "("}}}, "is not a regular expression"),
        ({"headers": {"Authorization": "x"}}, "the journal masks it"),
        ({"body": {"password": "x"}}, "the journal masks it"),
    ],
)
def test_an_expectation_that_means_nothing_is_400_with_what_is_allowed(
    ask: Ask, expected: dict[str, object], told: str
) -> None:
    status, answer = ask.verify(**expected)

    assert status == 400
    assert told in answer["msg"]


def test_a_body_that_is_no_json_is_400(ask: Ask) -> None:
    assert ask.own("POST", "verify", "{count: 1").status == 400
    assert ask.own("POST", "verify", "[]").status == 400


def test_what_was_dropped_proves_nothing() -> None:
    with running(Settings(journal_size=2)) as mock:
        ask = Ask(mock.url)
        ask.builds(3)

        assert ask.verify(count=2)[0] == 409
        assert "1 older requests were dropped" in ask.verify(count=2)[1]["message"]
        assert ask.verify(count={"min": 2})[0] == 200  # those that are left suffice


def test_preflights_are_not_counted_as_unmatched(ask: Ask) -> None:
    headers = [("Origin", "http://a"), ("Access-Control-Request-Method", "POST"), ("X-Mock-Session", ask.session)]
    send(ask.url, "OPTIONS", path(), headers)
    ask.build()

    assert ask.verify(operation="buildComponent", count=1, unmatched=0)[0] == 200


def test_curl_fails_where_the_expectation_does(ask: Ask) -> None:
    ask.build(IMAGE)
    command = ["curl", "-sSf", "-H", f"X-Mock-Session: {ask.session}", f"{ask.url}/__mock__/verify", "--json"]

    held = subprocess.run([*command, '{"operation": "buildComponent", "count": 1}'], check=False, capture_output=True)
    failed = subprocess.run([*command, '{"operation": "buildComponent", "count": 2}'], check=False, capture_output=True)

    assert (held.returncode, failed.returncode) == (0, 22)


def test_reset_forgets_journal_progress_and_state_but_not_the_scenarios(ask: Ask) -> None:
    ask.scenarios({"name": "once", "answers": ["region-busy", "accepted"], "set": "later"})
    ask.builds(2)

    assert ask.own("POST", "reset").status == 204

    assert ask.journal() == []
    assert value(ask.own("GET", "state")) == {"state": "start"}
    assert ask.builds(2) == [409, 200]


def test_what_was_lost_is_never_taken_for_what_did_not_happen() -> None:
    with running(Settings(max_sessions=2)) as mock:
        one = Ask(mock.url, "one")
        for session in ("one", "two", "three"):
            Ask(mock.url, session).build(IMAGE)

        status, verdict = one.verify(operation="buildComponent", count=0)

        assert (status, verdict["holds"]) == (409, None)
        assert "raise --max-sessions" in verdict["message"]
        one.build(IMAGE)
        assert one.verify(count={"max": 5})[0] == 409
        assert one.verify(count={"min": 1})[0] == 200
        one.own("DELETE", "requests")
        assert one.verify(operation="buildComponent", count=0)[0] == 200
