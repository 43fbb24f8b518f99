"""The client sends exactly what it is told, and says what is wrong with what comes back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from contract_tests.transport.wire import Request, Unreachable, Wire


@contextlib.contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these bytes, one connection each, and keeps what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def work() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(answer)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.close()
        thread.join(2)


def test_request_goes_out_as_it_is() -> None:
    """Odd paths, repeated headers, bytes that are no text: nothing is repaired."""
    request = Request("BREW", "/a//b/%zz?x=[1]", (("X-A", "1"), ("x-a", "2")), b"\xff")
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, heard):
        Wire(url).send(request)
    host = url.removeprefix("http://").encode()
    assert [
        b"BREW /a//b/%zz?x=[1] HTTP/1.1\r\nHost: " + host + b"\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 1\r\n\r\n\xff"
    ] == heard


def test_chunks_are_sent_and_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    with answering(answer) as (url, heard):
        got = Wire(url).send(Request("POST", "/", (), b"12345", chunked=True)).answer
    assert got is not None
    assert got.body == b"abcde"
    assert heard[0].endswith(b"2\r\n12\r\n2\r\n34\r\n1\r\n5\r\n0\r\n\r\n")


def test_interim_answers_are_passed_over() -> None:
    with answering(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") as (url, _):
        got = Wire(url).send(Request("GET", "/")).answer
    assert got is not None
    assert (got.status, got.body) == (200, b"x")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "says 5 bytes, 3 came"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", "2 bytes follow"),
        (b"HTTP/1.1 204 No Content\r\n\r\nabc", "has no body"),
    ],
)
def test_wrong_framing_is_a_problem_of_the_answer(answer: bytes, problem: str) -> None:
    with answering(answer) as (url, _):
        got = Wire(url).send(Request("GET", "/")).answer
    assert got is not None
    assert problem in got.problems[0]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"", "closed without an answer"),
        (b"hello\r\n\r\n", "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "no number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no number"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "without a colon"),
    ],
)
def test_what_is_no_answer_is_said(answer: bytes, failure: str) -> None:
    with answering(answer) as (url, _):
        exchange = Wire(url).send(Request("GET", "/"))
    assert exchange.answer is None
    assert failure in exchange.failure


def test_silence_ends_with_the_timeout() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        exchange = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2).send(Request("GET", "/"))
    assert "within 0.2 s" in exchange.failure


@contextlib.contextmanager
def closing_under_the_second() -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads a second request on a kept connection, closes it, and answers on the next one."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d"
    heard: list[bytes] = []

    def work() -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(answer % 1)
                heard.append(connection.recv(65536))
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(answer % 2)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard


def test_closed_connection_is_replaced_once_where_a_request_may_be_sent_again() -> None:
    """A server may close a kept connection whenever it likes."""
    with closing_under_the_second() as (url, heard):
        wire = Wire(url)
        first, second = (wire.send(Request("GET", "/"), resend=True).answer for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.body, second.body) == (b"1", b"2")
    assert len(heard) == 3


def test_request_that_may_not_be_sent_again_is_not() -> None:
    """Nobody knows whether it arrived, so it may have started something."""
    with closing_under_the_second() as (url, heard):
        wire = Wire(url)
        wire.send(Request("POST", "/"))
        second = wire.send(Request("POST", "/"))
    assert second.answer is None
    assert second.stale
    assert len(heard) == 2


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="refused"):
        Wire("http://127.0.0.1:9").send(Request("GET", "/"))
