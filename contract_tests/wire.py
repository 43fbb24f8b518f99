"""HTTP/1.1 as bytes on a socket: sends exactly what a case says, and keeps exactly what came back.

Ordinary HTTP clients repair what they are given and hide what they receive: they refuse odd paths, add headers, merge
repeated ones, decode bodies. A verifier needs the opposite, so this is a small client of its own.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

CHUNK = 65536
LONGEST_HEAD = 1 << 20
NO_BODY_STATUSES = (204, 304)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it goes over the wire.

    Attributes:
        target: path and query, percent-encoded, sent unchanged.
        headers: sent in this order and spelling; Host and the framing headers are added.
        body: None sends no body and no framing header at all; `b""` sends `Content-Length: 0`.
        chunked: send the body in chunks instead of with a length.
        closing: ask the server to close the connection afterwards.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    chunked: bool = False
    closing: bool = False

    def encode(self, host: str) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.closing:
            lines.append("Connection: close")
        body = self.body or b""
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in _parts(body)) + b"0\r\n\r\n"
        elif self.body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        try:
            return head.encode("latin-1") + body
        except UnicodeEncodeError:
            # A header's text may hold any sign: beyond latin-1 it travels as UTF-8, as every client does it.
            return head.encode("utf-8") + body


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


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its answer; where there was none, `failure` says why in a few words."""

    request: Request
    sent: bytes
    answer: Answer | None
    failure: str = ""

    @property
    def accepted(self) -> bool:
        return self.answer is not None and self.answer.accepted


class BrokenAnswer(Exception):
    """What came back is no HTTP answer, or none came."""


class Unreachable(Exception):
    """No connection can be made."""


class Wire:
    """A kept-alive connection to one server. Not for several threads: give each its own."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        self.url: SplitResult = urlsplit(url)
        self.timeout = timeout
        self._socket: socket.socket | None = None

    @property
    def host(self) -> str:
        return self.url.netloc.rpartition("@")[2]

    def send(self, request: Request) -> Exchange:
        """Send one request and read its answer.

        A kept connection that the server closed meanwhile is replaced once, silently: servers may do that.

        Raises:
            Unreachable: no connection can be made.
        """
        data = request.encode(self.host)
        reused = self._socket is not None
        leftovers = self._leftovers()
        try:
            answer = self._ask(data, request.method)
        except _NothingCame:
            if not reused:
                return Exchange(request, data, None, "the connection was closed without an answer")
            try:
                answer = self._ask(data, request.method)
            except BrokenAnswer as error:
                return Exchange(request, data, None, str(error))
        except BrokenAnswer as error:
            return Exchange(request, data, None, str(error))
        if leftovers:
            problem = f"the answer before it was longer than it said: {leftovers[:60]!r} was left on the connection"
            answer = _with_problem(answer, problem)
        return Exchange(request, data, answer)

    def send_bytes(self, data: bytes) -> Answer:
        """Send a request that was encoded before, on a connection of its own.

        Raises:
            BrokenAnswer: no HTTP answer came.
            Unreachable: no connection can be made.
        """
        self.close()
        try:
            return self._ask(data, data.split(b" ", 1)[0].decode("latin-1"))
        finally:
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _ask(self, data: bytes, method: str) -> Answer:
        started = time.perf_counter()
        connection = self._connect()
        try:
            _send_all(connection, data)
            answer, reusable = _Reader(connection, started + self.timeout).answer(method, started)
        except BrokenAnswer:
            self.close()
            raise
        except TimeoutError:
            self.close()
            raise BrokenAnswer(f"no complete answer within {self.timeout:g} s") from None
        except OSError:
            self.close()
            raise _NothingCame("the connection was closed without an answer") from None
        if not reusable:
            self.close()
        return answer

    def _connect(self) -> socket.socket:
        if self._socket is None:
            secure = self.url.scheme == "https"
            address = (self.url.hostname or "", self.url.port or (443 if secure else 80))
            try:
                connection = socket.create_connection(address, self.timeout)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if secure:
                    context = ssl.create_default_context()
                    connection = context.wrap_socket(connection, server_hostname=self.url.hostname)
            except OSError as error:
                raise Unreachable(f"{self.url.netloc}: {error.strerror or error}") from None
            self._socket = connection
        return self._socket

    def _leftovers(self) -> bytes:
        """What lies unread on the kept connection; the connection is dropped where there is anything, or its end."""
        if self._socket is None or not select.select([self._socket], [], [], 0)[0]:
            return b""
        with contextlib.suppress(OSError):
            left = self._socket.recv(CHUNK)
            self.close()
            return left
        self.close()
        return b""


class _NothingCame(BrokenAnswer):
    """The connection ended before the first byte of an answer."""


class _Reader:
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
                    raise _NothingCame("the connection was closed without an answer")
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


def _send_all(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        # A server may answer before it has read a body and close: its answer can still be read.
        if len(data) <= CHUNK:
            raise


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Without this, a server that writes head and body apart waits 40 ms for each delayed acknowledgement."""
    quick = getattr(socket, "TCP_QUICKACK", None)
    if quick is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, quick, 1)


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


def _parts(body: bytes) -> list[bytes]:
    half = max(1, len(body) // 2)
    return [body[start : start + half] for start in range(0, len(body), half)]


def _with_problem(answer: Answer, problem: str) -> Answer:
    return Answer(answer.status, answer.headers, answer.body, answer.head, answer.seconds, (*answer.problems, problem))
