"""Requests that a real deployment answers: passed on as they are, and judged by the contract both ways."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest

from mock_server.contract.document.source import SourceError
from mock_server.contract.loader import load_contract
from mock_server.loaders.recorded import scenarios_of
from mock_server.settings import Settings, SettingsError
from mock_server.web.serving.running import running
from tests.control.asking import TOKEN, Ask, path
from tests.control.har_schema import HAR
from tests.raw_http import RawAnswer, send

VIOLATIONS = "X-Mock-Violations"
LARGE = 3_000_000


class Deployment(BaseHTTPRequestHandler):
    """Echoes what it got, or answers what the path asks for."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(length)
        kind = self.headers.get("X-Answer", "")
        if kind == "broken-off":
            self._start("application/octet-stream", 1000)
            self.wfile.write(b"half")
            self.close_connection = True
        elif kind == "large":
            self._start("application/json", LARGE)
            self.wfile.write(b'"' + b"x" * (LARGE - 2) + b'"')
        elif kind == "unknown":
            self._answer(418, b"{}")
        elif kind == "wrong":
            self._answer(200, b'{"event_id": 17, "password": "hunter2"}')
        else:
            told = {"event_id": "0" * 32, "path": self.path, "size": len(body), "headers": dict(self.headers)}
            self._answer(200, json.dumps(told).encode())

    do_GET = do_PUT = do_POST  # noqa: N815

    def _chunks(self) -> bytes:
        parts = b""
        while size := int(self.rfile.readline(), 16):
            parts += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return parts

    def _start(self, media_type: str, length: int, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Set-Cookie", "session=of-one-client")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _answer(self, status: int, body: bytes) -> None:
        self._start("application/json", len(body), status)
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def deployment() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Deployment) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def proxy(deployment: str) -> Iterator[str]:
    with running(Settings(upstream=f"{deployment}/base", only=())) as mock:
        yield mock.url


@pytest.fixture
def ask(proxy: str, request: pytest.FixtureRequest) -> Ask:
    return Ask(proxy, request.node.name[:100])


def violations(answer: RawAnswer) -> list[str]:
    found: list[str] = json.loads(answer.header(VIOLATIONS) or "[]")
    return found


def test_a_request_arrives_as_it_was_sent_and_the_answer_as_it_was_given(ask: Ask) -> None:
    answer = ask.build({"branch": "main"}, ("X-Mine", "kept"))

    told = json.loads(answer.body)
    assert (answer.status, violations(answer)) == (200, [])
    assert told["path"] == f"/base{path()}"
    headers = {name.lower(): value for name, value in told["headers"].items()}
    assert (headers["x-mine"], headers["authorization"]) == ("kept", TOKEN)
    assert "x-mock-session" not in headers
    assert answer.header("Set-Cookie") == "session=of-one-client"
    (entry,) = ask.journal()
    assert (entry["answered_by"], entry["status"], entry["answer_problems"]) == ("upstream", 200, [])


def test_no_cookie_of_one_client_reaches_another(ask: Ask) -> None:
    ask.build()

    assert "cookie" not in map(str.lower, json.loads(ask.build().body)["headers"])


def test_what_breaks_the_contract_is_told_both_ways_and_arrives_all_the_same(ask: Ask) -> None:
    answer = ask.build({"branch": ""}, ("X-Answer", "wrong"))

    assert json.loads(answer.body) == {"event_id": 17, "password": "hunter2"}
    request, *answers = violations(answer)
    assert request.startswith("request branch: ")
    assert any(each.startswith("answer body event_id: ") for each in answers)
    (entry,) = ask.journal()
    assert entry["problems"]["branch"]
    assert entry["answer_problems"]


def test_a_status_that_the_contract_does_not_know_is_told(ask: Ask) -> None:
    assert violations(ask.build(None, ("X-Answer", "unknown")))[0].startswith("answer status 418 is not documented")


def test_what_the_contract_does_not_know_is_passed_on_too(proxy: str) -> None:
    answer = send(proxy, "PUT", "/elsewhere/%2Fa?b=%20", [("X-Mock-Session", "x")], b"12345")

    told = json.loads(answer.body)
    assert (told["path"], told["size"]) == ("/base/elsewhere/%2Fa?b=%20", 5)
    assert violations(answer)[0].startswith("request ")


@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies_stream_both_ways(ask: Ask, chunked: bool) -> None:
    body = b'{"branch": "' + b"x" * LARGE + b'"}'

    up = ask.build(body, chunked=chunked)
    down = ask.build(None, ("X-Answer", "large"))

    assert json.loads(up.body)["size"] == len(body)
    assert violations(up) == []
    assert (len(down.body), violations(down)) == (LARGE, [])


def test_an_answer_that_breaks_off_breaks_off_here_too(proxy: str) -> None:
    address = proxy.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=30) as connection:
        head = f"POST {path()} HTTP/1.1\r\nHost: localhost\r\nX-Answer: broken-off\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass

    assert b"200" in received.split(b"\r\n")[0]
    assert not received.endswith(b"half" + b"\0")
    assert len(received.partition(b"\r\n\r\n")[2]) < 1000


