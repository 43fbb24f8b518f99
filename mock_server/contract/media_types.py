"""Media types of requests: what a Content-Type says, and which of an operation's it is."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message

from mock_server.contract.model import MediaType

FORM = "application/x-www-form-urlencoded"


def essence(content_type: str) -> str:
    """`type/subtype` in lower case, without parameters."""
    return content_type.split(";", 1)[0].strip().lower()


def parameter(content_type: str, name: str) -> str | None:
    """A parameter of a Content-Type, e.g. its `boundary`."""
    message = Message()
    message["content-type"] = content_type
    value = message.get_param(name)
    return value if isinstance(value, str) else None


def is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def choose(offered: Iterable[MediaType], content_type: str) -> MediaType | None:
    """The most precise of the contract's media types that covers a request's Content-Type."""
    sent = essence(content_type)
    kind = sent.split("/", 1)[0]
    by_name = {essence(media_type.name): media_type for media_type in offered}
    return by_name.get(sent) or by_name.get(f"{kind}/*") or by_name.get("*/*")
