"""`rainbond-verify traffic`: archives of browsers, proxies and journals, odd ones included, judged by the contract."""

from __future__ import annotations

import base64
import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contract_tests.cli import main
from contract_tests.traffic.archive import Recorded, entries
from contract_tests.traffic.judging import Judge
from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract

URL = "https://api.example/v1/things"
CONTRACT = """\
openapi: 3.0.3
info: {title: Things, version: '1'}
servers: [{url: /v1}]
paths:
  /things:
    post:
      operationId: addThing
      security: [{key: []}]
      parameters: [{name: size, in: query, schema: {type: integer, maximum: 9}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '200':
          description: ok
          headers: {X-Total: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '400': {description: no}
components:
  schemas:
    Thing: {type: object, required: [name], properties: {name: {type: string, maxLength: 5}}}
  securitySchemes:
    key: {type: apiKey, in: header, name: Authorization}
"""
SECRET = "0f3c1b9a7d5e4f6081726354a9b8c7d6"


def entry(body: Any = None, status: int = 200, answer: Any = None, **parts: Any) -> dict[str, Any]:
    """An entry as browsers write it."""
    text = json.dumps({"name": "a"} if body is None else body)
    content = {
        "size": 12,
        "mimeType": "application/json",
        "text": json.dumps({"name": "b"} if answer is None else answer),
    }
    headers = [(":method", "POST"), ("content-type", "application/json"), ("authorization", SECRET)]
    return {
        "startedDateTime": "2026-11-28T10:00:00Z",
        "time": 12.5,
        "request": {
            "method": parts.get("method", "POST"),
            "url": parts.get("url", URL),
            "httpVersion": "h2",
            "headers": [{"name": name, "value": value} for name, value in parts.get("sent", headers)],
            "postData": parts.get("posted", {"mimeType": "application/json", "text": text}),
            "bodySize": len(text),
        },
        "response": {
            "status": status,
            "httpVersion": "h2",
            "headers": [{"name": name, "value": value} for name, value in (
                (":status", "200"), ("content-type", "application/json"), ("x-total", "1"), *parts.get("headers", ()))],
            "content": parts.get("content", content),
            "bodySize": 12,
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "things.yaml"
    path.write_text(CONTRACT)
    return path


@pytest.fixture(scope="module")
def contract(things: Path) -> Contract:
    return load_contract(things)


def archive(folder: Path, *found: Any) -> Path:
    path = folder / "session.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "t"}, "entries": found}}))
    return path


def judged(contract: Contract, folder: Path, *found: Any, base_url: str = "") -> Judge:
    judge = Judge(contract, base_url)
    judge.take(entries(archive(folder, *found)))
    return judge


def checks(contract: Contract, folder: Path, *found: Any) -> set[str]:
    return {finding.check for finding in judged(contract, folder, *found).result("t").findings}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["traffic", *map(str, arguments)])


CONFORMING = {
    "a request and its answer": entry(),
    "a documented refusal": entry({"name": "too long"}, 400, content={"size": 0}),
    "credentials that the browser left out": entry(sent=[("content-type", "application/json")]),
    "no body kept": entry(content={"size": 12, "mimeType": "application/json"}),
    "base64": entry(content={"size": 12, "encoding": "base64", "text": base64.b64encode(b'{"name": "b"}').decode()}),
    "compressed, decoded by the browser": entry(headers=[("content-encoding", "gzip"), ("content-length", "3")]),
    "compressed, kept as it came": entry(
        headers=[("content-encoding", "gzip")],
        content={"encoding": "base64", "text": base64.b64encode(gzip.compress(b'{"name": "b"}')).decode()},
    ),
    "not modified": entry(status=304, content={"size": 0}, sent=[("if-none-match", '"a"')]),
    "a masked body": entry({"name": "***and more"}, answer={"name": "***and more"}),
    "the body that was sent is missing": entry(posted={}),
}


@pytest.mark.parametrize("found", CONFORMING.values(), ids=list(CONFORMING))
def test_what_conforms_or_cannot_be_told_is_no_finding(contract: Contract, tmp_path: Path, found: Any) -> None:
    judge = judged(contract, tmp_path, found)

    assert (judge.judged, list(judge.result("t").findings)) == (1, [])


VIOLATIONS = {
    "answer-schema": entry(answer={"name": "too long"}),
    "answer-status": entry(status=418, content={"size": 0}),
    "server-error": entry(status=500, content={"size": 0}),
    "answer-not-json": entry(content={"text": "<html>"}),
    "answer-media-type": entry(content={"text": "x"}, headers=[("content-type", "text/plain")]),
    "type-not-enforced": entry(url=f"{URL}?size=10"),
    "secret-in-answer": entry(answer={"name": "a", "echo": SECRET}),
    "method-not-refused": entry(method="PUT"),
    "media-type-not-enforced": entry(sent=[("content-type", "text/plain")]),
}


@pytest.mark.parametrize(("check", "found"), VIOLATIONS.items(), ids=list(VIOLATIONS))
def test_what_breaks_the_contract_is_found_by_the_verifiers_own_check(
    contract: Contract, tmp_path: Path, check: str, found: Any
) -> None:
    assert check in checks(contract, tmp_path, found)


def test_a_missing_header_counts_only_where_the_archive_keeps_headers(contract: Contract, tmp_path: Path) -> None:
    without = entry()
    without["response"]["headers"] = [{"name": "content-type", "value": "application/json"}]
    others = entry()
    others["response"]["headers"] = [*without["response"]["headers"], {"name": "date", "value": "today"}]

    assert checks(contract, tmp_path, without) == set()
    assert checks(contract, tmp_path, others) == {"answer-header"}


def test_alike_findings_are_one_with_how_often_it_was_seen(contract: Contract, tmp_path: Path) -> None:
    judge = judged(contract, tmp_path, entry(), *[entry(answer={"name": "too long"})] * 3)

    (finding,) = judge.result("t").findings
    assert (finding.check, finding.times, finding.purpose) == ("answer-schema", 3, f"entry 2, POST {URL}")


def test_what_is_no_exchange_of_the_contract_is_counted(contract: Contract, tmp_path: Path) -> None:
    socket = entry(url="wss://api.example/v1/things", status=101)
    found = (
        entry(),
        entry(url="https://cdn.example/app.js"),
        socket,
        entry(status=0),
        entry(method="OPTIONS"),
        {"a": 1},
    )

    judge = judged(contract, tmp_path, *found)

    tally = judge.tally
    assert (judge.judged, dict(tally.elsewhere)) == (1, {"https://cdn.example": 1})
    assert (tally.streams, tally.unanswered, tally.preflights, tally.unreadable) == (1, 1, 1, 1)


def test_a_base_url_says_where_the_api_is_and_what_else_is_not(contract: Contract, tmp_path: Path) -> None:
    found = (entry(url="https://api.example/gateway/things"), entry(url="https://other.example/v1/things"))

    judge = judged(contract, tmp_path, *found, base_url="https://api.example/gateway/")

    assert (judge.judged, judge.tally.elsewhere.total()) == (1, 1)


def test_the_secret_of_a_request_stands_in_no_report(things: Path, tmp_path: Path) -> None:
    file, report = archive(tmp_path, entry(answer={"name": "b", "echo": SECRET})), tmp_path / "report.json"

    result = run(file, "--spec", things, "--report", f"json={report}")

    assert result.exit_code == 1
    assert SECRET not in result.output + report.read_text()


def test_verdict_statuses_findings_and_notes_are_told(things: Path, tmp_path: Path) -> None:
    bad = entry(answer={"name": "too long"}, url=f"{URL}?size=2")
    result = run(archive(tmp_path, entry(), bad, entry(url="https://cdn.example/a")), "--spec", things)

    lines = result.output.splitlines()
    assert lines[:3] == [f"VIOLATED  {tmp_path / 'session.har'}", "  2 exchanges judged", "  POST /v1/things: 200 ×2"]
    assert "answer-schema" in lines[3] and "name: " in lines[4]
    assert lines[-1] == "note: 1 entries are no part of the contract: https://cdn.example (1)"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("{}", 2, "no HTTP Archive"),
        ('{"log": {"entries": [', 2, "not JSON"),
        ("nothing", 2, "not JSON"),
        ('\ufeff{"log": {"entries": []}}', 3, "NOTHING TO JUDGE"),
    ],
)
def test_a_file_that_cannot_be_judged_is_told_in_plain_words(tmp_path: Path, text: str, code: int, told: str) -> None:
    (tmp_path / "a.har").write_text(text, encoding="utf-8")

    result = run(tmp_path / "a.har")

    assert (result.exit_code, told in result.output) == (code, True)


def test_an_archive_is_read_one_entry_at_a_time(tmp_path: Path) -> None:
    one = json.dumps(entry(answer={"name": "x" * 200_000}))
    with (tmp_path / "large.har").open("w") as file:
        file.write('{"log": {"entries": [' + ",".join([one] * 100) + "]}}")

    def read() -> Iterator[Recorded | int]:
        return entries(tmp_path / "large.har")

    next(read())
    tracemalloc.start()
    count = sum(1 for _ in read())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (count, peak < 4_000_000) == (100, True)
