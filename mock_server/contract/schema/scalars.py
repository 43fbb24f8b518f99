"""Texts and numbers that keep their rules: format, pattern and lengths, limits and grid. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from mock_server.contract.schema.patterns import LONGEST_TEXT, texts_for

FORMATS: Mapping[str, str] = {
    "byte": "c2FtcGxl",
    "date": "2026-01-{day:02}",
    "date-time": "2026-01-{day:02}T00:00:00Z",
    "decimal": "{count}.0",
    "duration": "P{count}D",
    "email": "user{number}@example.com",
    "hostname": "example{number}.com",
    "idn-email": "user{number}@example.com",
    "idn-hostname": "example{number}.com",
    "int32": "{count}",
    "int64": "{count}",
    "ipv4": "192.0.2.{octet}",
    "ipv6": "2001:db8::{octet}",
    "iri": "https://example.com/{number}",
    "iri-reference": "/x{number}",
    "json-pointer": "/x{number}",
    "regex": "^x{number}$",
    "relative-json-pointer": "{index}",
    "time": "00:00:{second:02}Z",
    "uri": "https://example.com/{number}",
    "uri-reference": "/x{number}",
    "uri-template": "/x{number}",
    "url": "https://example.com/{number}",
    "uuid": "{index:08x}-0000-4000-8000-000000000000",
}
"""A text of each format, with places for what differs in another variant."""
BYTES = ("c2FtcGxl", "c2FtcGxlMg==", "c2FtcGxlMw==", "c2FtcGxlNA==")


def text(rules: Mapping[str, Any], variant: int, accepts: Callable[[str], bool]) -> str:
    """A text that keeps the rules, the first that is accepted; else the nearest to one.

    Args:
        rules: keywords of JSON Schema.
        variant: another number, another text.
        accepts: whether all that stands beside the rules allows a text.
    """
    if not isinstance(rules.get("pattern"), str):
        return _of_format(rules, variant)
    least, most = min(rules.get("minLength", 0), LONGEST_TEXT), rules.get("maxLength", math.inf)
    first = None
    for candidate in _candidates(rules, variant, least):
        if least <= len(candidate) <= most:
            if accepts(candidate):
                return candidate
            first = candidate if first is None else first
    return first or ""


def _candidates(rules: Mapping[str, Any], variant: int, least: int) -> Iterator[str]:
    if rules.get("format") in FORMATS:
        yield _of_format(rules, variant)
    yield from texts_for(rules["pattern"], variant, least)


def _of_format(rules: Mapping[str, Any], variant: int) -> str:
    least, most = min(rules.get("minLength", 0), LONGEST_TEXT), rules.get("maxLength", math.inf)
    number = variant + 1 if variant else ""
    form = FORMATS.get(rules.get("format", ""), "string{number}")
    text = form.format(number=number, index=variant, count=variant + 1, day=variant % 28 + 1, second=variant % 60,
                       octet=variant % 254 + 1)  # fmt: skip
    if form == FORMATS["byte"]:
        text = (
            BYTES[variant % len(BYTES)].ljust(4 * math.ceil(least / 4), "A") if variant or least > len(text) else text
        )
    if len(text) > most:
        text = text[-int(most) :] if variant and most else text[: int(most)]
    return text.ljust(least, "x")


def number(rules: Mapping[str, object], variant: int, *, whole: bool) -> int | float:
    """A number within its limits and on its grid, computed without rounding; `whole`: an integer."""
    usual = Fraction(1) if whole else Fraction(1, 2)
    grid = Fraction(str(rules["multipleOf"])) if rules.get("multipleOf") else Fraction(1) if whole else None
    low, above = _limit(rules, "minimum", "exclusiveMinimum")
    high, below = _limit(rules, "maximum", "exclusiveMaximum")
    value = usual if low is None else max(usual, low)
    value = value if high is None else min(value, high)
    if grid is not None:
        value = math.ceil(value / grid) * grid
        if high is not None and value > high:
            value = math.floor(high / grid) * grid
        value += grid * ((1 if above and value == low else 0) - (1 if below and value == high else 0))
    elif (above and value == low) or (below and value == high):
        lowest = high - 1 if low is None and high is not None else low
        highest = low + 1 if high is None and low is not None else high
        value = (lowest + highest) / 2 if lowest is not None and highest is not None else value
    step = (grid or 1) * variant
    value += -step if high is not None and value + step > high else step
    return int(value) if value.denominator == 1 and whole else float(value)


def _limit(rules: Mapping[str, Any], key: str, strict: str) -> tuple[Fraction | None, bool]:
    limit, exclusive = rules.get(key), rules.get(strict)
    if exclusive is not None and not isinstance(exclusive, bool):
        if limit is None or (exclusive >= limit if key == "minimum" else exclusive <= limit):
            return Fraction(str(exclusive)), True
        exclusive = False
    return (None if limit is None else Fraction(str(limit))), bool(exclusive)
