"""What is wrong with a value, point by point: the fault itself, where alternatives hide it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError

DECISIVE = ("type", "const", "enum")
"""Keywords that tell alternatives apart."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One point in which a value breaks a schema.

    Attributes:
        path: the keys and indices that lead to the part of the value that is wrong.
        keyword: the keyword that is broken.
        rule: what the keyword says; for `required` the missing property, for `type` the allowed types.
        value: that part of the value, as it was given.
        message: what is wrong, in plain English.
        schema_path: the keys that lead to the keyword inside the schema.
    """

    path: tuple[str | int, ...]
    keyword: str
    rule: Any
    value: Any
    message: str
    schema_path: tuple[str | int, ...]


def violations_of(errors: Iterable[ValidationError], value: object) -> Iterator[Violation]:
    """The validator's errors about a value as points in which it breaks its schema."""
    return (_violation(cause, value) for error in errors for cause in _causes(error))


def located(value: Any, steps: Iterable[str | int]) -> tuple[tuple[str | int, ...], Any]:
    """The keys that lead to a part of a value, and the part; the validator gives keys of digits as numbers."""
    path: list[str | int] = []
    for step in steps:
        key = str(step) if isinstance(value, Mapping) else step
        path.append(key)
        value = value[key]
    return tuple(path), value


def _causes(error: ValidationError) -> list[ValidationError]:
    """The faults themselves: where no alternative fits, those of the one that was meant, if one clearly was."""
    context = getattr(error.kind, "context", None) or ()
    branches = [[cause for each in branch for cause in _causes(each)] for branch in context if branch]
    ranked = sorted(branches, key=lambda branch: _strangeness(branch, len(error.instance_path)))
    marks = [_strangeness(branch, len(error.instance_path)) for branch in ranked]
    is_clear = bool(marks) and not marks[0][0] and marks[0] not in marks[1:]
    return ranked[0] if is_clear else [error]


def _strangeness(branch: list[ValidationError], depth: int) -> tuple[bool, int, int]:
    """How far a value is from an alternative: of another kind, with other constants, with so many faults."""
    whole = any(len(each.instance_path) == depth and each.kind.name in DECISIVE for each in branch)
    return whole, sum(each.kind.name in ("const", "enum") for each in branch), len(branch)


def _violation(error: ValidationError, value: object) -> Violation:
    path, part = located(value, error.instance_path)
    return Violation(path, error.kind.name, error.kind.value, part, error.message, tuple(error.schema_path))
