"""A real deployment behind the mock: sends requests on, and streams answers back. The only user of httpx2."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx2

from mock_server.engine.messages import Request
from mock_server.web.forwarding.proxy import Headers, UpstreamAnswer, UpstreamFailed

PATIENCE = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 10.0}
"""Seconds that each step may take."""

OF_ONE_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that concern one connection alone (RFC 9110, 7.6.1)."""

OF_THE_MOCK = frozenset({"host", "x-mock-session", "accept-encoding"})


class Upstream:
    """One deployment.

    Args:
        url: where it is; a path in it stands in front of every request's.
        insecure: whether any certificate will do.
    """

    def __init__(self, url: str, *, insecure: bool = False) -> None:
        self._base = httpx2.URL(url)
        self.shown = str(self._base.copy_with(username=None, password=None)).rstrip("/")
        self._transport = httpx2.AsyncHTTPTransport(verify=not insecure, trust_env=False)

    @asynccontextmanager
    async def ask(
        self, request: Request, headers: Iterable[tuple[bytes, bytes]], body: AsyncIterator[bytes]
    ) -> AsyncIterator[UpstreamAnswer]:
        """The answer to a request that is sent on. Raises UpstreamFailed."""
        try:
            answer = await self._transport.handle_async_request(self._request(request, headers, body))
        except (httpx2.HTTPError, OSError) as error:
            raise self._failed(error) from None
        try:
            kept = [(name.lower(), value) for name, value in answer.headers.raw]
            yield UpstreamAnswer(answer.status_code, _without(kept, OF_ONE_HOP), self._body(answer))
        finally:
            await answer.aclose()

    async def close(self) -> None:
        await self._transport.aclose()

    def _request(
        self, request: Request, headers: Iterable[tuple[bytes, bytes]], body: AsyncIterator[bytes]
    ) -> httpx2.Request:
        target = self._base.raw_path.rstrip(b"/") + request.path.encode("latin-1")
        target += b"?" + request.query.encode("latin-1") if request.query else b""
        kept = _without(headers, OF_ONE_HOP | OF_THE_MOCK)
        sent = [(b"host", self._base.netloc), *kept, (b"accept-encoding", b"identity")]
        if request.chunked:
            sent.append((b"transfer-encoding", b"chunked"))
        url = self._base.copy_with(raw_path=target, username=None, password=None)
        return httpx2.Request(request.method, url, headers=sent, stream=_Stream(body), extensions={"timeout": PATIENCE})

    async def _body(self, answer: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for part in answer.aiter_raw():
                yield part
        except (httpx2.HTTPError, OSError) as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> UpstreamFailed:
        if isinstance(error, httpx2.TimeoutException):
            return UpstreamFailed(504, f"{self.shown} takes too long ({type(error).__name__})")
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                text = f"{self.shown}: its certificate is not trusted: {cause.verify_message}; --insecure trusts any"
                return UpstreamFailed(502, text)
            cause = cause.__cause__ or cause.__context__
        return UpstreamFailed(502, f"{self.shown} cannot be reached: {error or type(error).__name__}")


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part


def _without(headers: Iterable[tuple[bytes, bytes]], names: frozenset[str]) -> Headers:
    """Headers without some, and without those that a `Connection` header names."""
    headers = list(headers)
    named = b",".join(value for name, value in headers if name.lower() == b"connection").decode("latin-1")
    left_out = {*names, *(each.strip().lower() for each in named.split(","))}
    return [(name, value) for name, value in headers if name.decode("latin-1").lower() not in left_out]
