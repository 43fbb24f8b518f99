"""Examples with variable parts (`x-variables`): filled for an answer, and recognised in one.

The one reader of `x-variables`. What was filled is recognised, whatever the values.
A variable stands in an example by the sample that it has there: as a whole value, or as a part of a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a variable: a whole value of an example, or a part of a text."""

    name: str
    sample: object


@dataclass(frozen=True, slots=True)
class Text:
    """A text with slots between its fixed pieces."""

    parts: tuple[str | Slot, ...]

    def fill(self, values: Mapping[str, object]) -> str:
        """The text with this time's values; a variable without one keeps its sample."""
        return "".join(
            part if isinstance(part, str) else str(values.get(part.name, part.sample)) for part in self.parts
        )

    def matches(self, text: str, known: Mapping[str, object]) -> bool:
        """Whether the text can have been filled with the known values, and any others."""
        pattern = "".join(self._expression(part, known) for part in self.parts)
        return re.fullmatch(pattern, text, re.DOTALL) is not None

    @staticmethod
    def _expression(part: str | Slot, known: Mapping[str, object]) -> str:
        if isinstance(part, str):
            return re.escape(part)
        return re.escape(str(known[part.name])) if part.name in known else ".*"


def template(value: object, variables: Mapping[str, object]) -> object:
    """The example with a Slot or Text wherever one of the variables' samples stands in it.

    Args:
        value: the example's value.
        variables: each variable's sample, as it stands in the value; where samples overlap, the longest counts.
    """
    for name, sample in variables.items():
        if _same(value, sample):
            return Slot(name, sample)
    if isinstance(value, str):
        return _text(value, variables)
    if isinstance(value, dict):
        return {key: template(child, variables) for key, child in value.items()}
    if isinstance(value, list):
        return [template(child, variables) for child in value]
    return value


def fill(pattern: object, values: Mapping[str, object]) -> Any:
    """The value that a template becomes with this time's values."""
    if isinstance(pattern, Slot):
        return values.get(pattern.name, pattern.sample)
    if isinstance(pattern, Text):
        return pattern.fill(values)
    if isinstance(pattern, dict):
        return {key: fill(child, values) for key, child in pattern.items()}
    if isinstance(pattern, list):
        return [fill(child, values) for child in pattern]
    return pattern


def difference(
    pattern: Any, value: object, known: Mapping[str, object], required: Collection[str] | None = None, at: str = ""
) -> str:
    """Why a value cannot have been filled from a template, in words; empty where it can.

    Args:
        pattern: the template.
        value: what is to be recognised.
        known: values of variables that are known; any other variable may be anything.
        required: the keys of the outermost mapping that must be there; the others are not compared. None: all.
        at: the JSON pointer of the value, for the words.
    """
    if isinstance(pattern, Slot):
        is_right = pattern.name not in known or _same(value, known[pattern.name])
        return "" if is_right else f"{at or 'the answer'}: {shown(value)} instead of {shown(known[pattern.name])}"
    if isinstance(pattern, Text):
        is_right = isinstance(value, str) and pattern.matches(value, known)
        return "" if is_right else f"{at or 'the answer'}: {shown(value)} is not as in the example"
    if isinstance(pattern, dict) and isinstance(value, dict):
        return _in_mapping(pattern, value, known, required, at)
    if isinstance(pattern, list) and isinstance(value, list) and len(pattern) == len(value):
        pairs = enumerate(zip(pattern, value, strict=True))
        return next((found for i, (a, b) in pairs if (found := difference(a, b, known, None, f"{at}/{i}"))), "")
    return "" if _same(pattern, value) else f"{at or 'the answer'}: {shown(value)} instead of {shown(pattern)}"


def _in_mapping(
    pattern: Mapping[str, object],
    value: Mapping[str, object],
    known: Mapping[str, object],
    required: Collection[str] | None,
    at: str,
) -> str:
    for key, child in pattern.items():
        if required is not None and key not in required:
            continue
        if key not in value:
            return f"{at}/{key} is missing"
        found = difference(child, value[key], known, None, f"{at}/{key}")
        if found:
            return found
    return ""


def _text(value: str, variables: Mapping[str, object]) -> object:
    samples = {sample: name for name, sample in reversed(list(variables.items())) if isinstance(sample, str) and sample}
    if not samples:
        return value
    longest_first = sorted(samples, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})", value)
    if len(pieces) == 1:
        return value
    parts = (Slot(samples[piece], piece) if index % 2 else piece for index, piece in enumerate(pieces))
    return Text(tuple(part for part in parts if part != ""))


def _same(one: object, other: object) -> bool:
    """Equality of JSON values: true is not 1, and a text is no number."""
    return (
        type(one) is type(other) and one == other and (not isinstance(one, (dict, list)) or _json(one) == _json(other))
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def shown(value: object) -> str:
    """A value as messages show it: in one line."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
