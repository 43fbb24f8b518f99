"""YAML and JSON with a memory of their lines: every value of a file can be traced back to where it was written.

All files a person writes for this kit (contract, catalogue, scenarios, baselines) are read here, so that each message
about them names file and line. YAML is read as version 1.2 has it: `on`, `yes`, dates and times are texts, and so is
every key. Lines are counted only when a message needs them.
"""

from __future__ import annotations

import difflib
import errno
import json
import stat
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from mock_server.contract.document.yaml_loader import MERGE, RepeatedKey, load

Location = tuple[str | int, ...]
"""The keys and indices that lead from the root of a document to a value."""


class SourceError(Exception):
    """A file that cannot be used. The text is complete: place, value, what is allowed, the nearest valid spelling."""


@dataclass(frozen=True)
class Source:
    """A loaded document.

    Attributes:
        name: what to call it in messages; usually the path as the user gave it.
        value: the document as plain dicts, lists and scalars.
        text: what it was read from; empty where it came from elsewhere, and has no lines.
    """

    name: str
    value: Any
    text: str = field(default="", repr=False)

    @cached_property
    def lines(self) -> Mapping[Location, int]:
        """The line (from 1) of each value, by its location."""
        lines: dict[Location, int] = {}
        try:
            # In JSON, where tabs may indent, none stands inside a text.
            is_json = self.text.lstrip().startswith(("{", "["))
            node = yaml.compose(self.text.replace("\t", " ") if is_json else self.text, Loader=yaml.CSafeLoader)
            if node is not None:
                _note_lines(node, (), lines)
        except (yaml.YAMLError, RecursionError):
            return lines
        return lines

    def place(self, location: Iterable[str | int] = ()) -> str:
        """`FILE:LINE` of a value, or of the nearest enclosing one that stands in the file."""
        path = tuple(location)
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


def load_source(path: Path | str, name: str | None = None) -> Source:
    """Read a YAML or JSON file; `name` stands for it in messages where it is not the path.

    Raises:
        SourceError: the file is missing, unreadable, not UTF-8, neither YAML nor JSON, or repeats a key.
    """
    name = name or str(path)
    try:
        text = _readable(Path(path)).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file{_nearest_file(Path(path))}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: not UTF-8 at byte {error.start}") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return parse_source(text, name)


def parse_source(text: str, name: str) -> Source:
    """Read YAML or JSON text; `name` stands for it in messages.

    Raises:
        SourceError: the text is neither, or repeats a key.
    """
    if text.lstrip().startswith(("{", "[")):
        try:
            return Source(name, json.loads(text, object_pairs_hook=_unrepeated), text)
        except (ValueError, RecursionError):
            pass  # flow style, or a mistake: YAML's message has the line
    try:
        value = load(text)
    except RepeatedKey as error:
        raise SourceError(f"{name}:{error}") from None
    except yaml.MarkedYAMLError as error:
        line = min(error.problem_mark.line, text.count("\n", 0, len(text.rstrip()))) + 1 if error.problem_mark else 1
        raise SourceError(f"{name}:{line}: not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError(f"{name}: not valid YAML: {error}") from None
    if value is None:
        raise SourceError(f"{name}:1: the file is empty")
    return Source(name, value, text)


def nearest(word: object, allowed: Iterable[Hashable]) -> str:
    """` (did you mean 'X'?)`, or nothing where no allowed word is near."""
    matches = difflib.get_close_matches(str(word), [str(item) for item in allowed], n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _note_lines(node: yaml.Node, at: Location, lines: dict[Location, int]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*at, index), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag != MERGE and isinstance(key, yaml.ScalarNode):
                lines[(*at, key.value)] = key.start_mark.line + 1
                _note_lines(value, (*at, key.value), lines)


def _readable(path: Path) -> Path:
    """The file, unless reading it may never end, as that of a pipe whose other end nobody holds; a shell's has one.

    Raises:
        OSError: it may, or there is no such file.
    """
    kind = path.stat().st_mode
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind) or path.is_relative_to("/dev/fd") or str(path) == "/dev/stdin":
        return path
    raise OSError(errno.EINVAL, "no regular file")


def _nearest_file(path: Path) -> str:
    try:
        return nearest(path.name, sorted(item.name for item in path.parent.iterdir()))
    except OSError:
        return ""
