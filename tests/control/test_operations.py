"""What whoever runs a mock looks at: readiness, metrics, logs, certificates."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mock_server.engine import pipeline
from mock_server.engine.messages import Request
from mock_server.service.mock_service import RequestContext
from mock_server.settings import Settings, SettingsError
from mock_server.web import request_log
from mock_server.web.factory import build_definition, build_service
from mock_server.web.serving.running import RunningMock, running
from mock_server.web.serving.tls import prepared
from tests.control.asking import TOKEN, Ask
from tests.control.mock_process import serving
from tests.control.redis_server import RedisServer
from tests.mock.build_request import path

REQUESTS = "rainbond_mock_requests_total"


def metrics(ask: Ask) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = ask.own("GET", "metrics")
    assert answer.status == 200
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(ask: Ask) -> float:
    return sum(count for _, count in metrics(ask).get(REQUESTS, ()))


@pytest.fixture
def mock() -> Iterator[RunningMock]:
    with running(Settings()) as mock:
        yield mock


def test_requests_are_counted_by_what_they_were_and_how_they_were_answered(mock: RunningMock) -> None:
    ask = Ask(mock.url)
    connection = HTTPConnection(mock.url.removeprefix("http://"))
    for _ in range(2):
        connection.request("POST", path(), headers={"Authorization": TOKEN})
        assert connection.getresponse().read()
    ask.build({"branch": ""})
    busy = Ask(mock.url, "busy")
    busy.scenarios({"name": "busy", "answers": ["region-busy"]})
    busy.build()

    found = metrics(ask)

    kinds = {(by["status"], by["refusal"], by["scenario"], by["way"]): count for by, count in found[REQUESTS]}
    assert kinds == {
        ("200", "", "", "compiled"): 2,
        ("400", "invalid-body", "", "full"): 1,
        ("409", "", "busy", "full"): 1,
    }
    assert {by["operation"] for by, _ in found[REQUESTS]} == {"buildComponent"}
    assert sum(count for _, count in found["rainbond_mock_request_duration_seconds_count"]) == 4
    assert found["rainbond_mock_journal_entries"] == [({}, 4)]


def test_a_scraper_that_asks_for_open_metrics_gets_them(mock: RunningMock) -> None:
    request = urllib.request.Request(
        f"{mock.url}/__mock__/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert answer.read().endswith(b"# EOF\n")


def test_workers_are_counted_together() -> None:
    with running(Settings(workers=2)) as mock:
        ask = Ask(mock.url)
        ask.builds(20)
        deadline = time.monotonic() + 30
        while total(ask) < 20 and time.monotonic() < deadline:
            time.sleep(0.1)

        assert total(ask) == 20


def test_a_mock_whose_store_is_lost_is_not_ready_and_counts_that(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as redis, running(Settings(store=redis.url)) as mock:
        ask = Ask(mock.url)
        assert ask.own("GET", "ready").status == 200
        redis.stop()

        assert ask.own("GET", "ready").status == 503
        assert ask.own("GET", "health").status == 200
        assert ask.build().status == 200
        found = metrics(ask)
        assert found["rainbond_mock_store_up"] == [({}, 0)]
        assert found["rainbond_mock_store_errors_total"][0][1] >= 3


# ---- logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(settings: Settings, out: io.StringIO) -> list[str]:
    """What is told of an accepted and of a refused request."""
    service = build_service(settings, build_definition(settings))
    log = request_log.opened(settings, out)
    service.log = log.request if log else None
    headers = {"authorization": TOKEN, "content-type": "application/json"}
    for body in (b"", b'{"branch": "", "password": "hunter2"}'):
        checked = pipeline.check(service.definition, Request("POST", path(), headers=headers, body=body))
        context = RequestContext(checked)
        asyncio.run(service.record(context, pipeline.answer(service.definition, checked)))
    return out.getvalue().splitlines()


def test_each_request_is_one_line_on_a_terminal_with_the_reason_of_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    accepted, refused = told(Settings(), Terminal())

    assert accepted.startswith(f"200 POST {path()} ")
    assert refused.startswith(f"400 POST {path()} ")
    assert refused.endswith("invalid-body: branch: 该字段不能为空。")


def test_lines_are_coloured_where_colours_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert told(Settings(), Terminal())[0].startswith("\x1b[32m200\x1b[0m POST")


def test_nothing_is_told_in_a_pipe_nor_when_asked_to_be_quiet() -> None:
    assert told(Settings(), io.StringIO()) == []
    assert told(Settings(quiet=True), Terminal()) == []


def test_json_lines_are_told_anywhere_and_hold_no_secret() -> None:
    lines = told(Settings(log_format="json", journal_size=0), io.StringIO())

    first, second = map(json.loads, lines)
    assert (first["event"], first["status"], first["level"]) == ("request", 200, "info")
    assert (second["refusal"], second["level"]) == ("invalid-body", "warning")
    assert TOKEN not in "".join(lines)


def test_served_requests_are_told_of_whichever_way_they_were_answered() -> None:
    with serving("--log-format", "json") as mock:
        ask = Ask(mock.url)
        ask.build(), ask.build({"branch": ""})
        mock.process.terminate()
        assert mock.process.stdout
        lines = [json.loads(line) for line in mock.process.stdout]

    assert [(line["event"], line["status"]) for line in lines] == [("request", 200), ("request", 400)]


def test_no_control_character_of_a_request_reaches_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    log = request_log.RequestLog("text", out)

    log.event("reloaded", file="a\x1b[2Jb")

    assert out.getvalue() == "reloaded a\\x1b[2Jb\n"


# ---- HTTPS


def test_a_certificate_made_on_the_spot_is_good_for_this_machine_and_then_gone() -> None:
    with running(Settings(tls=True)) as mock:
        assert mock.url.startswith("https://127.0.0.1:")
        assert mock.authority is not None
        trusting = ssl.create_default_context(cafile=str(mock.authority))
        for host in ("127.0.0.1", "localhost"):
            url = mock.url.replace("127.0.0.1", host)
            with urllib.request.urlopen(f"{url}/__mock__/ready", context=trusting) as answer:
                assert answer.status == 200
        folder = mock.authority.parent

    assert not folder.exists()


def test_workers_speak_with_the_users_own_certificate(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    with prepared(Settings(tls=True)) as made:
        assert made.tls_cert and made.tls_key
        certificate.write_bytes(made.tls_cert.read_bytes())
        key.write_bytes(made.tls_key.read_bytes())
        trusting = ssl.create_default_context(cafile=str(made.tls_cert.with_name("ca.pem")))

    with running(Settings(tls_cert=certificate, tls_key=key, workers=2)) as mock:
        request = urllib.request.Request(f"{mock.url}{path()}", headers={"Authorization": TOKEN}, method="POST")
        with urllib.request.urlopen(request, context=trusting) as answer:
            assert json.loads(answer.read()) == {"event_id": "52421839ebde59af89f870eee8f05141"}


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({}, "cert.pem: no such file (--tls-cert)"),
        ({"cert.pem": "none"}, "key.pem: no such file (--tls-key)"),
        ({"cert.pem": "none", "key.pem": "none"}, "tls-cert: cert.pem: no certificate with its key in PEM form"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named_before_anything_runs(
    tmp_path: Path, files: dict[str, str], wrong: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mock_server.cli", "serve", "--port", "0", "--tls-cert", "cert.pem"]

    ended = subprocess.run(
        [*command, "--tls-key", "key.pem"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert wrong in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_key_without_a_certificate_is_told() -> None:
    with pytest.raises(SettingsError, match=r"tls_key: key\.pem has no certificate"):
        Settings(tls_key=Path("key.pem"))
