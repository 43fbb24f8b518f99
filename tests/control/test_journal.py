"""What the journal keeps and how it is asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.control.har_schema import HAR
from tests.mock.build_request import TOKEN, path
from tests.raw_http import send

IMAGE = {"build_type": "docker_image", "repo_url": "registry.example.com/acme/app:1.0"}


def test_everything_about_a_request_is_kept(ask: Ask) -> None:
    ask.scenarios({"name": "yes", "answers": ["accepted"]})
    before = datetime.now(UTC)

    answer = ask.build(IMAGE, ("X-CI-Job", "17"), at=path(app="7") + "?dry=1")

    (entry,) = ask.journal()
    assert entry["event_id"] == value(answer)["event_id"]
    assert entry["headers"]["x-ci-job"] == "17"
    assert before - timedelta(seconds=1) < datetime.fromisoformat(entry["time"]) < datetime.now(UTC)
    assert entry["duration_ms"] > 0
    expected = {
        "session": ask.session,
        "operation": "buildComponent",
        "method": "POST",
        "path": path(app="7"),
        "path_parameters": {
            "team_id": "citeam01",
            "region_name": "rainbond",
            "app_id": 7,
            "service_id": "5c000000000000000000000000000001",
        },
        "query": "dry=1",
        "body": IMAGE,
        "valid": True,
        "problems": {},
        "refusal": None,
        "scenario": "yes",
        "status": 200,
        "example": "accepted",
        "fault": None,
    }
    assert {key: entry[key] for key in expected} == expected


def test_refusals_are_kept_with_their_reasons(ask: Ask) -> None:
    ask.build({"build_type": "helm", "branch": "x" * 256})
    ask.build(token=None)
    ask.build(b"{not json")
    ask.build(at="/nowhere")

    invalid, unknown, unreadable, nowhere = ask.journal()

    assert list(invalid["problems"]) == ["build_type", "branch"]
    assert (invalid["valid"], invalid["refusal"], invalid["status"]) == (False, "invalid-body", 400)
    assert (unknown["refusal"], unknown["status"], unknown["operation"]) == ("no-token", 401, "buildComponent")
    assert (unreadable["refusal"], unreadable["body"]) == ("parse-error", "{not json")
    assert (nowhere["refusal"], nowhere["operation"], nowhere["path"]) == ("unknown-path", None, "/nowhere")


def test_one_request_is_found_by_its_id_and_only_in_its_session(ask: Ask) -> None:
    ask.build(IMAGE)
    (entry,) = ask.journal()

    assert value(ask.own("GET", f"requests/{entry['id']}")) == entry
    assert ask.own("GET", "requests/999999999").status == 404
    assert Ask(ask.url, f"{ask.session}-other").own("GET", f"requests/{entry['id']}").status == 404


def test_filters(ask: Ask) -> None:
    ask.build(IMAGE)
    ask.build({"build_type": "helm"})
    ask.build(None, ("Prefer", "example=region-busy"))
    ask.build(at="/nowhere")
    everything = ask.journal()
    second = everything[1]

    def statuses(query: str) -> list[int]:
        return [entry["status"] for entry in ask.journal(query)]

    assert statuses("") == [200, 400, 409, 404]
    assert statuses("?status=409") == [409]
    assert statuses("?status=4XX") == [400, 409, 404]
    assert statuses("?valid=true") == [200, 409]
    assert statuses("?valid=false&operation=buildComponent") == [400]
    assert statuses("?limit=2") == [409, 404]
    assert statuses("?limit=0") == []
    assert statuses(f"?since={second['id']}") == [409, 404]
    assert statuses(f"?since={everything[0]['time']}") == [200, 400, 409, 404]
    assert statuses("?since=2999-01-01T00:00:00Z") == []
    assert statuses(f"?session={ask.session}-other") == []
    assert len(Ask(ask.url, "somebody").journal("?session=*")) >= 4


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?operatoin=x", "did you mean 'operation'?"),
        ("?operation=buildComponnt", "did you mean 'buildComponent'?"),
        ("?status=4x", "a status such as 409, or a range such as 4XX"),
        ("?valid=yes", "allowed: true, false"),
        ("?limit=-1", "allowed: a whole number"),
        ("?since=yesterday", "allowed: a request's id, or a time"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_with_what_is_allowed(ask: Ask, query: str, told: str) -> None:
    for endpoint in ("requests", "requests.har"):
        answer = ask.own("GET", endpoint + query)

        assert answer.status == 400
        assert told in value(answer)["msg"]


def test_all_wrong_filters_are_told_at_once(ask: Ask) -> None:
    assert len(value(ask.own("GET", "requests?limit=x&valid=x&satus=1"))["errors"]) == 3


def test_the_journal_can_be_emptied(ask: Ask) -> None:
    ask.build()

    assert ask.own("DELETE", "requests").status == 204
    assert ask.journal() == []


def test_the_mocks_own_endpoints_are_not_in_the_journal(ask: Ask) -> None:
    ask.own("GET", "scenarios")
    ask.own("GET", "health")

    assert ask.journal() == []


def test_the_oldest_entries_are_dropped_and_counted() -> None:
    with running(Settings(journal_size=3)) as mock:
        ask = Ask(mock.url)
        for number in range(5):
            ask.build({"branch": f"b{number}"})

        answer = value(ask.own("GET", "requests"))

        assert [entry["body"]["branch"] for entry in answer["requests"]] == ["b2", "b3", "b4"]
        assert (answer["total"], answer["dropped"]) == (3, 2)


def test_a_noisy_session_does_not_push_out_the_entries_of_another() -> None:
    with running(Settings(journal_size=4)) as mock:
        quiet, noisy = Ask(mock.url, "quiet"), Ask(mock.url, "noisy")
        quiet.build({"branch": "kept"})
        for _ in range(9):
            noisy.build()

        assert [entry["body"] for entry in quiet.journal()] == [{"branch": "kept"}]
        assert len(noisy.journal()) == 3


def test_without_a_journal_its_endpoints_say_so() -> None:
    with running(Settings(journal_size=0)) as mock:
        ask = Ask(mock.url)
        assert ask.build().status == 200

        for method, endpoint in (
            ("GET", "requests"),
            ("GET", "requests/1"),
            ("GET", "requests.har"),
            ("POST", "verify"),
        ):
            answer = ask.own(method, endpoint, {} if method == "POST" else None)
            assert (answer.status, "--journal-size" in answer.body.decode()) == (409, True)


def test_a_preflight_is_kept_without_an_operation(ask: Ask) -> None:
    headers = [("Origin", "http://a"), ("Access-Control-Request-Method", "POST"), ("X-Mock-Session", ask.session)]
    send(ask.url, "OPTIONS", path(), headers)

    (entry,) = ask.journal()

    assert (entry["method"], entry["operation"], entry["status"]) == ("OPTIONS", None, 200)


def test_the_archive_is_valid_har(ask: Ask) -> None:
    ask.build(IMAGE, at=path() + "?a=1&a=2")
    ask.build(token=None)
    ask.build(b"\xff\xfe")

    archive = value(ask.own("GET", "requests.har"))

    jsonschema.Draft7Validator(HAR, format_checker=jsonschema.FormatChecker()).validate(archive)
    first = archive["log"]["entries"][0]
    assert first["request"]["url"] == f"{ask.url}{path()}?a=1&a=2"
    assert json.loads(first["request"]["postData"]["text"]) == IMAGE
    assert first["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]
    assert TOKEN not in json.dumps(archive)


def test_a_body_too_long_to_keep_leaves_its_size() -> None:
    with running(Settings(profile="console")) as mock:
        ask = Ask(mock.url)
        ask.build({"x": "y" * 100_000})

        (entry,) = ask.journal()

    assert (entry["body"], entry["body_size"]) == (None, 100_009)
    assert "65536" in entry["body_left_out"]
