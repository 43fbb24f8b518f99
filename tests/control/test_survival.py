"""What the mock survives: changes under load, a full journal, and clients that behave badly."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.mock.build_request import TOKEN, path

BUSY = {"name": "answer", "answers": ["region-busy"]}
FULL = {"name": "answer", "answers": ["tenant-out-of-memory"]}


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=60)


def _head(session: str, length: int) -> bytes:
    lines = [f"POST {path()} HTTP/1.1", "Host: x", f"Authorization: {TOKEN}", f"X-Mock-Session: {session}"]
    lines += ["Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def test_scenarios_are_replaced_while_requests_run(ask: Ask) -> None:
    ask.scenarios(BUSY)
    replaced = threading.Event()
    seen: list[Counter[int]] = []

    def asking() -> Counter[int]:
        found: Counter[int] = Counter()
        while not replaced.is_set():
            found[ask.build().status] += 1
        return found

    with ThreadPoolExecutor(4) as threads:
        running_requests = [threads.submit(asking) for _ in range(4)]
        for scenario in (FULL, BUSY) * 10:
            ask.scenarios(scenario)
        replaced.set()
        seen = [each.result() for each in running_requests]

    assert set().union(*seen) <= {409, 412}
    assert ask.build().status == 409


def test_a_full_journal_under_load_keeps_the_newest_and_counts_the_rest() -> None:
    with running(Settings(journal_size=50)) as mock:
        ask = Ask(mock.url)
        with ThreadPoolExecutor(8) as threads:
            statuses = Counter(threads.map(lambda number: ask.build({"branch": f"b{number}"}).status, range(300)))

        answer = value(ask.own("GET", "requests"))

    assert statuses == {200: 300}
    assert (len(answer["requests"]), answer["dropped"]) == (50, 250)
    ids = [int(entry["id"]) for entry in answer["requests"]]
    assert ids == list(range(251, 301))


def test_a_client_that_goes_in_the_middle_of_its_body(ask: Ask) -> None:
    with _connect(ask.url) as connection:
        connection.sendall(_head(ask.session, 1000) + b'{"branch": "')

    assert ask.build({"branch": "next"}).status == 200
    assert [entry["body"] for entry in ask.journal()] == [{"branch": "next"}]  # what never came whole is no request


def test_a_client_that_goes_while_its_answer_is_delayed(ask: Ask) -> None:
    ask.scenarios({"name": "slow", "when": {"body": {"/branch": "slow"}}, "delay": "200ms"})
    body = b'{"branch": "slow"}'
    with _connect(ask.url) as connection:
        connection.sendall(_head(ask.session, len(body)) + body)

    assert ask.build().status == 200
    while len(ask.journal()) < 2:
        pass
    assert {json.dumps(entry["body"]) for entry in ask.journal()} == {"null", '{"branch": "slow"}'}


def test_a_client_that_sends_byte_by_byte_does_not_hold_up_others(ask: Ask) -> None:
    body = b'{"branch": "slow"}'
    with _connect(ask.url) as connection:
        for byte in _head(ask.session, len(body)) + body[:-1]:
            connection.sendall(bytes([byte]))
        assert ask.build({"branch": "fast"}).status == 200  # while the other one is still sending
        connection.sendall(body[-1:])
        answer = HTTPResponse(connection)
        answer.begin()

    assert answer.status == 200
    assert [entry["body"]["branch"] for entry in ask.journal()] == ["fast", "slow"]


def test_200_idle_connections_do_not_hold_up_others(ask: Ask) -> None:
    address = urlsplit(ask.url)
    with ExitStack() as stack:
        connections = [HTTPConnection(address.hostname or "", address.port, timeout=60) for _ in range(200)]
        for connection in connections:
            stack.callback(connection.close)
            connection.request("GET", "/__mock__/state", headers={"X-Mock-Session": ask.session})
            assert connection.getresponse().read() == b'{"state":"start"}'

        assert ask.builds(5) == [200] * 5
        assert len(ask.journal()) == 5


def test_a_deeply_nested_or_huge_body_is_no_trouble_for_the_journal(ask: Ask) -> None:
    deep = b'{"a":' * 700 + b"1" + b"}" * 700
    huge = json.dumps({"branch": "x" * 2_000_000}).encode()
    many = json.dumps([{"password": "p" * 10}] * 20_000).encode()

    for body in (deep, huge, many):
        ask.build(body)

    assert [entry["body_size"] for entry in ask.journal()] == [len(deep), len(huge), len(many)]


def test_texts_made_to_be_slow_to_search_are_not(ask: Ask) -> None:
    for text in ("//a:" * 8000 + "@", "a:a," * 8000 + "@", "password" * 4000 + "=@", "//" * 16000 + "@", "=" * 32000):
        ask.build({"branch": text})
        ask.build(text.encode())

    assert len(ask.journal()) == 10


def test_a_sigterm_that_is_lost_in_a_finalizer_ends_the_mock_all_the_same() -> None:
    lost = """
import os, signal
from mock_server.settings import Settings
from mock_server.web.factory import build_definition, build_service
from mock_server.web.serving.server import end_on_sigterm, listen, serve

class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass

end_on_sigterm()
settings = Settings(reload=False)
service = build_service(settings, build_definition(settings))
Last()
serve(service, listen("127.0.0.1", 0), settings)
print("ended")
"""
    ended = subprocess.run([sys.executable, "-c", lost], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout) == (0, "ended\n"), ended.stderr
    assert "SystemExit" in ended.stderr  # it was lost indeed
