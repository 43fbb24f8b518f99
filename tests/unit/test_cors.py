"""What browsers of other origins are answered, where the contract says nothing of them."""

from __future__ import annotations

from mock_server.contract.document.source import parse_source
from mock_server.contract.loader import read_contract
from mock_server.engine.messages import Request
from mock_server.web.cors import Cors

CONTRACT = read_contract(
    parse_source(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{id}:\n"
        "    put: {responses: {'200': {description: ok}}}\n    get: {responses: {'200': {description: ok}}}\n",
        "contract.yaml",
    )
)
CORS = Cors(CONTRACT)
ORIGIN = "http://localhost:3000"


def preflight(path: str, *more: tuple[str, str]) -> Request:
    return Request.build("OPTIONS", path, (("Origin", ORIGIN), ("Access-Control-Request-Method", "PUT"), *more))


def test_what_is_asked_for_is_allowed() -> None:
    asked = ("Access-Control-Request-Headers", "authorization,x-anything")

    answer = CORS.preflight(preflight("/a/1", asked))

    assert answer is not None
    assert answer.status == 204
    assert answer.header("Access-Control-Allow-Headers") == "authorization,x-anything"
    assert answer.header("Access-Control-Allow-Methods") == "GET, PUT"


def test_a_page_of_the_internet_may_ask_a_mock_of_this_machine() -> None:
    answer = CORS.preflight(preflight("/a/1", ("Access-Control-Request-Private-Network", "true")))

    assert answer is not None
    assert answer.header("Access-Control-Allow-Private-Network") == "true"


def test_a_path_that_is_not_there_has_no_preflight() -> None:
    assert CORS.preflight(preflight("/b")) is None
    assert CORS.preflight(Request.build("OPTIONS", "/a/1")) is None


def test_a_script_may_read_every_header_of_an_answer() -> None:
    headers = [(b"content-type", b"text/plain"), (b"x-total", b"3"), (b"vary", b"Accept")]

    found = dict(CORS.readable([*headers, (b"access-control-allow-origin", b"*")], ORIGIN))

    assert found[b"access-control-expose-headers"] == b"x-total"
    assert found[b"vary"] == b"Accept, Origin"
    assert found[b"access-control-allow-origin"] == ORIGIN.encode()
