"""Spans of time as people write them: `80ms`, `1.5s`, `30m`, `2h`."""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
ALLOWED = "a number with its unit: ms, s, m or h"


def seconds(text: object, bare: str) -> float:
    """The seconds of a span; a number without a unit counts in the unit `bare`.

    Raises:
        ValueError: the text is no span of time.
    """
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(ms|s|m|h)?", str(text).strip())
    if match is None or isinstance(text, bool):
        raise ValueError(f"{text!r} is not a span of time; allowed: {ALLOWED}, e.g. 80ms or 1.5s")
    return float(match[1]) * UNITS[match[2] or bare]


def shown(span: float) -> str:
    """A span in its shortest spelling."""
    return f"{span * 1000:g}ms" if span < 1 else f"{span:g}s"
