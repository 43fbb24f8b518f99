"""Scenarios that cannot be: every fault at once, each with its place, its value, what is allowed, the nearest word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document.source import SourceError
from mock_server.contract.loader import load_contract
from mock_server.loaders.scenarios import load_scenarios
from tests.control.asking import Ask

CLI = [sys.executable, "-m", "mock_server.cli", "serve", "--port", "0", "--scenarios"]


def _refused(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "scenarios.yaml"
    file.write_text(text)
    ended = subprocess.run([*CLI, str(file)], check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr.replace(f"{tmp_path}/", "").removeprefix("rainbond-mock: ").splitlines()


def test_all_faults_of_a_file_are_told_at_once_and_the_server_does_not_start(tmp_path: Path) -> None:
    text = """\
scenarios:
  - name: one
    when:
      operation: buildComponnt
      path: {servce_id: x}
    answers:
      - {example: region-bus}
      - {example: accepted, tmes: 2}
  - name: one
    fault: resett
    delay: {p50: 2s, p99: 1s}
  - answers: [{status: 409, body: {code: busy}}]
"""
    assert _refused(tmp_path, text) == [
        "scenarios.yaml:4: operation: unknown 'buildComponnt' (did you mean 'buildComponent'?);"
        " allowed: buildComponent",
        "scenarios.yaml:5: path: unknown 'servce_id' (did you mean 'service_id'?);"
        " allowed: team_id, region_name, app_id, service_id",
        "scenarios.yaml:7: example: buildComponent has no 'region-bus' (did you mean 'region-busy'?);"
        f" allowed: {', '.join(example.name for example in load_contract().operations[0].examples)}",
        "scenarios.yaml:8: unknown key 'tmes' (did you mean 'times'?); allowed: example, status, body, headers, times,"
        " probability, delay, fault, off_contract",
        "scenarios.yaml:9: name: 'one' stands twice; first in scenarios.yaml:2",
        "scenarios.yaml:10: fault: unknown 'resett' (did you mean 'reset'?);"
        " allowed: reset, empty, truncate, garbage, hang",
        "scenarios.yaml:11: delay: p99: 1s is less than p50, 2s",
        "scenarios.yaml:12: the scenario has no name",
        'scenarios.yaml:12: body /code: "busy" is not of type "integer" (off_contract: true would allow it)',
        'scenarios.yaml:12: body: "msg" is a required property (off_contract: true would allow it)',
        'scenarios.yaml:12: body: "msg_show" is a required property (off_contract: true would allow it)',
        'scenarios.yaml:12: body: "data" is a required property (off_contract: true would allow it)',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "scenarios.yaml:1: the file is empty"),
        ("- x", "scenarios.yaml:1: a list is not allowed; allowed: a mapping with scenarios"),
        ("scenarios: {a: b}", "scenarios: a mapping is not allowed; allowed: a list"),
        ("scenario: []", "unknown key 'scenario' (did you mean 'scenarios'?)"),
        ("scenarios: [x]", "scenarios: 'x' is not allowed; allowed: a mapping with name, when, answers"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "scenarios.yaml"
    file.write_text(text)

    with pytest.raises(SourceError) as refused:
        load_scenarios(file, load_contract())

    (line,) = str(refused.value).splitlines()
    assert told in line


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "scenarios.yaml").write_text("scenarios: []")

    with pytest.raises(SourceError, match=r"did you mean 'scenarios\.yaml'\?"):
        load_scenarios(tmp_path / "scenarois.yaml", load_contract())


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ({"name": "x"}, "the scenario does nothing"),
        ({"name": 1, "answers": ["accepted"]}, "name: 1 is not allowed; allowed: text that is not empty; quote it"),
        ({"name": "x", "answers": []}, "answers: an empty list is not allowed; allowed: a list that is not empty"),
        ({"name": "x", "answers": [{}]}, "the answer says nothing"),
        ({"name": "x", "answers": [1]}, "answers: 1 is not allowed; allowed: text or a mapping with example, status"),
        ({"name": "x", "answers": [{"example": "accepted", "status": 200}]}, "not both"),
        ({"name": "x", "answers": [{"status": 99}]}, "status: 99 is not allowed; allowed: a whole number from 100"),
        ({"name": "x", "answers": [{"status": 418}]}, "never answers 418; allowed: 200, 400"),
        ({"name": "x", "answers": [{"example": "accepted", "times": 0}]}, "times: 0 is not allowed"),
        ({"name": "x", "answers": [{"example": "accepted", "probability": 2}]}, "probability: 2 is not allowed"),
        ({"name": "x", "answers": [{"example": "accepted", "probability": 0.5, "times": 2}]}, "takes no turn"),
        ({"name": "x", "answers": [{"status": 200, "body": {"event_id": "X"}}]}, "body /event_id"),
        ({"name": "x", "answers": [{"status": 409, "headers": {"X-Frame-Options": "ALLOW"}}]}, "allowed: ['DENY']"),
        ({"name": "x", "answers": [{"status": 409, "headers": {"A": "b\r\nC: d"}}]}, "is not a header's text"),
        ({"name": "x", "answers": [{"status": 409, "body": "", "headers": {"Content-Type": "a/b"}}]}, "never a/b"),
        ({"name": "x", "fault": "hang", "delay": "3 weeks"}, "allowed: a number with its unit"),
        ({"name": "x", "fault": "hang", "delay": "2h"}, "too long; allowed: at most 300s"),
        ({"name": "x", "fault": "hang", "delay": {"p50": "1s"}}, "the delay has no p99; write it as {p50, p99}"),
        ({"name": "x", "fault": "hang", "even_invalid": "yes"}, "allowed: true, false"),
        ({"name": "x", "fault": "hang", "set": 3}, "set: 3 is not allowed; allowed: text; quote it"),
        ({"name": "x", "fault": "hang", "when": "always"}, "when: 'always' is not allowed; allowed: a mapping"),
        ({"name": "x", "fault": "hang", "when": {"path": {"app_id": "one"}}}, "not a value of the contract's type"),
        ({"name": "x", "fault": "hang", "when": {"path": {"service_id": 50}}}, "as the contract has it; quote it"),
        ({"name": "x", "fault": "hang", "when": {"body": {"/build_type": "helm"}}}, "allowed: source_code"),
        ({"name": "x", "fault": "hang", "when": {"body": {"/build_typ": "x"}}}, "did you mean 'build_type'?"),
        ({"name": "x", "fault": "hang", "when": {"body": {"/branch": {"mtches": "x"}}}}, "did you mean '$matches'?"),
        ({"name": "x", "fault": "hang", "when": {"body": {"/open": {"min": 3}}}}, "allowed: $min for the matcher"),
        ({"name": "x", "fault": "hang", "when": {"body": {"/branch": {"matches": 3}}}}, "not a regular expression"),
        ({"name": "x", "fault": "hang", "when": {"headers": {"a": {"presnt": True}}}}, "did you mean '$present'?"),
        ({"name": "x", "fault": "hang", "when": {"headers": "x"}}, "headers: 'x' is not allowed; allowed: a mapping"),
    ],
)  # fmt: skip
def test_scenarios_that_are_put_are_checked_alike(ask: Ask, scenario: dict[str, Any], told: str) -> None:
    answer = ask.own("PUT", "scenarios", {"scenarios": [scenario]})

    assert answer.status == 422
    assert told in "\n".join(json.loads(answer.body)["errors"])
    assert json.loads(ask.own("GET", "scenarios").body) == {"scenarios": []}  # nothing was changed


def test_a_password_in_a_scenario_is_not_shown_in_errors(ask: Ask) -> None:
    scenario = {"name": "x", "fault": "hang", "when": {"body": {"/password": "x" * 200 + "hunter2" + "y" * 100}}}

    answer = ask.own("PUT", "scenarios", {"scenarios": [scenario]})

    assert answer.status == 422
    assert "hunter2" not in answer.body.decode()
    assert "xxxx" not in answer.body.decode()


@pytest.mark.parametrize(
    "text",
    ["a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)), "a: &a [*a]"],
    ids=["doubling", "holding itself"],
)
def test_a_text_made_to_be_endless_is_refused(ask: Ask, text: str) -> None:
    answer = ask.own("PUT", "scenarios", text)

    assert answer.status == 422
    assert "aliases (*name) that stand for themselves, or, written out, for more" in json.loads(answer.body)["msg"]


def test_aliases_are_read(ask: Ask) -> None:
    text = """
    scenarios:
      - {name: one, when: &image {body: {/build_type: docker_image}}, answers: [region-busy]}
      - {name: two, when: *image, answers: [accepted]}
    """

    assert ask.own("PUT", "scenarios", text).status == 200


@pytest.mark.parametrize("depth", [300, 700, 5000])
def test_a_text_that_is_nested_too_deeply_is_refused(ask: Ask, depth: int) -> None:
    deep = '{"x": ' * depth + "1" + "}" * depth

    scenarios = f'{{"scenarios": [{{"name": "x", "fault": "hang", "when": {{"body": {deep}}}}}]}}'
    assert ask.own("PUT", "scenarios", scenarios).status in (200, 422)
    assert ask.own("POST", "verify", f'{{"body": {deep}}}').status in (400, 422)
