"""What settings may be: each kind reads a value from a text or a file's type, and describes itself as JSON Schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.contract import durations
from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.source import nearest

UNITS: Mapping[str, int] = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
YES, NO = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a setting may be.

    Attributes:
        read: the value from what was given, or from a value of the kind. Raises ValueError: what is allowed.
        schema: the same as JSON Schema.
        metavar: what a command's help calls a value.
        several: whether it is a list or a mapping, so that its option can be repeated.
    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    metavar: str | None = None
    several: bool = False


def text(value: object) -> str:
    """A text; a number's digits count as one."""
    if "\0" in str(value):
        raise ValueError("allowed: text without NUL characters")
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise ValueError(f"{shown(value)} is not text{'; quote it' if isinstance(value, (bool, float)) else ''}")


def _switch(value: object) -> bool:
    word = str(value).lower()
    if word not in (*YES, *NO):
        raise ValueError(f"{shown(value)} is not allowed{nearest(word, YES[:1] + NO[:1])}; allowed: true, false")
    return word in YES


def _seconds(value: object) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    found = float(str(value)) if is_number else durations.seconds(value, bare="s")
    if not 0 < found < math.inf:
        raise ValueError(f"{shown(value)} is too short; allowed: any time above 0, e.g. 30m")
    return found


def _size(value: object) -> int:
    match = re.fullmatch(r"([0-9]{1,12})\s*([kmg]?)b?", str(value).strip().lower(), re.ASCII)
    if match is None:
        raise ValueError(f"{shown(value)} is not a size; allowed: bytes, or such as 512k, 10M, 1G")
    return int(match[1]) * UNITS[match[2]]


def choice(*allowed: str) -> Kind:
    """One of several words."""

    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"unknown {shown(value)}{nearest(value, allowed)}; allowed: {', '.join(allowed)}")
        return str(value)

    return Kind(read, {"enum": list(allowed)}, "|".join(allowed))


def _refused(value: object, why: str) -> ValueError:
    return ValueError(f"{shown(value)} {why}")


def number(least: float, most: float = math.inf, *, whole: bool = True) -> Kind:
    """A number within limits."""
    words = "a whole number" if whole else "a number"
    allowed = f"{least} or more" if most == math.inf else f"{least} to {most}"

    def read(value: object) -> float:
        try:
            found = (int if whole else float)(str(value))
        except ValueError:
            raise _refused(value, f"is not {words}; allowed: {allowed}") from None
        if not least <= found <= most or found == math.inf:
            raise _refused(value, f"is too {'large' if found > least else 'small'}; allowed: {allowed}")
        return found

    limits = {"minimum": least, **({} if most == math.inf else {"maximum": most})}
    return Kind(read, {"type": "integer" if whole else "number", **limits}, "N")


def several(item: Kind, metavar: str | None = None) -> Kind:
    """A list, or a text with commas."""

    def read(value: object) -> tuple[Any, ...]:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)):
            raise _refused(value, "is not a list")
        return tuple(item.read(each.strip() if isinstance(each, str) else each) for each in items)

    return Kind(read, {"type": "array", "items": item.schema}, metavar or item.metavar, several=True)


def pairs(metavar: str) -> Kind:
    """A mapping of names to texts; on a command line `NAME=TEXT`, once for each."""

    def read(value: object) -> dict[str, str]:
        if isinstance(value, Mapping):
            return {str(name): text(each) for name, each in value.items()}
        if not isinstance(value, (list, tuple)):
            raise _refused(value, f"is not a table; allowed: {metavar}")
        found = [str(each).partition("=") for each in value]
        if wrong := next((name for name, sign, _ in found if not (name and sign)), None):
            raise ValueError(f"{wrong!r} is not of the form {metavar}")
        return {name: each for name, _, each in found}

    return Kind(read, {"type": "object", "additionalProperties": {"type": "string"}}, metavar, several=True)


TEXT = Kind(text, {"type": "string"}, "TEXT")
FILE = Kind(lambda value: value if isinstance(value, Path) else Path(text(value)), {"type": "string"}, "FILE")
SWITCH = Kind(_switch, {"type": "boolean"})
TIME = Kind(_seconds, {"type": ["string", "number"]}, "TIME")
SIZE = Kind(_size, {"type": ["string", "integer"]}, "SIZE")