def test_a_scenario_answers_in_the_place_of_the_deployment_and_counts_once(ask: Ask) -> None:
    ask.scenarios({"name": "busy", "answers": [{"example": "region-busy", "times": 2}, {"status": 200}]})

    assert ask.builds(3) == [409, 409, 200]
    assert {entry["answered_by"] for entry in ask.journal()} == {"mock"}


def test_a_deployment_that_is_gone_is_told_in_plain_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
    with running(Settings(upstream=gone, only=())) as mock:
        answer = Ask(mock.url).build()

        assert answer.status == 502
        assert f"upstream {gone} cannot be reached" in answer.body.decode()
        assert Ask(mock.url).own("GET", "ready").status == 200


def test_a_certificate_that_nobody_trusts_is_refused_unless_told_otherwise() -> None:
    with running(Settings(tls=True)) as deployment:
        with running(Settings(upstream=deployment.url, only=())) as mock:
            answer = Ask(mock.url).build()
            assert (answer.status, "not trusted" in answer.body.decode()) == (502, True)
        with running(Settings(upstream=deployment.url, only=(), insecure=True)) as mock:
            assert json.loads(Ask(mock.url).build().body)["event_id"] == "52421839ebde59af89f870eee8f05141"


def test_enforcing_refuses_what_is_invalid_and_passes_on_the_rest(deployment: str) -> None:
    with running(Settings(upstream=deployment, only=(), enforce=True)) as mock:
        ask = Ask(mock.url)

        assert ask.build({"branch": ""}).status == 400
        assert json.loads(ask.build({"branch": "main"}).body)["event_id"] == "0" * 32
        assert [entry["answered_by"] for entry in ask.journal()] == ["mock", "upstream"]


def test_some_operations_are_mocked_and_the_rest_is_sent_on(deployment: str) -> None:
    with running(Settings(upstream=deployment, only=("buildComponent",))) as mock:
        assert json.loads(Ask(mock.url).build().body) == {"event_id": "52421839ebde59af89f870eee8f05141"}
        assert json.loads(send(mock.url, "GET", "/console/teams").body)["path"] == "/console/teams"


def test_an_operation_that_is_not_there_is_named_with_the_nearest() -> None:
    with (
        pytest.raises(SettingsError, match="did you mean 'buildComponent'"),
        running(Settings(upstream="http://localhost", only=("buildComponnent",))),
    ):
        pass


def test_exchanges_are_recorded_without_secrets_and_the_archive_is_whole_at_any_time(
    deployment: str, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.har"
    with running(Settings(upstream=deployment, only=(), record=file)) as mock:
        jsonschema.validate(json.loads(file.read_text(encoding="utf-8")), HAR)
        Ask(mock.url).build({"branch": "main"})
        Ask(mock.url).build(None, ("X-Answer", "wrong"))

        text = file.read_text(encoding="utf-8")

    archive = json.loads(text)
    jsonschema.validate(archive, HAR)
    first, second = archive["log"]["entries"]
    assert json.loads(first["request"]["postData"]["text"]) == {"branch": "main"}
    assert json.loads(first["response"]["content"]["text"])["event_id"] == "0" * 32
    assert json.loads(second["response"]["content"]["text"])["event_id"] == 17
    assert TOKEN not in text
    assert "hunter2" not in text


def test_connections_to_the_deployment_are_kept(proxy: str) -> None:
    connection = HTTPConnection(proxy.removeprefix("http://"))
    for _ in range(3):
        connection.request("POST", path(), headers={"Authorization": TOKEN})
        assert connection.getresponse().read()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"upstream": "localhost:80"}, "is no address"),
        ({"upstream": "http://me:secret@host"}, "credentials do not belong"),
        ({"enforce": True}, "means nothing without an upstream"),
        ({"upstream": "http://host", "record": Path("x.har"), "workers": 2}, "several workers cannot write one file"),
    ],
)
def test_settings_that_make_no_sense_are_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as raised:
        Settings(**settings)  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)


def test_scenarios_made_of_a_recording_give_the_same_answers_without_the_deployment(
    deployment: str, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.har"
    with running(Settings(upstream=deployment, only=(), record=file)) as mock:
        ask = Ask(mock.url)
        ask.build({"branch": "main"}), ask.build(None, ("X-Answer", "unknown")), ask.build({"branch": ""})
        send(mock.url, "GET", "/no-part-of-the-contract")
    contract = load_contract()
    made = tmp_path / "made.yaml"
    made.write_text(scenarios_of(file, contract), encoding="utf-8")

    with running(Settings(scenarios=made)) as mock:
        ask = Ask(mock.url)
        assert json.loads(ask.build({"branch": "main"}).body)["event_id"] == "0" * 32
        assert ask.build().status == 418
        assert [entry["scenario"] for entry in ask.journal()] == ["recorded-1", "recorded-2"]


@pytest.mark.parametrize("text", ["", "{}", '{"log": {"entries": [{}]}}'])
def test_what_is_no_archive_is_told_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "no.har"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SourceError, match=r"no\.har: "):
        scenarios_of(file, load_contract())
