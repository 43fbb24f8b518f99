"""Reads HTTP Archives one entry after the other, whoever wrote them: browsers, proxies, this kit's journal.

What an archive does not hold is told apart from what there was not: bodies are left out, credentials are masked, and
headers are kept or not, as the program liked.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

from mock_server.contract.document.source import SourceError
from mock_server.contract.media import media_types

Headers = tuple[tuple[str, str], ...]

LARGEST_BODY = 16 << 20
GZIP = b"\x1f\x8b"
UNDONE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers of an answer that no longer hold for the body in an archive: it stands there decoded."""
NO_HEADERS = frozenset({"content-type"})
NOT_ALLOWED = (
    "no HTTP Archive; allowed: what a browser's developer tools, `rainbond-mock proxy --record` and journals write"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry of an archive.

    Attributes:
        number: its position, from 1.
        sent: the body of the request: `b""` where there was none, None where it is not in the archive.
        status: 0 where there was no answer.
        body: the body of the answer; None where it is not in the archive.
        has_headers: whether the archive kept the headers of answers at all.
        seconds: how long it took.
    """

    number: int
    method: str
    url: str
    request_headers: Headers
    sent: bytes | None
    status: int
    headers: Headers
    body: bytes | None
    has_headers: bool
    seconds: float

    @property
    def is_http(self) -> bool:
        """Whether it is one request with its answer, and no stream or piece of the page itself."""
        return urlsplit(self.url).scheme in ("http", "https") and self.status != 101  # noqa: PLR2004 - upgraded


def entries(file: Path) -> Iterator[Recorded | int]:
    """The entries of an archive; a number stands for one that is no exchange.

    One entry at a time is held in memory, however large the archive is.

    Raises:
        SourceError: the file cannot be read, is not JSON, or no archive.
    """
    import ijson  # noqa: PLC0415 - other commands do without

    try:
        with _opened(file) as stream:
            number = 0
            for number, entry in enumerate(ijson.items(stream, "log.entries.item", use_float=True), 1):
                yield _recorded(number, entry)
        if not number and not _has_entries(file):
            raise SourceError(f"{file}: {NOT_ALLOWED}")
    except FileNotFoundError:
        raise SourceError(f"{file}: no such file") from None
    except OSError as error:
        raise SourceError(f"{file}: cannot be read: {error.strerror}") from None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: {NOT_ALLOWED}: not JSON: {' '.join(str(error).split())[:120]}") from None


def _opened(file: Path) -> BinaryIO:
    """The file from its first sign on, a byte order mark left out."""
    stream = file.open("rb")
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)
    return stream


def _has_entries(file: Path) -> bool:
    import ijson  # noqa: PLC0415

    with _opened(file) as stream:
        return any(event[:2] == ("log.entries", "start_array") for event in ijson.parse(stream))


def _recorded(number: int, entry: Any) -> Recorded | int:
    try:
        request, response = entry["request"], entry.get("response") or {}
        headers = _headers(response)
        return Recorded(
            number=number,
            method=str(request["method"]).upper(),
            url=str(request["url"]),
            request_headers=_headers(request),
            sent=_sent(request),
            status=int(response.get("status") or 0),
            headers=tuple(pair for pair in headers if pair[0].lower() not in UNDONE),
            body=_body(response),
            has_headers=not {name.lower() for name, _ in headers} <= NO_HEADERS,
            seconds=max(0.0, float(entry.get("time") or 0)) / 1000,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return number


def _headers(message: Mapping[str, Any]) -> Headers:
    """The headers, without the pseudo headers of HTTP/2, which stand elsewhere."""
    found = ((str(each["name"]), str(each["value"])) for each in message.get("headers") or ())
    return tuple((name, value.replace("\n", ", ")) for name, value in found if not name.startswith(":"))


def _sent(request: Mapping[str, Any]) -> bytes | None:
    data = request.get("postData") or {}
    mime = media_types.essence(str(data.get("mimeType") or ""))
    parameters = data.get("params") or ()
    if data.get("text"):
        return _bytes(data)
    if parameters and mime == media_types.FORM:
        return urlencode([(each["name"], each.get("value") or "") for each in parameters]).encode()
    told = request.get("bodySize", -1)
    is_missing = bool(parameters) or (isinstance(told, int | float) and told > 0)
    return None if is_missing else b""


def _body(response: Mapping[str, Any]) -> bytes | None:
    content = response.get("content") or {}
    if content.get("text"):
        return _bytes(content)
    size = content.get("size", -1)
    told = response.get("bodySize", -1)
    # Without a text and without a size nobody knows; browsers keep no body of a redirect, whatever its size.
    return b"" if size == 0 or (size in (-1, None) and told == 0) else None


def _bytes(content: Mapping[str, Any]) -> bytes | None:
    """The bytes of a text in an archive; None where they cannot be had."""
    text = str(content["text"])
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        data = base64.b64decode(text)
    except (ValueError, binascii.Error):
        return None
    return _unzipped(data) if data.startswith(GZIP) else data


def _unzipped(data: bytes) -> bytes | None:
    """Some programs keep bodies as they came."""
    try:
        return zlib.decompressobj(31).decompress(data, LARGEST_BODY)
    except zlib.error:
        return None
