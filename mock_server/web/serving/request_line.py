"""Request lines that the HTTP parser refuses and the real console reads: raw bytes, other methods. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

LINE = re.compile(
    rb"(?P<method>[!#$%&'*+.^_`|~0-9A-Za-z-]+) (?P<target>[^\x00-\x20\x7f]+) (?P<version>HTTP/1\.[01])\r\n"
)
STAND_IN = b"PURGE"
"""A method that every parser knows and that nothing here means."""
AS_THEY_ARE = "".join(map(chr, range(0x21, 0x7F)))


KNOWN = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", STAND_IN))
"""Methods that travel under their own names."""


BEGINNING = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: (?:[^\x00-\x20\x7f]+(?: [HTP/1.0]*\r?)?)?)?)?")


def may_be_mended(data: bytes) -> bool:
    """Whether this begins a request line that could be read once it is complete."""
    return BEGINNING.fullmatch(data) is not None


def mended(data: bytes) -> tuple[bytes, str] | None:
    """The bytes of a request as a strict parser reads them, and its method; None where that would change nothing.

    Args:
        data: what begins with the request line.
    """
    line = LINE.match(data)
    if line is None:
        return None
    method = line["method"].upper()
    target = quote_from_bytes(line["target"], safe=AS_THEY_ARE).encode("ascii")
    if (method, target) == (line["method"], line["target"]) and method in KNOWN:
        return None
    name = method if method in KNOWN else STAND_IN
    return b"%b %b %b\r\n%b" % (name, target, line["version"], data[line.end() :]), method.decode("ascii")
