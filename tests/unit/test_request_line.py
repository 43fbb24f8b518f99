"""Which request lines are read although the parser refuses them, and which are not."""

from __future__ import annotations

import pytest

from mock_server.web.serving.request_line import STAND_IN, may_be_mended, mended


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /团队?a=中 HTTP/1.1", (b"GET /%E5%9B%A2%E9%98%9F?a=%E4%B8%AD HTTP/1.1", "GET")),
        ("GET /%E5%9B%A2/é HTTP/1.0", (b"GET /%E5%9B%A2/%C3%A9 HTTP/1.0", "GET")),
        ("FOO /a HTTP/1.1", (STAND_IN + b" /a HTTP/1.1", "FOO")),
        ("post /a HTTP/1.1", (b"POST /a HTTP/1.1", "POST")),
    ],
)
def test_is_read(line: str, expected: tuple[bytes, str]) -> None:
    rest = b"Host: x\r\n\r\n"

    assert mended(line.encode() + b"\r\n" + rest) == (expected[0] + b"\r\n" + rest, expected[1])


@pytest.mark.parametrize(
    "line",
    [
        "GET /a HTTP/1.1",
        "GET  /é HTTP/1.1",
        "GET /é",
        "GET /é HTTP/2.0",
        "G(T /é HTTP/1.1",
        "GET /é\0 HTTP/1.1",
        "",
        "é",
    ],
)
def test_stays_refused(line: str) -> None:
    assert mended(line.encode() + b"\r\nHost: x\r\n\r\n") is None


def test_waits_for_the_whole_line() -> None:
    line = "FOO /é HTTP/1.1\r".encode()

    assert mended(line) is None
    assert all(may_be_mended(line[:length]) for length in range(len(line) + 1))
    assert not may_be_mended(line + b"x")
    assert not may_be_mended(b"FOO \0")
