"""HTTP/1.1 as bytes on a socket: sends exactly what a case says, and keeps exactly what came back.

Ordinary HTTP clients repair what they are given and hide what they receive: they refuse odd paths, add headers, merge
repeated ones, decode bodies. A verifier needs the opposite, so this is a small client of its own.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from contract_tests.transport.answer import CHUNK, Answer, AnswerReader, BrokenAnswer, NothingCame
from contract_tests.transport.route import Tls, Unreachable, connect

__all__ = ("Exchange", "Request", "Unreachable", "Wire")


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
class Exchange:
    """A request with its answer; where there was none, `failure` says why in a few words.

    `stale`: a kept connection was closed under it, as servers may do: nobody knows whether it arrived.
    """

    request: Request
    sent: bytes
    answer: Answer | None
    failure: str = ""
    stale: bool = False

    @property
    def accepted(self) -> bool:
        return self.answer is not None and self.answer.accepted


class Wire:
    """A kept-alive connection to one server. Not for several threads: give each its own."""

    def __init__(self, url: str, timeout: float = 10.0, tls: Tls | None = None) -> None:
        self.url: SplitResult = urlsplit(url)
        self.timeout = timeout
        self._tls = tls or Tls()
        self._socket: socket.socket | None = None

    @property
    def host(self) -> str:
        return self.url.netloc.rpartition("@")[2]

    def another(self) -> Wire:
        """A connection of its own to the same server."""
        return Wire(self.url.geturl(), self.timeout, self._tls)

    def send(self, request: Request, *, resend: bool = False) -> Exchange:
        """Send one request and read its answer.

        `resend` says that a request may be sent again where a kept connection turns out to be closed.

        Raises:
            Unreachable: no connection can be made.
        """
        data = request.encode(self.host)
        reused = self._socket is not None
        leftovers = self._leftovers()
        try:
            answer = self._ask(data, request.method)
        except NothingCame:
            if not reused or not resend:
                return Exchange(request, data, None, "the connection was closed without an answer", stale=reused)
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
            answer, reusable = AnswerReader(connection, started + self.timeout).answer(method, started)
        except BrokenAnswer:
            self.close()
            raise
        except TimeoutError:
            self.close()
            raise BrokenAnswer(f"no complete answer within {self.timeout:g} s") from None
        except OSError:
            self.close()
            raise NothingCame("the connection was closed without an answer") from None
        if not reusable:
            self.close()
        return answer

    def _connect(self) -> socket.socket:
        if self._socket is None:
            self._socket = connect(self.url, self.timeout, self._tls)
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


def _send_all(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        # A server may answer before it has read a body and close: its answer can still be read.
        if len(data) <= CHUNK:
            raise


def _parts(body: bytes) -> list[bytes]:
    half = max(1, len(body) // 2)
    return [body[start : start + half] for start in range(0, len(body), half)]


def _with_problem(answer: Answer, problem: str) -> Answer:
    return Answer(answer.status, answer.headers, answer.body, answer.head, answer.seconds, (*answer.problems, problem))
