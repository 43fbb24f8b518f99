"""A client's connection: uvicorn's, with the compiled way in front of it.

A request that is certain to be accepted is answered here, as soon as it is complete: in one write, with no task or
event made for it. object other takes uvicorn's own way to the ASGI application.
"""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mock_server.web.compiled import LONGEST_BODY
from mock_server.web.live import Live
from mock_server.web.network_faults import WIRE
from mock_server.web.serving import request_line
from mock_server.web.serving.connection_limits import LimitedConnection


class Connection(LimitedConnection):
    """A connection that its requests can reach, so that faults can happen on it; see `network_faults.Wire`.

    Args:
        live: what is served, whose compiled way answers what is certain.
        options: its limits, and uvicorn's own.
    """

    def __init__(self, *, live: Live, **options: Any) -> None:
        super().__init__(error=live.error, **options)
        self._live = live
        self._held: bytes | None = None
        """The body so far of a request that may be answered at once."""
        self._offers: list[tuple[bytes, bytes]] = []
        """Its headers that offer to go on in another protocol."""
        self._in_head = self._in_body = False
        self._head = b""
        """What came so far of a request whose head is not complete."""
        self._unread = b""
        """The beginning of a request line that the parser will be given mended."""
        self._method: str | None = None
        """The method of a request that the parser was given under another name."""

    def read(self, data: bytes) -> None:
        if self._unread:
            data, self._unread = self._unread + data, b""
        try:
            self._unset_keepalive_if_required()
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._read_mended(self._head + data)
        else:
            self._head = self._head + data if self._in_head else b""

    def eof_received(self) -> bool:  # type: ignore[override]
        try:
            self._to_application()
        except httptools.HttpParserError:  # an address that is none, seen only now
            self.send_400_response("Invalid HTTP request received.")
        return super().eof_received()

    # ---- what the parser tells

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        scope: Any = self.scope  # uvicorn's type has extensions of its own only
        scope["extensions"] = {WIRE: self}

    def on_headers_complete(self) -> None:
        if self._is_upgrade():
            return
        self._in_head, self._in_body = False, True
        self.headers += self._offers
        self._offers = []
        if self._method is not None:
            super().on_headers_complete()
            self.scope["method"], self._method = self._method, None
        elif self._live.way is not None and self._is_idle() and self.parser.should_keep_alive():
            self._held = b""
            self._head_size = None
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
            return
        self._held += body
        if len(self._held) > LONGEST_BODY:
            self._to_application()

    def on_message_complete(self) -> None:
        if self._is_upgrade():
            return
        self._waiting_since = None
        self._in_body = False
        if self._held is not None and self._answered(self._held):
            self._held = None
            return
        self._to_application()
        super().on_message_complete()

    def shutdown(self) -> None:
        self._to_application()
        super().shutdown()
        if self.hanging:
            self.transport.abort()

    # ---- offers of another protocol

    def _is_upgrade(self) -> bool:
        """Whether the parser takes what follows for another protocol: it would lose the body."""
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read the request again without its offer (`Upgrade: h2c`), which a server may decline (RFC 9110, 7.8)."""
        if not self._is_upgrade():
            return
        version = self.parser.get_http_version().encode("ascii")
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self._offers = [header for header in self.headers if header[0] == b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.read(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    # ---- request lines that the parser refuses

    def _read_mended(self, data: bytes) -> None:
        """Read a request again as the real console would."""
        mended = None if self._in_body else request_line.mended(data)
        self._head = b""
        if mended is not None:
            self.parser = httptools.HttpRequestParser(self)
            lines, self._method = mended
            self.read(lines)
        elif not self._in_body and request_line.may_be_mended(data):
            self.parser = httptools.HttpRequestParser(self)
            self._unread = data
        else:
            self.send_400_response("Invalid HTTP request received.")

    # ---- the two ways

    def _is_idle(self) -> bool:
        """Whether nothing is being answered, and a request is a plain one."""
        busy = self.pipeline or (self.cycle is not None and not self.cycle.response_complete)
        return not busy and not self.expect_100_continue and not self.flow.write_paused

    def _answered(self, body: bytes) -> bool:
        """Answer at once where that is certain."""
        way = self._live.way
        if way is None or self.transport.is_closing():
            return False
        answer = way.answer(self.parser.get_method(), self.url, self.headers, body)
        if answer is None:
            return False
        common = b"".join([b"%b: %b\r\n" % header for header in self.server_state.default_headers])
        self.transport.write(b"".join([STATUS_LINE[answer.status], common, answer.head, b"\r\n", answer.body]))
        self.on_response_complete()
        return True

    def _to_application(self) -> None:
        """Let a request that was held back go on to the application."""
        if self._held is None:
            return
        body, self._held = self._held, None
        super().on_headers_complete()
        if body:
            super().on_body(body)
