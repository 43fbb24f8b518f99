"""An HTTP/1.1 answer as it comes over a socket: read by the letter, with all that is wrong about its framing."""

from __future__ import annotations

import contextlib
import select
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK = 65536
LONGEST_HEAD = 1 << 20
NO_BODY_STATUSES = (204, 304)
LARGEST_DECODED = 16 << 20
DECODED = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""The content codings that are undone, with what zlib calls them: a server may use any where none was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `head` is its raw status line and headers, `problems` what is wrong with its framing."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    head: bytes
    seconds: float
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The media type without parameters, lower case; empty where there is none."""
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success


class BrokenAnswer(Exception):
    """What came back is no HTTP answer, or none came."""


class NothingCame(BrokenAnswer):
    """The connection ended before the first byte of an answer."""


class AnswerReader:
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self.buffer = b""

    def answer(self, method: str, started: float) -> tuple[Answer, bool]:
        head = self._head()
        status, headers = _parse_head(head)
        while 100 <= status < 200:  # noqa: PLR2004 - an interim answer: the real one follows
            head = self._head()
            status, headers = _parse_head(head)
        values = {name.lower(): value for name, value in headers}
        framed = True
        problems: list[str] = []
        if method == "HEAD" or status in NO_BODY_STATUSES:
            body = b""
            self._peek(0.003)
        elif "chunked" in values.get("transfer-encoding", "").lower():
            body = self._chunks()
        elif "content-length" in values:
            body = self._exactly(values["content-length"], problems)
        else:
            body, framed = self._until_closed(), False
        seconds = time.perf_counter() - started
        body = _decoded(body, values.get("content-encoding", "").lower(), problems)
        if self.buffer:
            what = "an answer that has no body" if not body else "its Content-Length"
            problems.append(f"{len(self.buffer)} bytes follow {what}: {self.buffer[:60]!r}")
        closing = "close" in values.get("connection", "").lower()
        reusable = framed and not closing and not problems and head.startswith(b"HTTP/1.1")
        return Answer(status, headers, body, head, seconds, tuple(problems)), reusable

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > LONGEST_HEAD:
                raise BrokenAnswer("the answer has no end of headers")
            part = self._receive()
            if not part:
                if not self.buffer:
                    raise NothingCame("the connection was closed without an answer")
                raise BrokenAnswer(f"no HTTP answer: {self.buffer[:80]!r}")
            self.buffer += part
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def _exactly(self, length: str, problems: list[str]) -> bytes:
        if not length.strip().isdigit():
            raise BrokenAnswer(f"Content-Length is no number: {length!r}")
        size = int(length)
        while len(self.buffer) < size:
            try:
                part = self._receive()
            except TimeoutError:
                part = b""
            if not part:
                problems.append(f"Content-Length says {size} bytes, {len(self.buffer)} came")
                break
            self.buffer += part
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size_line = self._line()
            try:
                size = int(size_line.split(b";")[0], 16)
            except ValueError:
                raise BrokenAnswer(f"a chunk's size is no number: {size_line[:40]!r}") from None
            while len(self.buffer) < size:
                self._more()
            body, self.buffer = body + self.buffer[:size], self.buffer[size:]
            if size == 0:
                while self._line():
                    pass
                return body
            self._line()

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self._more()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _more(self) -> None:
        part = self._receive()
        if not part:
            raise BrokenAnswer("the answer ended inside a chunk")
        self.buffer += part

    def _until_closed(self) -> bytes:
        while part := self._receive():
            self.buffer += part
        body, self.buffer = self.buffer, b""
        return body

    def _peek(self, seconds: float) -> None:
        if select.select([self.connection], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                self.buffer += self.connection.recv(CHUNK)

    def _receive(self) -> bytes:
        left = self.deadline - time.perf_counter()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        _acknowledge_at_once(self.connection)
        return self.connection.recv(CHUNK)


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Without this, a server that writes head and body apart waits 40 ms for each delayed acknowledgement."""
    quick = getattr(socket, "TCP_QUICKACK", None)
    if quick is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, quick, 1)


def _decoded(body: bytes, coding: str, problems: list[str]) -> bytes:
    """The body without its coding; as it came where it cannot be undone."""
    if not body or coding not in DECODED:
        return body
    try:
        return zlib.decompressobj(DECODED[coding]).decompress(body, LARGEST_DECODED)
    except zlib.error:
        problems.append(f"Content-Encoding says {coding}, but the body is not")
        return body


def _parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pieces = first.split(" ", 2)
    if len(pieces) < 2 or not pieces[0].startswith("HTTP/1.") or not pieces[1].isdigit():  # noqa: PLR2004
        raise BrokenAnswer(f"no HTTP answer: {first[:80]!r}")
    return int(pieces[1]), tuple(_headers(lines))


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if not line:
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise BrokenAnswer(f"a header line without a colon: {line[:80]!r}")
        yield name, value.strip()
