"""YAML as version 1.2 has it, on PyYAML's parser in C: `on`, `yes`, dates and times are texts, and so is every key.

A document can be hostile: numbers have so many digits, tags are those of the core schema, and aliases make no more of a
document than its length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import yaml
from yaml.constructor import ConstructorError

MERGE = "tag:yaml.org,2002:merge"
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
CORE_SCHEMA = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
     "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("merge", r"<<", "<"),
)  # fmt: skip


class RepeatedKey(Exception):
    """A mapping that has a key twice; the text begins with the line."""


class Loader(yaml.CSafeLoader):
    """Scalars by the core schema of YAML 1.2, keys as texts, each once."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's way

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._most_values = max(len(stream), MOST_ALIASED)

    def construct_document(self, node: yaml.Node) -> Any:
        if _written_out(node, {}) > self._most_values:
            text = "aliases (*name) that stand for themselves, or, written out, for more than the document is long"
            raise ConstructorError(None, None, text, node.start_mark)
        return super().construct_document(node)

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
                raise RepeatedKey(f"{line}: {key.value!r} stands twice; first in line {seen[key.value]}")
            seen[key.value] = line

    def construct_scalar_of(self, node: yaml.ScalarNode, kind: str) -> Any:
        """A scalar of a kind of the core schema, which a tag may claim wrongly."""
        text = str(self.construct_scalar(node))
        if len(text) > LONGEST_NUMBER and kind in ("int", "float"):
            raise ConstructorError(None, None, f"a number of {len(text)} digits", node.start_mark)
        try:
            return SCALARS[kind](text)
        except (KeyError, ValueError):
            raise ConstructorError(None, None, f"{text[:LONGEST_SHOWN]!r} is no {kind}", node.start_mark) from None


for _kind, _pattern, _first in CORE_SCHEMA:
    _firsts = [*_first, ""] if _kind == "null" else list(_first)
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), _firsts)
Loader.yaml_constructors = {
    **{f"tag:yaml.org,2002:{_kind}": partial(Loader.construct_scalar_of, kind=_kind) for _kind in SCALARS},
    "tag:yaml.org,2002:seq": Loader.construct_yaml_seq,
    "tag:yaml.org,2002:map": Loader.construct_yaml_map,
    None: Loader.construct_undefined,
}


def _written_out(node: yaml.Node, known: dict[int, float]) -> float:
    """How many values a node has with every alias written out; endless where it holds itself."""
    if isinstance(node, yaml.CollectionNode) and id(node) not in known:
        known[id(node)] = math.inf
        parts = (part for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known.get(id(node), 1)
