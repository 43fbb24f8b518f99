"""What scenarios answer, over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.engine.event_ids import event_id
from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.mock.build_request import APP, COMPONENT, REGION, TEAM, build, path

BUSY = {"name": "busy", "when": {"operation": "buildComponent"}, "answers": [{"example": "region-busy"}]}
IMAGE = {"build_type": "docker_image", "repo_url": "registry.example.com/acme/app:1.0"}

ISSUE = r"""
scenarios:
  - name: busy-then-accepted
    when:
      operation: buildComponent
      path: {service_id: 5c000000000000000000000000000001}
      headers: {x-ci-job: {present: true}}
      body: {/build_type: docker_image, /repo_url: {matches: '^registry\.'}}
    answers:
      - {example: region-busy, times: 2}
      - {example: accepted}
  - name: cut-off
    when: {operation: buildComponent, state: cluster-down}
    fault: reset
  - name: goes-down
    when: {operation: buildComponent, body: {/branch: break}}
    answers: [{example: build-failed}]
    set: cluster-down
"""


def test_answers_come_in_turn_and_the_last_one_repeats(ask: Ask) -> None:
    ask.scenarios(ISSUE)
    job = ("X-CI-Job", "17")

    assert ask.builds(5, IMAGE, job) == [409, 409, 200, 200, 200]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (IMAGE, []),
        (IMAGE | {"repo_url": "docker.example.com/x"}, [("X-CI-Job", "1")]),
        (IMAGE | {"build_type": "market"}, [("X-CI-Job", "1")]),
        (None, [("X-CI-Job", "1")]),
    ],
    ids=["no header", "another address", "another kind", "no body"],
)
def test_a_request_that_differs_in_one_thing_is_answered_as_ever(
    ask: Ask, body: object, headers: list[tuple[str, str]]
) -> None:
    ask.scenarios(ISSUE)

    assert ask.build(body, *headers).status == 200


def test_accepted_still_gets_its_deterministic_event_id(ask: Ask) -> None:
    ask.scenarios({"name": "yes", "answers": ["accepted"]})
    names = {"team_id": TEAM, "region_name": REGION, "app_id": int(APP), "service_id": COMPONENT}

    answer = ask.build(IMAGE)

    assert value(answer) == {"event_id": event_id("rainbond", "buildComponent", names, IMAGE)}


def test_the_state_changes_which_scenario_answers(ask: Ask) -> None:
    ask.scenarios(ISSUE)

    assert ask.build({"branch": "break"}).status == 507
    assert value(ask.own("GET", "state")) == {"state": "cluster-down"}
    with pytest.raises(ConnectionResetError):
        ask.build({"branch": "main"})
    assert ask.own("PUT", "state", {"state": "start"}).status == 200
    assert ask.build({"branch": "main"}).status == 200


def test_the_first_scenario_that_matches_answers(ask: Ask) -> None:
    ask.scenarios(BUSY, {**BUSY, "name": "second", "answers": ["build-failed"]})

    assert ask.build().status == 409


def test_a_scenario_comes_before_the_failure_modes_of_the_catalogue(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_text(
        "enterprises: [e]\ntokens: [{token: t0ken, user: u, enterprise: e}]\n"
        "regions: [{name: rainbond, answer: build-failed}]\n"
        "teams: [{id: t, name: citeam01, enterprise: e, regions: [rainbond],"
        " apps: [{id: 1, name: a, region: rainbond}],"
        f" components: [{{id: {COMPONENT}, alias: gr1, region: rainbond, app: 1}}]}}]\n"
    )
    with running(Settings(catalogue=catalogue)) as mock:
        ask = Ask(mock.url)
        assert ask.build(token="t0ken").status == 507
        ask.scenarios({**BUSY, "when": {"body": {"/branch": "x"}}})
        assert ask.build({"branch": "x"}, token="t0ken").status == 409
        assert ask.build({"branch": "y"}, token="t0ken").status == 507


def test_prefer_wins_over_a_scenario_and_takes_no_turn_of_it(ask: Ask) -> None:
    ask.scenarios({**BUSY, "answers": ["region-busy", "accepted"]})

    assert ask.build(None, ("Prefer", "example=build-failed")).status == 507
    assert ask.builds(2) == [409, 200]


def test_prefer_delay_alone_leaves_the_answer_to_the_scenario(ask: Ask) -> None:
    ask.scenarios(BUSY)

    answer = ask.build(None, ("Prefer", "delay=20ms"))

    assert (answer.status, answer.header("Preference-Applied")) == (409, "delay=20ms")
    assert ask.journal()[-1]["duration_ms"] >= 20


def test_prefer_can_choose_both_the_answer_and_its_delay(ask: Ask) -> None:
    answer = ask.build(None, ("Prefer", 'example=build-failed, delay="0.03s"'))

    assert (answer.status, answer.header("Preference-Applied")) == (507, "example=build-failed, delay=30ms")
    assert ask.journal()[-1]["duration_ms"] >= 30


@pytest.mark.parametrize("delay", ["soon", "-1s", "2d", "1h"])
def test_a_delay_that_cannot_be_is_refused_with_what_can(ask: Ask, delay: str) -> None:
    answer = ask.build(None, ("Prefer", f"delay={delay}"))

    assert answer.status == 400
    assert "allowed" in value(answer)["msg"]


def test_a_scenario_can_spell_out_its_answer(ask: Ask) -> None:
    body = {"code": 409, "msg": "still building", "msg_show": "稍后", "data": {"bean": {}, "list": []}}
    ask.scenarios({"name": "own", "answers": [{"status": 409, "body": body, "headers": {"Retry-After": "3"}}]})

    answer = ask.build()

    assert (answer.status, value(answer), answer.header("Retry-After")) == (409, body, "3")
    assert answer.header("Allow") == "POST, OPTIONS"  # what the contract declares is there all the same


def test_a_status_alone_gives_the_contracts_answer_for_it(ask: Ask) -> None:
    ask.scenarios({"name": "own", "answers": [{"status": 412}, {"status": 200}]})

    assert value(ask.build())["code"] == 10406
    assert set(value(ask.build())) == {"event_id"}


def test_an_answer_off_the_contract_must_say_so(ask: Ask) -> None:
    scenario = {"name": "teapot", "answers": [{"status": 418, "body": "tea"}]}

    assert ask.own("PUT", "scenarios", {"scenarios": [scenario]}).status == 422
    ask.scenarios({**scenario, "off_contract": True})
    assert (ask.build().status, value(ask.build())) == (418, "tea")


def test_requests_that_break_the_contract_are_refused_before_any_scenario(ask: Ask) -> None:
    ask.scenarios({**BUSY, "answers": ["region-busy", "accepted"]})

    assert ask.build({"build_type": "helm"}).status == 400
    assert ask.build(token=None).status == 401
    assert ask.builds(2) == [409, 200]  # no turn was taken


def test_even_invalid_answers_requests_that_break_the_contract(ask: Ask) -> None:
    ask.scenarios(
        {"name": "lax", "even_invalid": True, "when": {"body": {"/build_type": "helm"}}, "answers": ["accepted"]}
    )

    assert ask.build({"build_type": "helm"}).status == 200
    assert ask.build({"build_type": "helm"}, token=None).status == 200
    assert ask.build({"build_type": "svn"}).status == 400


def test_without_an_operation_a_scenario_may_answer_any_path_when_even_invalid(ask: Ask) -> None:
    down = {"code": 500, "msg": "x", "msg_show": "x", "data": {"bean": {}, "list": []}}
    ask.scenarios({"name": "all", "even_invalid": True, "answers": [{"status": 500, "body": down}]})

    assert ask.build(at="/nowhere").status == 500


def test_path_values_are_compared_as_the_contract_types_them(ask: Ask) -> None:
    ask.scenarios({**BUSY, "when": {"operation": "buildComponent", "path": {"app_id": 7}}})

    assert ask.build(at=path(app="7")).status == 409
    assert ask.build(at=path(app="%37")).status == 409
    assert ask.build(at=path(app="17")).status == 200


@pytest.mark.parametrize(
    ("matcher", "hits", "misses"),
    [
        ({"not": "main"}, ["dev"], ["main"]),
        ({"one_of": ["a", "b"]}, ["a", "b"], ["c"]),
        ({"contains": "rc"}, ["v1-rc2"], ["v1"]),
        ({"matches": "^v[0-9]+$"}, ["v12"], ["x", "v1b"]),
        ({"present": False}, [None], ["x"]),
        ({"matches": "^v", "not": "v1"}, ["v2"], ["v1", "w"]),
        ({"equals": "x"}, ["x"], ["X"]),
        ({"min": 2, "max": 5}, ["3"], ["1", "6", "many"]),
    ],
)
def test_matchers(ask: Ask, matcher: dict[str, object], hits: list[str | None], misses: list[str]) -> None:
    ask.scenarios({**BUSY, "when": {"body": {"/branch": matcher}}})

    assert {ask.build({} if value is None else {"branch": value}).status for value in hits} == {409}
    assert {ask.build({"branch": value}).status for value in misses} == {200}


def test_a_query_parameter_is_matched_by_any_of_its_values(ask: Ask) -> None:
    ask.scenarios({**BUSY, "when": {"query": {"dry": "yes"}}})

    assert ask.build(at=path() + "?dry=no&dry=yes").status == 409
    assert ask.build(at=path() + "?dry=no").status == 200


def test_scenarios_of_a_file_answer_in_every_session(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.yaml"
    file.write_text(ISSUE)
    with running(Settings(scenarios=file)) as mock:
        one, two = Ask(mock.url, "one"), Ask(mock.url, "two")

        assert one.builds(3, IMAGE, ("X-CI-Job", "1")) == [409, 409, 200]
        assert two.builds(3, IMAGE, ("X-CI-Job", "1")) == [409, 409, 200]
        assert build(mock.url, IMAGE, ("X-CI-Job", "1")).status == 409


def test_put_replaces_and_starts_over_post_adds_and_delete_takes_all_away(ask: Ask) -> None:
    sequence = {"name": "one", "answers": ["region-busy", "accepted"]}
    ask.scenarios(sequence)
    assert ask.builds(2) == [409, 200]

    ask.scenarios(sequence)
    assert ask.builds(2) == [409, 200]

    added = {"scenarios": [{"name": "two", "when": {"body": {"/branch": "x"}}, "answers": ["build-failed"]}]}
    assert ask.own("POST", "scenarios", added).status == 200
    assert [item["name"] for item in value(ask.own("GET", "scenarios"))["scenarios"]] == ["two", "one"]
    assert (ask.build().status, ask.build({"branch": "x"}).status) == (200, 507)  # the first one goes on

    assert ask.own("DELETE", "scenarios").status == 200
    assert value(ask.own("GET", "scenarios")) == {"scenarios": []}
    assert ask.build({"branch": "x"}).status == 200


def test_a_flaky_answer_stands_in_as_often_as_it_says_and_always_for_the_same_requests(ask: Ask) -> None:
    flaky = {"name": "flaky", "answers": [{"example": "region-error", "probability": 0.3}, {"example": "accepted"}]}
    ask.scenarios(flaky)
    first = ask.builds(60)
    ask.scenarios(flaky)

    assert ask.builds(60) == first
    assert set(first) == {500, 200}


def test_an_unlikely_answer_alone_leaves_the_rest_to_what_it_would_be(ask: Ask) -> None:
    ask.scenarios({"name": "never", "answers": [{"example": "region-error", "probability": 0}]})

    assert ask.builds(3) == [200, 200, 200]


def test_a_scenario_can_delay_alone(ask: Ask) -> None:
    ask.scenarios({"name": "slow", "delay": {"p50": "20ms", "p99": "30ms"}})

    assert ask.build().status == 200
    assert ask.journal()[-1]["duration_ms"] > 10
