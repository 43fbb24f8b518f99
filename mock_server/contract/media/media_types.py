"""Media types of requests: what a Content-Type says, and which of an operation's it is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.contract.model import MediaType


FORM = "application/x-www-form-urlencoded"


@lru_cache(maxsize=256)
def essence(content_type: str) -> str:
    """`type/subtype` in lower case, without parameters."""
    return content_type.split(";", 1)[0].strip().lower()


def parameter(content_type: str, name: str) -> str | None:
    """A parameter of a Content-Type, e.g. its `boundary`."""
    message = Message()
    message["content-type"] = content_type
    value = message.get_param(name)
    return value if isinstance(value, str) else None


def charset(content_type: str) -> str:
    """The charset that a Content-Type names; UTF-8 where it names none, or none that there is."""
    named = parameter(content_type, "charset") if "charset" in content_type.lower() else None
    try:
        return codecs.lookup(named or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"


def is_json(media_type: str) -> bool:
    """Whether an essence stands for JSON."""
    return media_type in ("application/json", "text/json", "application/x-json") or media_type.endswith("+json")


def choose(offered: Iterable[MediaType], content_type: str) -> MediaType | None:
    """The most precise of the contract's media types that covers a Content-Type, its parameters included."""
    sent = essence(content_type)
    covering = (sent, f"{sent.split('/', 1)[0]}/*", "*/*")
    fitting = [item for item in offered if essence(item.name) in covering]
    if not sent:
        return _any(fitting)
    if len(fitting) <= 1:
        return next(iter(fitting), None)
    wanted = _parameters(content_type)
    return max(fitting, key=lambda item: _precision(item.name, wanted))


def _precision(name: str, wanted: frozenset[str]) -> tuple[int, int, int]:
    own = _parameters(name)
    return -essence(name).count("*"), len(own & wanted), -len(own - wanted)


@lru_cache(maxsize=256)
def _parameters(content_type: str) -> frozenset[str]:
    return frozenset("".join(part.split()).lower() for part in content_type.split(";")[1:])


def _any(fitting: list[MediaType]) -> MediaType | None:
    return next((item for item in fitting if essence(item.name) == "*/*"), None)


def preferred(offered: Iterable[MediaType], accept: str = "") -> MediaType | None:
    """The media type of an answer that a client likes best; JSON where it does not say, or likes none of them."""
    found = sorted(offered, key=lambda item: not is_json(essence(item.name)))
    if not found or not accept:
        return found[0] if found else None
    ranges = [(essence(part), _quality(part)) for part in accept.split(",")]
    return max(found, key=lambda item: _liking(essence(item.name), ranges))


def _liking(name: str, ranges: list[tuple[str, float]]) -> float:
    """How much a media type is liked: by the most precise range that covers it."""
    kind = name.split("/", 1)[0]
    for wanted in (name, f"{kind}/*", "*/*"):
        for given, quality in ranges:
            if given == wanted or ("*" in name and given.startswith(name.rstrip("*"))):
                return quality
    return 0.0


def _quality(part: str) -> float:
    found = re.search(r";\s*q\s*=\s*([01](?:\.[0-9]*)?)", part)
    return float(found[1]) if found else 1.0
