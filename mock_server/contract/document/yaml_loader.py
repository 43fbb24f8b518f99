"""YAML as version 1.2 has it, on PyYAML's parser in C: `on`, `yes`, dates and times are texts, and so is every key.

A document can be hostile: numbers have so many digits, tags are those of the core schema, and aliases make no more of a
document than its length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

CORE = "tag:yaml.org,2002:"
MERGE = f"{CORE}merge"
LONGEST_NUMBER = 1_000
"""Digits of a number: Python writes no number of more than some thousand."""
LONGEST_SHOWN = 80
MOST_ALIASED = 100_000
"""Values that aliases may make of any document, however short."""
SCALARS: Mapping[str, Callable[[str], Any]] = {
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "int": lambda text: int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)),
    "float": lambda text: float(re.sub(r"\.(inf|nan)$", r"\1", text.lower())),
    "null": dict.fromkeys(("", "~", "null", "Null", "NULL")).__getitem__,
    "str": str,
}
CORE_SCHEMA = {
    kind: re.compile(pattern)
    for kind, pattern in (
        ("bool", r"true|True|TRUE|false|False|FALSE"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
        (
            "float",
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        ),
        ("null", r"~|null|Null|NULL|"),
    )
}
FIRSTS = frozenset("tTfFnN~-+.0123456789")
"""What a plain scalar begins with that is no text."""

ITSELF = (None, math.inf)
"""What an alias stands for inside of what it names."""


class RepeatedKey(Exception):
    """A mapping that has a key twice; the text begins with the line."""


def load(text: str) -> Any:
    """The value of a YAML text; None where it is empty.

    It is made of the parser's events: the nodes that PyYAML makes in between take several times as long.

    Raises:
        yaml.YAMLError: it is not one document of YAML, or means to do harm.
        RepeatedKey: a mapping has a key twice.
        RecursionError: it is nested too deeply.
    """
    return _Document(text).value()


class _Document:
    def __init__(self, text: str) -> None:
        self._next: Callable[[], Any] = yaml.CSafeLoader(text).get_event
        self._most = max(len(text), MOST_ALIASED)
        self._count = 0.0
        self._anchors: dict[str, tuple[Any, float]] = {}

    def value(self) -> Any:
        self._next()  # the stream starts
        if type(self._next()) is yaml.StreamEndEvent:
            return None
        found = self._value(self._next())
        self._next()  # the document ends
        event = self._next()
        if type(event) is not yaml.StreamEndEvent:
            raise ComposerError(None, None, "but found another document", event.start_mark)
        return found

    def _value(self, event: Any) -> Any:
        before = self._count
        self._count += 1
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = ITSELF
        if kind is yaml.ScalarEvent:
            found = _scalar(event)
        elif kind is yaml.MappingStartEvent:
            found = self._mapping(event)
        else:
            found = self._sequence(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = found, self._count - before
        return found

    def _alias(self, event: Any) -> Any:
        """What an alias stands for; nothing stands for itself."""
        if event.anchor not in self._anchors:
            raise ComposerError(None, None, f"found undefined alias {event.anchor!r}", event.start_mark)
        found, size = self._anchors[event.anchor]
        self._count += size
        if self._count > self._most:
            text = "aliases (*name) that stand for themselves, or, written out, for more than the document is long"
            raise ConstructorError(None, None, text, event.start_mark)
        return found

    def _sequence(self, start: Any) -> list[Any]:
        _check_tag(start, "seq")
        found = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            found.append(self._value(event))
        return found

    def _mapping(self, start: Any) -> dict[str, Any]:
        _check_tag(start, "map")
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            is_scalar = type(event) is yaml.ScalarEvent
            if is_scalar and event.value == "<<" and event.implicit[0]:
                merged = {**self._merged(self._next()), **merged}
                continue
            key = event.value if is_scalar else str(self._value(event))
            if is_scalar and event.anchor is not None:
                self._anchors[event.anchor] = key, 1
            line = event.start_mark.line + 1
            if lines.setdefault(key, line) != line or key in found:
                raise RepeatedKey(f"{line}: {key!r} stands twice; first in line {lines[key]}")
            found[key] = self._value(self._next())
        return {**merged, **found} if merged else found

    def _merged(self, event: Any) -> dict[str, Any]:
        """What `<<` brings along: a mapping, or several, of which the first has the last word."""
        value = self._value(event)
        found: dict[str, Any] = {}
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                text = "expected a mapping or list of mappings for merging"
                raise ConstructorError(None, None, text, event.start_mark)
            found = {**each, **found}
        return found


def dump(value: object) -> str:
    """YAML text that `load` understands as the value."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


class _Dumper(yaml.SafeDumper):
    """PyYAML writes YAML 1.1, in which `1e5` and `0o7` are texts."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = None if _plain_kind(data) == "str" else "'"
        return self.represent_scalar(f"{CORE}str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)


def _plain_kind(text: str) -> str:
    """The kind of a scalar that stands there without quotes."""
    if text and text[0] not in FIRSTS:
        return "str"
    return next((kind for kind, pattern in CORE_SCHEMA.items() if pattern.fullmatch(text)), "str")


def _scalar(event: Any) -> Any:
    """A scalar of a kind of the core schema, which a tag may claim wrongly."""
    text: str = event.value
    kind = "str"
    if event.tag not in (None, "!"):
        kind = event.tag.removeprefix(CORE)
        if kind not in SCALARS:
            _check_tag(event, "")
    elif event.tag is None and event.implicit[0]:
        kind = _plain_kind(text)
    if kind == "str":
        return text
    if len(text) > LONGEST_NUMBER and kind in ("int", "float"):
        raise ConstructorError(None, None, f"a number of {len(text)} digits", event.start_mark)
    try:
        return SCALARS[kind](text)
    except (KeyError, ValueError):
        raise ConstructorError(None, None, f"{text[:LONGEST_SHOWN]!r} is no {kind}", event.start_mark) from None


def _check_tag(event: Any, kind: str) -> None:
    if event.tag not in (None, "!", f"{CORE}{kind}"):
        text = f"could not determine a constructor for the tag {event.tag!r}"
        raise ConstructorError(None, None, text, event.start_mark)
