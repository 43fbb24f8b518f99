"""Sends exactly the bytes a test means to send, and reads one answer."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


def send(
    url: str,
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    *,
    chunked: bool = False,
) -> RawAnswer:
    """One request over a connection of its own; neither path nor headers are touched."""
    address = urlsplit(url)
    own = {"Host": address.netloc, "Connection": "close"} | dict(headers)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in own.items())]
    if body is not None:
        lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}")
    payload = body or b""
    if chunked:
        payload = b"%x\r\n%b\r\n0\r\n\r\n" % (len(payload), payload)
    text = "\r\n".join(lines)
    head = text.encode("latin-1" if max(text) < "\u0100" else "utf-8") + b"\r\n\r\n"
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=30) as connection:
        connection.sendall(head + payload)
        answer = HTTPResponse(connection, method=method)
        answer.begin()
        content = answer.read()
    if answer.getheader("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return RawAnswer(answer.status, dict(answer.getheaders()), content)
