"""How many clients there may be at once, and how long they may take: what protects everybody from any one of them."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mock_server.engine.messages import Answer

LONGEST_HEAD = 64 * 1024
"""Bytes of a request line and headers."""

RESERVE = 64
"""Files that the mock itself needs open: its own, the store's, answers to clients of whom there are too many."""

FEWEST = 8
READ_AT_ONCE = 256 * 1024
"""Bytes that one packet may have, in which a head ends and a body begins."""

TOO_MANY = "too many connections at once; try again, or raise --max-connections"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one process allows its clients.

    Attributes:
        most: connections at once; another one is answered 503.
        patience: seconds that a client may take to ask, or to read its answer.
    """

    most: int = 1_000
    patience: float = 60.0


def within_files(most: int) -> int:
    """As many connections as were asked for, or as this process may have open files for; it asks for more of those."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + RESERVE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
        most = min(most, max(soft - RESERVE, FEWEST))
    return most


class LimitedConnection(HttpToolsProtocol):
    """A connection within its limits.

    Args:
        limits: how many clients there may be, and how long they may take.
        error: makes an error as the mock answers it, of a status and a text.
        options: uvicorn's own.

    Attributes:
        hanging: whether its request is never answered.
        half_closed: whether the client sends no more; it may still wait for an answer.
    """

    def __init__(self, *, limits: ConnectionLimits, error: Callable[[int, str], Answer], **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._error = error
        self.hanging = False
        self.half_closed = False
        self._one_too_many = False
        self._waiting_since: float | None = None
        """Since when a request is being waited for; None while none is."""
        self._stalled_since: float | None = None
        """Since when the client reads nothing of what is ready for it."""
        self._head_size: int | None = 0
        """Bytes of the request's head so far, roughly; 0 before its first, None once it is complete."""

    # ---- uvicorn's events

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting_since = time.monotonic()
        self._one_too_many = len(self.connections) > self._limits.most
        if len(self.connections) > self._limits.most + RESERVE // 2:
            self.refuse(503, TOO_MANY)

    def data_received(self, data: bytes) -> None:
        if self._one_too_many:
            self.refuse(503, TOO_MANY)
            return
        if self._head_size is not None:
            self._head_size += len(data)
            if self._head_size > LONGEST_HEAD + READ_AT_ONCE:
                self.refuse(431, f"the request's head is longer than {LONGEST_HEAD} bytes")
                return
        self.read(data)

    def read(self, data: bytes) -> None:
        """Let the parser have some bytes."""
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._waiting_since = time.monotonic()
        self._head_size = 1

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head_size = None

    def on_message_complete(self) -> None:
        self._waiting_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.half_closed:
            self.transport.close()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether the connection stays open: a client that sends no more may wait for its answer."""
        self.half_closed = True
        is_answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        return is_answering and not self.hanging and self.scheme == "http"

    # ---- limits

    def check(self, now: float) -> None:
        """End what takes too long; asked about every second."""
        writing = self.flow is not None and self.flow.write_paused
        self._stalled_since = (self._stalled_since or now) if writing else None
        if self._stalled_since is not None and now - self._stalled_since > self._limits.patience:
            self.transport.abort()
        elif self._one_too_many:
            self.transport.close()
        elif self._waiting_since is not None and now - self._waiting_since > self._limits.patience:
            self._end_waiting()

    def _end_waiting(self) -> None:
        cycle = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if cycle is not None and is_answering and not cycle.more_body:
            return  # an earlier request's answer is under way
        if self._head_size == 0 or (cycle is not None and is_answering and cycle.response_started):
            self.transport.close()
        else:
            self.refuse(408, f"the request was not complete after {self._limits.patience:g} seconds")

    def refuse(self, status: int, text: str) -> None:
        """Answer in the contract's words without reading on, and close the connection."""
        if self.transport.is_closing():
            return
        answer = self._error(status, text)
        headers = [b"%b: %b\r\n" % (name.lower().encode(), value.encode()) for name, value in answer.headers]
        ends = (b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(answer.body), answer.body)
        self.transport.write(b"".join([STATUS_LINE[status], *headers, *ends]))
        self.transport.close()
