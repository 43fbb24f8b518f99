"""The compiled way and the full one answer alike, byte for byte, and write the same into the journal."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.settings import Settings
from mock_server.web.compiled import CompiledWay
from mock_server.web.serving.running import running
from tests.mock.conftest import CATALOGUE

TOKEN = "0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"
"""A caller that the recorded catalogue knows."""
BUILD = "/openapi/v1/teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001/build"
OF_THE_MOMENT = {"id", "time", "duration_ms"}
UPGRADE = "Connection: Upgrade\r\nUpgrade: h2c"


@dataclass(frozen=True)
class Both:
    """Two mocks of the same settings: one that takes the compiled way where it can, and one that never does."""

    compiled: str
    full: str
    way: CompiledWay

    def answers(self, request: bytes) -> tuple[bytes, bytes]:
        return _ask(self.compiled, request), _ask(self.full, request)

    def last_entries(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return _last_entry(self.compiled), _last_entry(self.full)


SCENARIOS = """scenarios:
- {name: counted, when: {body: {/branch: master}}, answers: [{example: region-busy, times: 2}, accepted]}
- {name: a state, when: {state: start, body: {/repo_url: master}}, answers: [region-busy], set: later}
- name: constant
  when: {body: {/branch: a}}
  answers: [{status: 200, headers: {X-Own: "1"}, body: {a: [1.5]}}]
  off_contract: true
