"""What the mock serves beside the contract, and how it answers browsers."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from mock_server import MockConsole
from mock_server.contract.builtin import default_spec
from mock_server.contract.model import Contract
from tests.control.mock_process import serving
from tests.mock.build_request import build, path
from tests.raw_http import send

ORIGIN = ("Origin", "https://ci.example.com")


def test_health_tells_what_is_served(url: str, contract: Contract) -> None:
    answer = send(url, "GET", "/__mock__/health")

    health = json.loads(answer.body)
    assert (answer.status, health["status"], health["profile"]) == (200, "ok", "contract")
    assert health["contract"]["digest"] == contract.digest


def test_the_contract_is_served_as_it_was_written(url: str, contract: Contract) -> None:
    assert send(url, "GET", "/openapi.yaml").body == default_spec().read_bytes()
    assert json.loads(send(url, "GET", "/openapi.json").body) == contract.document
    assert yaml.safe_load(send(url, "GET", "/openapi.yaml").body) == contract.document


def test_the_documentation_page_needs_nothing_from_elsewhere(url: str) -> None:
    page = send(url, "GET", "/__mock__/docs/").body.decode()

    assert "swagger-ui-bundle.js" in page
    assert "https://" not in page
    assert send(url, "GET", "/__mock__/docs/swagger-ui-bundle.js").status == 200
    document = json.loads(send(url, "GET", "/__mock__/docs/openapi.json").body)
    assert document["servers"] == [{"url": ""}]  # wherever the page itself came from


def test_unknown_endpoints_name_the_ones_there_are(url: str) -> None:
    answer = send(url, "GET", "/__mock__/helth")

    assert answer.status == 404
    assert "did you mean '/__mock__/health'?" in answer.body.decode()
    assert send(url, "GET", "/__mock__/docs/nothing.js").status == 404
    assert send(url, "DELETE", "/__mock__/health").status == 405


def test_a_preflight_lets_a_browser_send_the_request(url: str) -> None:
    wanted = (("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,prefer"))
    answer = send(url, "OPTIONS", path(), (ORIGIN, *wanted))

    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("Access-Control-Allow-Origin") == ORIGIN[1]
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    allowed = str(answer.header("Access-Control-Allow-Headers")).lower().split(", ")
    assert {"authorization", "content-type", "prefer", "x-mock-session"} <= set(allowed)
    assert "POST" in str(answer.header("Access-Control-Allow-Methods"))
    assert answer.header("Access-Control-Max-Age") == "86400"


def test_every_answer_to_another_origin_may_be_read_by_it(url: str) -> None:
    for answer in (build(url, None, ORIGIN), build(url, None, ORIGIN, token=None), send(url, "GET", "/x", [ORIGIN])):
        assert answer.header("Access-Control-Allow-Origin") == ORIGIN[1]
    assert build(url).header("Access-Control-Allow-Origin") is None


def test_the_same_request_has_the_same_answer_to_the_byte(url: str) -> None:
    first, second = (build(url, {"branch": "x"}) for _ in range(2))

    def lasting(headers: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in headers.items() if name.lower() != "date"}

    assert (first.status, lasting(first.headers), first.body) == (second.status, lasting(second.headers), second.body)


def test_a_page_of_another_origin_can_neither_read_nor_drive_the_mock(url: str) -> None:
    for method, endpoint in (
        ("GET", "requests"),
        ("POST", "reset"),
        ("PUT", "state"),
        ("GET", "health"),
        ("GET", "docs/"),
    ):
        for at in ("/__mock__", "/__mock__/sessions/x/__mock__"):
            answer = send(url, method, f"{at}/{endpoint}", [ORIGIN])
            assert (answer.status, answer.header("Access-Control-Allow-Origin")) == (403, None)
    wanted = ("Access-Control-Request-Method", "PUT")
    assert send(url, "OPTIONS", "/__mock__/state", [ORIGIN, wanted]).header("Access-Control-Allow-Origin") is None
    assert send(url, "GET", "/openapi.json", [ORIGIN]).header("Access-Control-Allow-Origin") is None


def test_the_mocks_own_page_may(url: str) -> None:
    answer = send(url, "POST", "/__mock__/reset", [("Origin", url)])

    assert (answer.status, answer.header("X-Frame-Options")) == (204, "DENY")


def test_a_control_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    with serving("--control-token-file", str(file), "--allowed-host", "ci.test") as mock:
        assert send(mock.url, "GET", "/__mock__/requests").status == 401
        with MockConsole(url=mock.url, control_token="s3cret") as console:
            assert console.requests() == []
