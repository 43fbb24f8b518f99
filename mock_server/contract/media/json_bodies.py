"""JSON as the console's Python reads it, with its own words for what is wrong; safe against any bytes."""

from __future__ import annotations

import codecs
import io
import json
from typing import Any, NoReturn

DEEPEST = 920
"""Levels of nesting beyond which no JSON is read: the same on every machine, well before any stack runs out."""


class JsonError(ValueError):
    """The text is not JSON; the message is the reason alone."""


class TooDeep(JsonError):
    """The text is nested beyond what is read."""


def parse(text: str) -> Any:
    """The value of a JSON text; of repeated keys the last one wins.

    Raises:
        JsonError: not JSON; NaN and infinities are not.
    """
    if depth(text) > DEEPEST:
        kind = "array" if text.count("[") > text.count("{") else "object"
        raise TooDeep(f"maximum recursion depth exceeded while decoding a JSON {kind} from a unicode string")
    if text.startswith("\ufeff"):
        raise JsonError("Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)")
    try:
        return DECODER.decode(text)
    except ValueError as error:
        raise JsonError(str(error)) from None


def decode(body: bytes, charset: str = "utf-8") -> str:
    """The text of a body.

    Raises:
        JsonError: the body is not in that charset, or that is none.
    """
    try:
        if charset == "utf-8":
            return body.decode("utf-8")
        "a".encode(charset)  # refuses what is a codec and no charset, such as zlib
        # A reader of streams asks for the byte order mark that UTF-16 begins with.
        return codecs.getreader(charset)(io.BytesIO(body)).read()
    except (UnicodeError, LookupError) as error:
        raise JsonError(str(error)) from None


def depth(text: str) -> int:
    """How deep a JSON text nests. Only texts with brackets enough to matter are looked at closely."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    level = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            level += 1
            deepest = max(deepest, level)
        elif character in "]}":
            level -= 1
    return deepest


def dump(value: Any) -> bytes:
    """Compact JSON in UTF-8, as the console writes it; a lone surrogate stays an escape."""
    text = ENCODER.encode(value)
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text.encode("utf-8", "backslashreplace")


def _not_a_number(constant: str) -> NoReturn:
    raise JsonError(f"Out of range float values are not JSON compliant: {constant!r}")


ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
DECODER = json.JSONDecoder(parse_constant=_not_a_number)
