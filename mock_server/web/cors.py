"""Browsers of other origins: what the contract's `x-cors` says they are answered; without it, whatever they ask for."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import Message, Send

from mock_server.contract.model import Contract
from mock_server.engine.messages import Answer, Request

OWN_HEADERS = ("prefer", "x-mock-session")
"""Request headers of the mock alone, which a browser must be allowed to send too."""
EXPOSED = (b"preference-applied", b"x-mock-refusal")
"""Headers of the mock alone, which a script may read whatever the contract says."""
READABLE = (b"cache-control", b"content-language", b"content-length", b"content-type", b"expires", b"last-modified")
"""Headers that a script may read anyway."""
REPLACED = (b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-expose-headers")
"""Headers that a contract may declare, and that the mock has better values for."""
USUAL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ASKED_METHOD = "access-control-request-method"

RawHeaders = list[tuple[bytes, bytes]]


class Cors:
    """Answers for browsers, any origin's."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._rules = contract.cors

    def dressed(self, send: Send, request: Request) -> Send:
        """A `send` that tells a browser that its script may read the answer; the same where there is no Origin."""
        origin = request.headers.get("origin", "")
        if not _is_origin(origin):
            return send
        allowed = self._allowed() if request.method == "OPTIONS" else []

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self.readable(list(message["headers"]), origin) + allowed}
            await send(message)

        return send_with_headers

    def readable(self, headers: RawHeaders, origin: str) -> RawHeaders:
        """The headers of an answer with those that let scripts of an origin read it."""
        own = [(name, value) for name, value in headers if name not in REPLACED]
        own = _with_vary(own)
        own += [
            (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
            (b"access-control-allow-credentials", b"true"),
        ]
        exposed = [name for name, _ in headers if name in EXPOSED or (self._rules is None and _is_hidden(name))]
        if exposed:
            own.append((b"access-control-expose-headers", b", ".join(dict.fromkeys(exposed))))
        return own

    def preflight(self, request: Request) -> Answer | None:
        """The answer to a preflight; None where the request is none, or asks for no path of the contract."""
        if request.method != "OPTIONS" or ASKED_METHOD not in request.headers:
            return None
        by_rules = [("Content-Type", "text/html; charset=utf8"), ("Vary", "origin")]
        headers = self._as_asked(request) if self._rules is None else by_rules
        if headers is not None and request.headers.get("access-control-request-private-network") == "true":
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        return None if headers is None else Answer(200 if self._rules is not None else 204, tuple(headers), b"")

    def _allowed(self) -> RawHeaders:
        """What the contract's rules say in the answer to any OPTIONS of another origin, preflight or not."""
        if self._rules is None:
            return []
        rules = self._rules
        allowed = {
            b"access-control-allow-headers": ", ".join((*rules.get("allow-headers", ()), *OWN_HEADERS)),
            b"access-control-allow-methods": ", ".join(rules.get("allow-methods", USUAL_METHODS)),
            b"access-control-max-age": str(rules.get("max-age", 600)),
        }
        return [(name, value.encode()) for name, value in allowed.items()]

    def _as_asked(self, request: Request) -> list[tuple[str, str]] | None:
        method = request.headers[ASKED_METHOD].upper()
        found = self._contract.find(request.path, method)
        if found is None:
            return None
        return [
            ("Vary", "Access-Control-Request-Headers"),
            ("Access-Control-Allow-Headers", request.headers.get("access-control-request-headers", "*")),
            ("Access-Control-Allow-Methods", ", ".join(dict.fromkeys((*found[0].operations, method)))),
            ("Access-Control-Max-Age", "600"),
        ]


def _is_origin(text: str) -> bool:
    """Whether an Origin is one at all; not even `null` and nonsense are refused, but what is no URL is no origin."""
    try:
        urlsplit(text)
    except ValueError:
        return False
    return bool(text.strip())


def _is_hidden(name: bytes) -> bool:
    """Whether a script may read a header only where it is told so."""
    return name not in READABLE and name != b"vary" and not name.startswith(b"access-control-")


def _with_vary(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The headers with an answer's dependence on the origin told to caches."""
    varying = [value for name, value in headers if name == b"vary"]
    words = [word.strip() for value in varying for word in value.split(b",")]
    if b"origin" not in [word.lower() for word in words]:
        words.append(b"Origin")
    told = varying[0] if len(varying) == 1 and b"origin" in varying[0].lower() else b", ".join(words)
    return [*((name, value) for name, value in headers if name != b"vary"), (b"vary", told)]
