"""YAML with a memory of its lines: every value of a loaded file can be traced back to where it was written.

All files a person writes for this kit (contract, catalogue, scenarios, baselines) are read here, so that each message
about them names file and line.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Location = tuple[str | int, ...]
"""The keys and indices that lead from the root of a document to a value."""


class SourceError(Exception):
    """A file that cannot be used. The text is complete: place, value, what is allowed, the nearest valid spelling."""


@dataclass(frozen=True, slots=True)
class Source:
    """A loaded YAML document.

    Attributes:
        name: what to call it in messages; usually the path as the user gave it.
        value: the document as plain dicts, lists and scalars.
        lines: the line (from 1) of each value, by its location.
    """

    name: str
    value: Any
    lines: Mapping[Location, int]

    def place(self, location: Iterable[str | int] = ()) -> str:
        """`FILE:LINE` of a value, or of the nearest enclosing one that stands in the file."""
        path = tuple(location)
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


def load_source(path: Path | str) -> Source:
    """Read a YAML file.

    Raises:
        SourceError: the file is missing, unreadable, not UTF-8 or not YAML, or repeats a key.
    """
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file{_nearest_file(Path(path))}") from None
    except OSError as error:
        raise SourceError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: not UTF-8 at byte {error.start}") from None
    return parse_source(text, name)


def parse_source(text: str, name: str) -> Source:
    """Read YAML text; `name` stands for it in messages.

    Raises:
        SourceError: the text is not YAML, or repeats a key.
    """
    lines: dict[Location, int] = {}
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise SourceError(f"{name}:1: the file is empty")
        _note_lines(node, (), lines, name)
        value = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourceError(f"{name}:{line}: not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError(f"{name}: not valid YAML: {error}") from None
    finally:
        loader.dispose()
    return Source(name, value, lines)


def nearest(word: object, allowed: Iterable[Hashable]) -> str:
    """` (did you mean 'X'?)`, or nothing where no allowed word is near."""
    matches = difflib.get_close_matches(str(word), [str(item) for item in allowed], n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _note_lines(node: yaml.Node, at: Location, lines: dict[Location, int], name: str) -> None:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*at, index), lines, name)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            line = key.start_mark.line + 1
            if key.value in seen:
                raise SourceError(f"{name}:{line}: {key.value!r} stands twice; first in line {seen[key.value]}")
            seen[key.value] = line
            _note_lines(value, (*at, key.value), lines, name)
            lines[(*at, key.value)] = line


def _nearest_file(path: Path) -> str:
    try:
        return nearest(path.name, sorted(item.name for item in path.parent.iterdir()))
    except OSError:
        return ""
