"""Documents that are no files: standard input (`-`), and addresses on the network, each read once and within limits."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from mock_server.contract.document.source import SourceError

STANDARD_INPUT = "-"
SECONDS = 30.0
LONGEST = 64_000_000
"""Bytes of a document that is read."""
AT_ONCE = 65_536
ACCEPTED = "application/yaml, application/json, text/yaml, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that was read: what to call it, and its text."""

    name: str
    text: str = field(repr=False)


def is_elsewhere(place: object) -> bool:
    """Whether a place is standard input or an address, and no file."""
    return isinstance(place, str) and (place == STANDARD_INPUT or re.match(r"https?://", place) is not None)


def fetch(place: str) -> Fetched:
    """Read what is at a place.

    Raises:
        SourceError: nothing can be read there within the limits, or it is not UTF-8.
    """
    if place == STANDARD_INPUT:
        name, raw = "standard input", sys.stdin.buffer.read(LONGEST + 1)
    else:
        name, raw = place, _asked(place)
    if len(raw) > LONGEST:
        raise SourceError(f"{name}: longer than {LONGEST // 1_000_000} MB, which is more than is read")
    try:
        return Fetched(name, raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: not UTF-8 at byte {error.start}") from None


def _asked(url: str) -> bytes:
    if urlsplit(url).username or urlsplit(url).password:
        raise SourceError(
            "spec: credentials do not belong into an address; fetch it yourself and give it with --spec -"
        )
    try:
        with urlopen(Request(url, headers={"Accept": ACCEPTED}), timeout=SECONDS) as answer:  # noqa: S310 - http alone
            return _within_time(answer, url)
    except HTTPError as error:
        raise SourceError(f"{url}: answered {error.code} {error.reason}") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise SourceError(f"{url}: cannot be fetched: {getattr(error, 'reason', None) or error}") from None


def _within_time(answer: IO[bytes], url: str) -> bytes:
    """The body, but for what is beyond the limit. A server that never ends does not keep anyone waiting."""
    end = time.monotonic() + SECONDS
    parts: list[bytes] = []
    size = 0
    while size <= LONGEST and (part := answer.read(AT_ONCE)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > end:
            raise SourceError(f"{url}: not read within {SECONDS:g} s")
    return b"".join(parts)
