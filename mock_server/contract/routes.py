"""Which path of the contract a request's path is: looked up step by step, concrete steps before templated ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, Protocol, TypeVar
from urllib.parse import unquote

from mock_server.contract.expressions import Expression, ExpressionError
from mock_server.contract.schema.patterns import ecma_pattern

CLASS_OR_ESCAPE = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.", re.DOTALL)
MOST_SPLITS = 64
"""Ways to split a step between two of its parameters that are tried: a client writes the step."""


@dataclass(frozen=True, slots=True)
class StepPattern:
    """What a step with parameters matches: fixed texts, and between each two of them a value that a test allows.

    Attributes:
        fixed: one text more than there are parameters.
        tests: what each value must match; None: anything.
    """

    fixed: tuple[str, ...]
    tests: tuple[Expression | None, ...]

    def values(self, text: str) -> tuple[str, ...] | None:
        """The values of the parameters, the first ones as long as they can be; None where the step is another."""
        first, last = self.fixed[0], self.fixed[-1]
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return None
        return self._split(text[len(first) : len(text) - len(last)], len(self.tests) - 1)

    def _split(self, text: str, last: int) -> tuple[str, ...] | None:
        if last == 0:
            return (text,) if self._allows(0, text) else None
        between, end = self.fixed[last], len(text)
        for _ in range(MOST_SPLITS):
            at = text.rfind(between, 1, end)
            if at < 0:
                return None
            value = text[at + len(between) :]
            others = self._split(text[:at], last - 1) if self._allows(last, value) else None
            if others is not None:
                return (*others, value)
            end = at + len(between) - 1
        return None

    def _allows(self, index: int, value: str) -> bool:
        test = self.tests[index]
        return bool(value) and (test is None or test.finds(value))


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a path: a fixed text, or a pattern with the names of its parameters."""

    text: str
    pattern: StepPattern | None = None
    names: tuple[str, ...] = ()


class Routed(Protocol):
    """Anything that lies at a path."""

    @property
    def segments(self) -> tuple[Segment, ...]: ...


Item = TypeVar("Item", bound=Routed)


@dataclass(slots=True)
class _Node(Generic[Item]):
    fixed: dict[str, _Node[Item]] = field(default_factory=dict)
    templated: dict[StepPattern, _Node[Item]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)


class RouteTable(Generic[Item]):
    """Items by their paths."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._root: _Node[Item] = _Node()
        # Of templates for one step, those with more fixed signs come first, then those that say what they match.
        for item in sorted(items, key=lambda item: [openness(segment) for segment in item.segments]):
            self._add(item)

    def find(self, raw_path: str) -> Iterator[tuple[Item, dict[str, str]]]:
        """The items of a percent-encoded path, the most concrete first, each with the path's parameters as text."""
        segments = [unquote(segment) for segment in raw_path.split("/")]
        for node, captured in _walk(self._root, segments, 0, ()):
            for item in node.items:
                names = (name for segment in item.segments for name in segment.names)
                yield item, dict(zip(names, captured, strict=True))

    def _add(self, item: Item) -> None:
        node = self._root
        for segment in item.segments:
            if segment.pattern is None:
                node = node.fixed.setdefault(segment.text, _Node())
            else:
                node = node.templated.setdefault(segment.pattern, _Node())
        node.items.append(item)


def segments_of(template: str, patterns: Mapping[str, Expression | None]) -> tuple[Segment, ...]:
    """The steps of a path template; `patterns` say what a parameter matches, others match any text."""
    known = tuple(patterns.items())
    return tuple(_segment(text, known) for text in template.split("/"))


@lru_cache(maxsize=4096)
def path_pattern(whole: str | None, pattern: str) -> Expression | None:
    """What a path parameter matches: `whole`, else its own pattern where that is anchored, else anything (None).

    Routers take the digits and letters of any script for digits and letters; ECMA's patterns do not.
    """
    is_anchored = pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith(r"\$")
    text = pattern if is_anchored else None
    if whole:
        text = f"^(?:{CLASS_OR_ESCAPE.sub(_of_any_script, whole)})$"
    try:
        return Expression(ecma_pattern(text)) if text else None
    except ExpressionError:
        return None


def _of_any_script(found: re.Match[str]) -> str:
    """A class of signs, or an escaped one, with the digits and letters of all scripts."""
    signs = found[0].replace(r"\d", r"\p{Nd}").replace(r"\w", r"\p{L}\p{N}_")
    return signs if len(signs) == len(found[0]) or signs.startswith("[") else f"[{signs}]"


@lru_cache(maxsize=4096)
def _segment(text: str, known: tuple[tuple[str, Expression | None], ...]) -> Segment:
    patterns = dict(known)
    pieces = re.split(r"\{([^}]+)\}", text)
    if len(pieces) == 1:
        return Segment(unquote(text))
    names = tuple(pieces[1::2])
    return Segment(text, StepPattern(tuple(map(unquote, pieces[::2])), tuple(map(patterns.get, names))), names)


def openness(segment: Segment) -> tuple[int, int, bool]:
    """A key that sorts steps, the most concrete first."""
    if segment.pattern is None:
        return 0, 0, False
    fixed = len(re.sub(r"\{[^}]+\}", "", segment.text))
    return 1, -fixed, None in segment.pattern.tests


def _walk(
    node: _Node[Item], segments: Sequence[str], at: int, captured: tuple[str, ...]
) -> Iterator[tuple[_Node[Item], tuple[str, ...]]]:
    if at == len(segments):
        yield node, captured
        return
    following = node.fixed.get(segments[at])
    if following is not None:
        yield from _walk(following, segments, at + 1, captured)
    for pattern, following in node.templated.items():
        values = pattern.values(segments[at])
        if values is not None:
            yield from _walk(following, segments, at + 1, (*captured, *values))
