"""Matchers: the questions that scenarios and verification ask about a request. Pure, and the same for both.

A pattern is a set of conditions; each looks at one place of a request: a path parameter, a query parameter, a header,
or a value of the body found by a JSON pointer. `loaders/patterns.py` makes patterns from documents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.expressions import Expression
from mock_server.engine.messages import ABSENT

Pointer = tuple[str, ...]
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RequestView:
    """What patterns look at, of a request that came or of one in the journal.

    Attributes:
        path: path parameters as text.
        query: the texts of each query parameter.
        headers: values by lower-case name.
        body: the body's value; ABSENT where there was none.
    """

    operation: str | None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = ABSENT


def same(expected: object, actual: object) -> bool:
    """Equality of JSON values: true is not 1, but 1 is 1.0."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    return bool(expected == actual)


def contains(expected: object, actual: object) -> bool:
    """Whether a value holds another: a subset of an object, items of a list, a part of a text."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        return all(
            key in actual and (same(value, actual[key]) or contains(value, actual[key]))
            for key, value in expected.items()
        )
    if isinstance(actual, list):
        wanted = expected if isinstance(expected, list) else [expected]
        return all(any(same(item, found) for found in actual) for item in wanted)
    return isinstance(actual, str) and isinstance(expected, str) and expected in actual


def _matches(expected: Expression, actual: object) -> bool:
    return isinstance(actual, str) and expected.finds(actual)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _at_least(expected: float, actual: object) -> bool:
    number = _number(actual)
    return number is not None and number >= expected


def _at_most(expected: float, actual: object) -> bool:
    number = _number(actual)
    return number is not None and number <= expected


TESTS: Mapping[str, Callable[[Any, object], bool]] = {
    "equals": same,
    "not": lambda expected, actual: not same(expected, actual),
    "matches": _matches,
    "contains": contains,
    "one_of": lambda expected, actual: any(same(item, actual) for item in expected),
    "min": _at_least,
    "max": _at_most,
    "present": lambda expected, actual: expected,
}
"""Every matcher by its name in documents: expected value and actual value, which is there, to whether it holds."""

WORDS: Mapping[str, str] = {
    "equals": "{}",
    "not": "anything but {}",
    "matches": "text matching {}",
    "contains": "something containing {}",
    "one_of": "one of {}",
    "min": "at least {}",
    "max": "at most {}",
}


@dataclass(frozen=True, slots=True)
class Matcher:
    """One question about one value."""

    kind: str
    expected: Any

    def holds(self, actual: object) -> bool:
        """Whether a value, ABSENT where there is none, is as expected."""
        if actual is ABSENT:
            return (self.kind == "present" and not self.expected) or self.kind == "not"
        return TESTS[self.kind](self.expected, actual)

    def __str__(self) -> str:
        if self.kind == "present":
            return "anything" if self.expected else "nothing"
        expected = self.expected.pattern if isinstance(self.expected, Expression) else self.expected
        return WORDS[self.kind].format(repr(expected))


@dataclass(frozen=True, slots=True)
class Condition:
    """A question about one place of a request.

    Attributes:
        part: `path`, `query`, `headers` or `body`.
        at: the parameter's or header's name, or the steps of a JSON pointer.
    """

    part: str
    at: Pointer
    matcher: Matcher

    @property
    def place(self) -> str:
        """The place as messages name it."""
        if self.part == "body":
            return f"body {pointer_text(self.at)}" if self.at else "body"
        return f"{self.part} {self.at[0]}"

    def actual(self, view: RequestView) -> object:
        """What a request has at this place; ABSENT where it has nothing."""
        if self.part == "body":
            return follow(view.body, self.at)
        values: Mapping[str, Any] = getattr(view, self.part)
        found = values.get(self.at[0], ABSENT)
        return found[0] if self.part == "query" and found is not ABSENT and len(found) == 1 else found

    def holds(self, view: RequestView) -> bool:
        actual = self.actual(view)
        if self.part != "query" or not isinstance(actual, (list, tuple)) or isinstance(self.matcher.expected, list):
            return self.matcher.holds(list(actual) if isinstance(actual, tuple) else actual)
        combine = all if self.matcher.kind == "not" else any
        return combine(self.matcher.holds(item) for item in actual)

    def difference(self, view: RequestView) -> str | None:
        """What is not as expected, in words; None where it is."""
        if self.holds(view):
            return None
        actual = self.actual(view)
        found = "nothing" if actual is ABSENT else _short(repr(actual))
        return f"{self.place}: expected {self.matcher}, got {found}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a request must be like. Without an operation, it may be any."""

    operation: str | None = None
    conditions: tuple[Condition, ...] = ()

    def matches(self, view: RequestView) -> bool:
        if self.operation is not None and view.operation != self.operation:
            return False
        return all(condition.holds(view) for condition in self.conditions)

    def differences(self, view: RequestView) -> list[str]:
        """Everything about a request that is not as expected."""
        found = [difference for condition in self.conditions if (difference := condition.difference(view))]
        if self.operation is not None and view.operation != self.operation:
            found.insert(0, f"operation: expected {self.operation}, got {view.operation or 'none'}")
        return found


def follow(value: object, steps: Pointer) -> object:
    """The value that a JSON pointer leads to; ABSENT where it leads nowhere."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def pointer_steps(text: str) -> Pointer:
    """The steps of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def pointer_text(steps: Pointer) -> str:
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
