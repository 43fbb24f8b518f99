"""A changed file is taken over while the mock serves; a broken one is told, and the last good version goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mock_server.contract.builtin import default_spec
from tests.control.asking import Ask
from tests.control.mock_process import MockProcess, serving
from tests.raw_http import send

CONTRACT = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: createOrder
      responses: {"201": {$ref: "answers.yaml#/created"}}
"""
ANSWERS = """
created: {description: created, content: {application/json: {example: {id: FIRST}}}}
"""
SCENARIOS = "scenarios: [{name: busy, answers: [{status: 201, body: {id: scripted}}]}]"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[MockProcess]:
    (tmp_path / "shop.yaml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    with serving("--spec", str(tmp_path / "shop.yaml")) as mock:
        yield mock


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def ordered(mock: MockProcess, session: str = "default") -> str:
    answer = send(mock.url, "POST", "/orders", [("X-Mock-Session", session)])
    return str(json.loads(answer.body).get("id"))


def health(mock: MockProcess) -> str:
    return str(json.loads(Ask(mock.url).own("GET", "health").body)["reload"])


def test_a_file_that_the_contract_refers_to_is_taken_over_and_sessions_stay(shop: MockProcess, tmp_path: Path) -> None:
    assert ordered(shop) == "FIRST"
    scripted = Ask(shop.url, "scripted")
    scripted.scenarios(SCENARIOS)
    scripted.own("PUT", "state", {"state": "later"})

    (tmp_path / "answers.yaml").write_text(ANSWERS.replace("FIRST", "SECOND"), encoding="utf-8")

    until(lambda: ordered(shop) == "SECOND")
    assert ordered(shop, "scripted") == "scripted"
    assert json.loads(scripted.own("GET", "state").body) == {"state": "later"}
    assert len(scripted.journal()) == 1
    assert health(shop) == "ok"


def test_a_broken_edit_is_told_and_the_last_good_version_goes_on(shop: MockProcess, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(CONTRACT.replace("operationId:", "operationID:\n  - ["), encoding="utf-8")

    until(lambda: health(shop) != "ok")

    assert "shop.yaml" in health(shop)
    assert ordered(shop) == "FIRST"
    assert shop.process.stderr
    assert "not reloaded, the last good version goes on: " in shop.process.stderr.readline()

    (tmp_path / "shop.yaml").write_text(CONTRACT, encoding="utf-8")
    until(lambda: health(shop) == "ok")


def test_a_file_that_is_replaced_or_gone_for_a_moment_is_taken_over_too(shop: MockProcess, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").unlink()
    until(lambda: health(shop) != "ok")

    other = tmp_path / "written-beside"
    other.write_text(ANSWERS.replace("FIRST", "THIRD"), encoding="utf-8")
    other.replace(tmp_path / "answers.yaml")

    until(lambda: ordered(shop) == "THIRD")


def test_catalogue_and_scenarios_are_watched_by_every_worker(tmp_path: Path) -> None:
    catalogue, scenarios = tmp_path / "catalogue.yaml", tmp_path / "scenarios.yaml"
    catalogue.write_text(Path("examples/catalogue.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    scenarios.write_text("scenarios: []", encoding="utf-8")
    with serving("--workers", "2", "--catalogue", str(catalogue), "--scenarios", str(scenarios)) as mock:
        scenarios.write_text(
            "scenarios: [{name: all, even_invalid: true, answers: [{status: 503, off_contract: true}]}]",
            encoding="utf-8",
        )

        until(lambda: Ask(mock.url).builds(10) == [503] * 10)


def test_no_reload_leaves_the_first_version(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(default_spec().read_bytes())
    with serving("--spec", str(spec), "--no-reload") as mock:
        spec.write_text("broken: [", encoding="utf-8")

        assert Ask(mock.url).build().status == 200
        assert health(mock) == "ok"
