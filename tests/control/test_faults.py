"""Faults really happen on the socket, and leave the mock well."""

from __future__ import annotations

import socket
import time
from http.client import HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask
from tests.mock.build_request import TOKEN, path


def _connect(ask: Ask) -> socket.socket:
    address = urlsplit(ask.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    head = f"POST {path()} HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN}\r\nX-Mock-Session: {ask.session}\r\n"
    connection.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
    return connection


def _fault(ask: Ask, fault: str, **more: Any) -> None:
    ask.scenarios({"name": fault, "fault": fault, **more})


def test_reset_cuts_the_connection_off(ask: Ask) -> None:
    _fault(ask, "reset")

    with _connect(ask) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_empty_closes_the_connection_without_a_byte(ask: Ask) -> None:
    _fault(ask, "empty")

    with _connect(ask) as connection:
        assert connection.recv(1) == b""
    with pytest.raises(RemoteDisconnected):
        ask.build()


def test_truncate_sends_half_of_what_it_announces(ask: Ask) -> None:
    _fault(ask, "truncate")

    with _connect(ask) as connection:
        answer = HTTPResponse(connection)
        answer.begin()
        with pytest.raises(IncompleteRead) as caught:
            answer.read()

    assert answer.status == 200
    assert len(caught.value.partial) == caught.value.expected - 1 or caught.value.partial.startswith(b'{"event_id"')


def test_truncate_cuts_the_scenarios_own_answer(ask: Ask) -> None:
    _fault(ask, "truncate", answers=["region-busy"])

    with _connect(ask) as connection:
        answer = HTTPResponse(connection)
        answer.begin()

        assert answer.status == 409


def test_garbage_is_no_http(ask: Ask) -> None:
    _fault(ask, "garbage")

    with _connect(ask) as connection:
        received = b"".join(iter(lambda: connection.recv(4096), b""))

    assert len(received) > 10
    assert not received.startswith(b"HTTP")


def test_hang_answers_nothing_while_others_are_answered(ask: Ask) -> None:
    _fault(ask, "hang")

    with _connect(ask) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert Ask(ask.url, "someone-else").build().status == 200
        assert ask.journal()[0]["fault"] == "hang"


def test_a_hanging_request_does_not_keep_the_server_from_ending() -> None:
    with running(Settings()) as mock:
        ask = Ask(mock.url)
        _fault(ask, "hang")
        connection = _connect(ask)
        while not ask.journal():  # the request has arrived
            time.sleep(0.01)

    assert connection.recv(1) == b""


def test_faults_come_in_turn_like_any_answer(ask: Ask) -> None:
    ask.scenarios({"name": "bad-start", "answers": [{"fault": "reset"}, {"fault": "empty"}, "accepted"]})

    with pytest.raises(ConnectionResetError):
        ask.build()
    with pytest.raises(RemoteDisconnected):
        ask.build()
    assert ask.build().status == 200
    assert [entry["fault"] for entry in ask.journal()] == ["reset", "empty", None]


def test_a_connection_that_was_kept_alive_can_be_cut_off_too(ask: Ask) -> None:
    ask.scenarios({"name": "second", "answers": ["accepted", {"fault": "empty"}]})

    with _connect(ask) as connection:
        answer = HTTPResponse(connection)
        answer.begin()
        answer.read()
        head = f"POST {path()} HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN}\r\nX-Mock-Session: {ask.session}\r\n"
        connection.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
        assert connection.recv(1) == b""
