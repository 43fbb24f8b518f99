"""One mock, many tests at once: nothing of one session shows in another."""

from __future__ import annotations

import json

import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.mock.build_request import build, path
from tests.raw_http import send

SEQUENCE = {"name": "once", "answers": ["region-busy", "accepted"], "set": "later"}


def test_everything_is_scoped_to_the_session(ask: Ask) -> None:
    other = Ask(ask.url, f"{ask.session}-other")
    ask.scenarios(SEQUENCE)

    assert (ask.builds(2), other.builds(2)) == ([409, 200], [200, 200])
    assert (len(ask.journal()), len(other.journal())) == (2, 2)
    assert value(ask.own("GET", "state")) == {"state": "later"}
    assert value(other.own("GET", "state")) == {"state": "start"}
    assert value(other.own("GET", "scenarios")) == {"scenarios": []}
    other.own("POST", "reset")
    assert len(ask.journal()) == 2


def test_sequence_ids_are_scoped_to_the_session() -> None:
    with running(Settings(event_ids="sequence")) as mock:
        one, two = Ask(mock.url, "one"), Ask(mock.url, "two")

        first, second = value(one.build()), value(one.build())

        assert first != second
        assert value(two.build()) == first
        one.own("POST", "reset")
        assert value(one.build()) == first


def test_without_a_header_it_is_the_default_session(shared_url: str) -> None:
    build(shared_url, {"branch": "in-the-default"})

    assert {"branch": "in-the-default"} in [entry["body"] for entry in Ask(shared_url, "default").journal()]


def test_a_session_has_base_urls_for_clients_that_send_no_header(ask: Ask) -> None:
    session = "tests/test_a.py::test[ü %41]".encode().decode("ascii", "ignore")
    base = ask.url + "/__mock__/sessions/" + "tests%2Ftest_a.py%3A%3Atest%5B%20%2541%5D"

    answer = build(ask.url, {"branch": "x"}, at=base.removeprefix(ask.url) + path())

    assert answer.status == 200
    (entry,) = Ask(ask.url, session).journal()
    assert (entry["path"], entry["session"]) == (path(), session)
    through = send(ask.url, "GET", base.removeprefix(ask.url) + "/__mock__/requests")
    assert json.loads(through.body)["requests"] == [entry]


@pytest.mark.parametrize("name", ["*", "x" * 201, " ", "tab\tbed", "ü"])
def test_a_name_that_no_session_can_have_is_refused(ask: Ask, name: str) -> None:
    if name == " ":
        name = "a\x0bb"
    answer = send(ask.url, "GET", "/__mock__/state", [("X-Mock-Session", name)])

    assert answer.status == 400


def test_a_session_can_be_ended(ask: Ask) -> None:
    ask.scenarios(SEQUENCE)
    ask.build()
    assert ask.session in value(ask.own("GET", "sessions"))["sessions"]

    send(ask.url, "DELETE", f"/__mock__/sessions/{ask.session}")

    assert ask.session not in value(ask.own("GET", "sessions"))["sessions"]
    assert ask.build().status == 200


def test_looking_at_a_session_does_not_make_one(ask: Ask) -> None:
    for endpoint in ("scenarios", "state", "requests", "requests.har"):
        ask.own("GET", endpoint)

    assert ask.session not in value(ask.own("GET", "sessions"))["sessions"]


def test_of_too_many_sessions_the_one_idle_longest_goes() -> None:
    with running(Settings(max_sessions=2)) as mock:
        for name in ("one", "two", "one", "three"):
            Ask(mock.url, name).build()

        assert value(Ask(mock.url).own("GET", "sessions")) == {"sessions": ["one", "three"]}
        assert Ask(mock.url, "two").journal() == []


def test_a_browser_may_send_the_header(ask: Ask) -> None:
    headers = [("Origin", "http://a"), ("Access-Control-Request-Method", "POST")]

    answer = send(ask.url, "OPTIONS", path(), headers)

    assert "x-mock-session" in (answer.header("Access-Control-Allow-Headers") or "")


@pytest.mark.parametrize("body", ['{"state": 1}', "{}", '{"state": ""}', '{"state": "a", "x": 1}', "[1]", "not json"])
def test_a_state_that_is_no_name_is_refused(ask: Ask, body: str) -> None:
    assert ask.own("PUT", "state", body).status == 422


def test_methods_that_an_endpoint_has_not_are_named(ask: Ask) -> None:
    answer = ask.own("PATCH", "scenarios")

    assert (answer.status, answer.header("Allow")) == (405, "GET, PUT, POST, DELETE, HEAD")
