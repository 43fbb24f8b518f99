"""What one client can take from the others: so much and no more."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from urllib.parse import urlsplit

import pytest

from mock_server.service.stores import Limits
from mock_server.service.stores.memory import MemoryStore
from mock_server.settings import Settings, SettingsError, resolve
from mock_server.web.serving.running import running
from tests.control.asking import Ask
from tests.mock.build_request import JSON, path
from tests.raw_http import send

HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def ask_raw(url: str, text: str, *, half_close: bool = False) -> bytes:
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=10) as connection:
        connection.sendall(text.encode())
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_and_stands_in_the_journal(chunked: bool) -> None:
    with running(Settings(max_body=1_000)) as mock:
        long = send(mock.url, "POST", path(), [("Authorization", "t"), JSON], b" " * 1_001, chunked=chunked)
        short = send(mock.url, "POST", path(), [("Authorization", "t"), JSON], b"{}" + b" " * 998, chunked=chunked)

        assert (long.status, short.status) == (413, 200)
        assert "raise --max-body" in long.body.decode()
        assert [entry["status"] for entry in Ask(mock.url).journal()] == [413, 200]
        assert send(mock.url, "POST", "/__mock__/verify", [JSON], b" " * 1_001).status == 413


def test_an_announced_length_is_refused_before_anything_is_read() -> None:
    with running(Settings(max_body=1_000)) as mock:
        for length in ("1001", "9" * 18):
            head = HEAD.format(path=path()) + f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
            assert ask_raw(mock.url, head).startswith(b"HTTP/1.1 413")


def test_one_connection_too_many_is_told_so() -> None:
    with running(Settings(max_connections=3)) as mock:
        address = urlsplit(mock.url)
        at = (address.hostname or "", address.port or 80)
        opened = [socket.create_connection(at, timeout=10) for _ in range(5)]
        statuses: Counter[bytes] = Counter()
        for connection in opened:
            connection.sendall(b"GET /__mock__/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            statuses[connection.makefile("rb").readline().split()[1]] += 1
        for connection in opened:
            connection.close()

        assert statuses == {b"200": 3, b"503": 2}


def test_an_endless_head_is_refused() -> None:
    with running() as mock:
        head = HEAD.format(path=path()) + "".join(f"X-{number}: {'x' * 8_000}\r\n" for number in range(60))

        assert ask_raw(mock.url, head).startswith((b"HTTP/1.1 431", b""))


def test_a_client_that_sends_no_more_gets_its_answer() -> None:
    with running() as mock:
        for headers in ("Authorization: t\r\n", "Authorization: t\r\nPrefer: delay=10\r\n", ""):
            request = f"{HEAD.format(path=path())}{headers}Content-Length: 2\r\n\r\n{{}}"
            assert ask_raw(mock.url, request, half_close=True).startswith(b"HTTP/1.1 ")


def test_an_address_that_is_none_is_refused_at_the_end_too(capfd: pytest.CaptureFixture[str]) -> None:
    with running() as mock:
        head = "POST http://[::1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"

        assert ask_raw(mock.url, head, half_close=True).startswith(b"HTTP/1.1 400")
    assert "Traceback" not in capfd.readouterr().err


def test_the_journal_keeps_so_many_bytes() -> None:
    with running(Settings(journal_memory=100_000)) as mock:
        ask = Ask(mock.url)
        for number in range(12):
            ask.build({"branch": "x" * 30_000, "build_type": str(number)})
        answer = ask.own("GET", "requests")

        assert b'"dropped":9' in answer.body
        assert len(ask.journal()) == 3


def test_sessions_with_much_to_keep_make_room_for_others() -> None:
    with running(Settings(journal_memory=100_000)) as mock:
        for session in ("first", "second"):
            answer = {"status": 200, "body": "x" * 60_000, "off_contract": True}
            Ask(mock.url, session).scenarios({"name": "long", "answers": [answer]})

        assert Ask(mock.url).own("GET", "sessions").body == b'{"sessions":["second"]}'


def test_a_full_journal_of_many_sessions_keeps_what_each_has_least_of() -> None:
    store = MemoryStore(Limits(journal=4_000))
    for number in range(5_000):
        store.keep("many" if number % 2 else f"few{number % 100}", "{}")
    many, few = (asyncio.run(store.page(name, 0, 5_000)) for name in ("many", "few0"))

    assert (few.total, few.dropped) == (50, 0)
    assert many.dropped == 5_000 - asyncio.run(store.volume()).kept
    assert 3_990 < asyncio.run(store.volume()).kept <= 4_000


@pytest.mark.parametrize(
    ("text", "size"), [("10M", 10_000_000), ("512k", 512_000), ("1 GB", 10**9), ("7", 7), ("2mb", 2_000_000)]
)
def test_sizes_are_written_as_people_write_them(text: str, size: int) -> None:
    assert resolve({"max_body": text}, {}).max_body == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1.5M", "10 eggs"])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a size; allowed: bytes, or such as 512k, 10M, 1G"):
        resolve({"max_body": text}, {})
