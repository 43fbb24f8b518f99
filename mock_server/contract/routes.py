"""Which path of the contract a request's path is: looked up step by step, concrete steps before templated ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, Protocol, TypeVar
from urllib.parse import unquote

from mock_server.contract.schema.patterns import python_pattern

ANY_SEGMENT = r"(?s:.+)"


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a path: a fixed text, or a pattern with the names of what it captures."""

    text: str
    pattern: re.Pattern[str] | None = None
    names: tuple[str, ...] = ()


class Routed(Protocol):
    """Anything that lies at a path."""

    @property
    def segments(self) -> tuple[Segment, ...]: ...


Item = TypeVar("Item", bound=Routed)


@dataclass(slots=True)
class _Node(Generic[Item]):
    fixed: dict[str, _Node[Item]] = field(default_factory=dict)
    templated: dict[str, tuple[re.Pattern[str], _Node[Item]]] = field(default_factory=dict)
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
                node = node.templated.setdefault(segment.pattern.pattern, (segment.pattern, _Node()))[1]
        node.items.append(item)


def segments_of(template: str, patterns: Mapping[str, str]) -> tuple[Segment, ...]:
    """The steps of a path template; `patterns` say what a parameter matches, others match any text."""
    known = tuple(patterns.items())
    return tuple(_segment(text, known) for text in template.split("/"))


def inner_pattern(pattern: str) -> str:
    """What a path parameter matches inside its segment: its own pattern where that is anchored, else anything."""
    anchored = len(pattern) > 1 and pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith(r"\$")
    inner = python_pattern(pattern[1:-1]) if anchored else None
    return f"(?a:{inner})" if inner else ANY_SEGMENT


@lru_cache(maxsize=4096)
def _segment(text: str, known: tuple[tuple[str, str], ...]) -> Segment:
    patterns = dict(known)
    pieces = re.split(r"\{([^}]+)\}", text)
    if len(pieces) == 1:
        return Segment(unquote(text))
    pattern = "".join(
        f"({_without_groups(patterns.get(piece, ANY_SEGMENT))})" if index % 2 else re.escape(unquote(piece))
        for index, piece in enumerate(pieces)
    )
    return Segment(text, re.compile(pattern), tuple(pieces[1::2]))


def openness(segment: Segment) -> tuple[int, int, bool]:
    """A key that sorts steps, the most concrete first."""
    if segment.pattern is None:
        return 0, 0, False
    fixed = len(re.sub(r"\{[^}]+\}", "", segment.text))
    return 1, -fixed, ANY_SEGMENT in segment.pattern.pattern


def _without_groups(pattern: str) -> str:
    """The pattern with its own groups made non-capturing, so that groups and parameters stay in step."""
    return re.sub(r"(?<!\\)\((?!\?)|\(\?P<\w+>", "(?:", pattern)


def _walk(
    node: _Node[Item], segments: Sequence[str], at: int, captured: tuple[str, ...]
) -> Iterator[tuple[_Node[Item], tuple[str, ...]]]:
    if at == len(segments):
        yield node, captured
        return
    following = node.fixed.get(segments[at])
    if following is not None:
        yield from _walk(following, segments, at + 1, captured)
    for pattern, following in node.templated.values():
        match = pattern.fullmatch(segments[at])
        if match is not None:
            yield from _walk(following, segments, at + 1, (*captured, *match.groups()))