- {name: hung up, when: {body: {/username: image}}, answers: [{example: accepted, headers: {Connection: close}}]}
- {name: late, when: {body: {/password: master}}, answers: [accepted], delay: 1ms}
- {name: wrong, when: {body: {/build_type: image}}, answers: [region-busy], even_invalid: true, off_contract: true}
- {name: chance, when: {body: {/username: master}}, answers: [{example: region-busy, probability: 0.5}, accepted]}
"""


@pytest.fixture(scope="module", params=["open", "catalogue", "scenarios"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    scenarios = tmp_path_factory.mktemp("both") / "scenarios.yaml"
    scenarios.write_text(SCENARIOS)
    catalogue = CATALOGUE if request.param == "catalogue" else None
    chosen = Settings(catalogue=catalogue, scenarios=scenarios if request.param == "scenarios" else None)
    ways: list[CompiledWay] = []
    of = CompiledWay.of

    def remembered(*given: Any) -> CompiledWay | None:
        way = of(*given)
        ways.extend([way] if way else [])
        return way

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CompiledWay, "of", remembered)
        with running(chosen) as compiled, running(replace(chosen, compiled=False)) as full:
            yield Both(compiled.url, full.url, ways[0])


def _ask(url: str, request: bytes) -> bytes:
    """Everything that is answered until the connection ends, but the date."""
    host, port = url.removeprefix("http://").split(":")
    answered = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        while data := connection.recv(65536):
            answered += data
            if _is_whole(request, answered):
                break
    return re.sub(rb"\r\ndate: [^\r]*", b"", answered)


def _is_whole(request: bytes, answer: bytes) -> bool:
    head, found, body = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(found) and length is not None and (request.startswith(b"HEAD") or len(body) >= int(length[1]))


def _last_entry(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/__mock__/requests?session=*&limit=1") as answer:
        entries = json.load(answer)["requests"] or [{}]
    return {key: value for key, value in entries[-1].items() if key not in OF_THE_MOMENT}


def _request(line: str, headers: list[str], body: bytes | None) -> bytes:
    lines = [line, "Host: mock.example", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


PATHS = st.sampled_from([
    BUILD, BUILD, BUILD, BUILD.replace("/1/", "/01/"), BUILD.replace("citeam01", "nobody"), BUILD + "/", BUILD + "?a=1",
    BUILD.replace("/build", "/%62uild"), "/", "/openapi/v1", "//" + BUILD, "http://mock.example" + BUILD,
])  # fmt: skip
METHODS = st.sampled_from(["POST"] * 8 + ["GET", "HEAD", "OPTIONS", "PUT", "post"])
TOKENS = st.sampled_from([
    f"Authorization: {TOKEN}", f"authorization: {TOKEN}", f"Authorization: Bearer {TOKEN}", "Authorization: other",
    "Authorization:", "X-Api-Key: a", f"Authorization: {TOKEN}\r\nAuthorization: {TOKEN}",
])  # fmt: skip
TYPES = st.sampled_from([
    "Content-Type: application/json", "content-type: application/json; charset=utf-8", "Content-Type: text/plain",
    "Content-Type: application/json;charset=utf-16", "Content-Type: application/json\r\nContent-Type: text/plain",
    "Content-Type: application/x-www-form-urlencoded",
])  # fmt: skip
EXTRAS = st.sampled_from([
    "Accept: */*", "Accept: text/html", "Prefer: code=400", "Prefer: wait=0", "X-Mock-Session: one",
    "Origin: http://a.b",
    "Cookie: a=b", "Expect: 100-continue", "User-Agent: ä", "X-Empty:", UPGRADE, "Connection: close",
])  # fmt: skip
NAMES = st.sampled_from(["build_type", "branch", "repo_url", "username", "password", "extra", "ключ", ""])
VALUES = st.one_of(
    st.sampled_from(["source_code", "image", "master", "https://ci:secret@example.com/a.git", "\x00",
                     "é" * 200, "helm"]),
    st.text(max_size=20), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none(),
    st.lists(st.integers(), max_size=3),
)  # fmt: skip
BODIES = st.one_of(
    st.none(),
    st.just(b""),
    st.dictionaries(NAMES, VALUES, max_size=5).map(lambda body: json.dumps(body).encode()),
    st.dictionaries(NAMES, VALUES, max_size=5).map(
        lambda body: json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    ),
    st.sampled_from([b"[]", b"{", b"null", b'"a"', b"{}", b" {} "]),
    st.sampled_from([b'{"branch": 1e400}', b'{"branch": "\\ud800"}', b"\xff"]),
    st.binary(max_size=30),
)  # fmt: skip
REQUESTS = st.builds(
    lambda method, path, token, kind, extras, body: _request(f"{method} {path} HTTP/1.1", [token, kind, *extras], body),
    METHODS, PATHS, st.one_of(TOKENS, st.just(f"Authorization: {TOKEN}")), TYPES,
    st.lists(EXTRAS, max_size=2), BODIES,
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=REQUESTS)
def test_both_ways_answer_alike_byte_for_byte(both: Both, request: bytes) -> None:
    compiled, full = both.answers(request)

    assert compiled == full
    one, other = both.last_entries()
    assert one == other


def test_an_accepted_request_takes_the_compiled_way(both: Both) -> None:
    before = both.way.taken

    compiled, full = both.answers(
        _request(
            f"POST {BUILD} HTTP/1.1", [f"Authorization: {TOKEN}", "Content-Type: application/json"], b'{"branch": "a"}'
        )
    )

    assert compiled == full
    assert compiled.startswith(b"HTTP/1.1 200 ")
    assert both.way.taken == before + 1


@pytest.mark.parametrize("token", [TOKEN, ""], ids=["a wrong value", "no token"])
def test_a_refusal_takes_the_compiled_way(both: Both, token: str) -> None:
    before = both.way.taken

    compiled, full = both.answers(
        _request(
            f"POST {BUILD} HTTP/1.1",
            [f"Authorization: {token}", "Content-Type: application/json"][not token :],
            b'{"branch": "", "build_type": "helm"}',
        )
    )

    assert compiled == full
    assert both.way.taken == before + 1


def test_a_body_beyond_the_limit_is_refused_on_both_ways() -> None:
    request = _request(
        f"POST {BUILD} HTTP/1.1",
        [f"Authorization: {TOKEN}", "Content-Type: application/json"],
        b'{"note": "%b"}' % (b"x" * 2_000),
    )
    with running(Settings(max_body=1_000)) as mock:
        assert _ask(mock.url, request).startswith(b"HTTP/1.1 413 ")


def test_a_body_in_pieces_and_a_request_behind_it_are_answered_in_turn(both: Both) -> None:
    headers = [f"Authorization: {TOKEN}", "Content-Type: application/json"]
    requests = [
        _request(f"POST {BUILD} HTTP/1.1", [*headers, "X-Mock-Session: one"], b'{"branch": "slow way"}'),
        _request(f"POST {BUILD} HTTP/1.1", headers, b'{"branch": "quick way"}'),
    ]
    for url in (both.compiled, both.full):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(requests[0] + requests[1][:-5])
            connection.sendall(requests[1][-5:])
            answered = b""
            while answered.count(b"event_id") < 2:
                answered += connection.recv(65536)
        assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"200", b"200"]


def test_a_client_that_has_sent_all_and_closed_its_side_is_answered(both: Both) -> None:
    request = _request(f"POST {BUILD} HTTP/1.1", [f"Authorization: {TOKEN}", "Prefer: delay=50ms"], b"")
    for url in (both.compiled, both.full):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answered = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answered.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("offer", ["h2c", "websocket", "TLS/1.0"])
@pytest.mark.parametrize(("body", "status"), [(b'{"build_type": "helm"}', b"400"), (b'{"branch": "a"}', b"200")])
def test_an_offer_of_another_protocol_is_declined_and_the_body_is_read(
    both: Both, offer: str, body: bytes, status: bytes
) -> None:
    headers = [f"Authorization: {TOKEN}", "Content-Type: application/json", "Connection: Upgrade", f"Upgrade: {offer}"]

    for answer in both.answers(_request(f"POST {BUILD} HTTP/1.1", headers, body)):
        assert answer.split()[1] == status
