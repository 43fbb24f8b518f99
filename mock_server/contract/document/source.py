"""YAML and JSON with a memory of their lines: every value of a file can be traced back to where it was written.

All files a person writes for this kit (contract, catalogue, scenarios, baselines) are read here, so that each message
about them names file and line. YAML is read as version 1.2 has it: `on`, `yes`, dates and times are texts, and so is
every key. Lines are counted only when a message needs them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

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
            node = yaml.compose(self.text.replace("\t", " ") if is_json else self.text, Loader=_Loader)
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
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file{_nearest_file(Path(path))}") from None
    except OSError as error:
        raise SourceError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: not UTF-8 at byte {error.start}") from None
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
        value = yaml.load(text, _Loader)  # noqa: S506 - a safe loader with fewer types
    except _RepeatedKey as error:
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


class _RepeatedKey(Exception):
    """A mapping that has a key twice; the text begins with the line."""


class _Loader(yaml.CSafeLoader):
    """Scalars by the core schema of YAML 1.2, keys as texts, each once."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's way

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self._refuse_repetition(node)
        self.flatten_mapping(node)
        return {
            key.value if isinstance(key, yaml.ScalarNode) else str(self.construct_object(key, deep=True)):
                self.construct_object(value, deep=deep)
            for key, value in node.value
        }  # fmt: skip

    @staticmethod
    def _refuse_repetition(node: yaml.MappingNode) -> None:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if key.tag == MERGE or not isinstance(key, yaml.ScalarNode):
                continue
            line = key.start_mark.line + 1
            if key.value in seen:
                raise _RepeatedKey(f"{line}: {key.value!r} stands twice; first in line {seen[key.value]}")
            seen[key.value] = line

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        text = str(self.construct_scalar(node))
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


MERGE = "tag:yaml.org,2002:merge"
CORE_SCHEMA = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
     "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("merge", r"<<", "<"),
)  # fmt: skip
for _kind, _pattern, _first in CORE_SCHEMA:
    _firsts = [*_first, ""] if _kind == "null" else list(_first)
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), _firsts)
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


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


def _nearest_file(path: Path) -> str:
    try:
        return nearest(path.name, sorted(item.name for item in path.parent.iterdir()))
    except OSError:
        return ""
