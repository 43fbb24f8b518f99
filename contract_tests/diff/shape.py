"""What a schema allows, its `allOf` joined: schemas that are written differently and allow the same have one shape."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from contract_tests.diff.document import Part
from contract_tests.diff.rules import LOWER, UPPER

Parts = tuple[Part, ...]
"""Schemas that all hold for the same value; none at all: anything is allowed."""

Limit = tuple[Fraction, bool]
"""A number, and whether the limit itself is allowed."""

UNJOINED = (
    "not", "contains", "minContains", "maxContains", "prefixItems", "patternProperties", "propertyNames", "if", "then",
    "else", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""Keywords whose changes are told without an opinion."""
DESCRIBING = ("description", "title", "example", "examples", "externalDocs", "xml")
HARMLESS_FORMATS = ("password",)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The schemas of a `oneOf` or `anyOf`, of which a value must satisfy one."""

    keyword: str
    parts: Parts


@dataclass
class Shape:
    """What all of some schemas together allow.

    Attributes:
        types: the JSON types but null; None: any.
        null: whether null is allowed, as far as types say.
        values: the values of `enum` and `const` by their JSON texts; None: any.
        limits: by keyword.
        closed: whether other properties are forbidden.
        others: what other properties must satisfy.
        homes: which part has a keyword, to name its line.
    """

    types: frozenset[str] | None = None
    null: bool = True
    values: Mapping[str, Any] | None = None
    limits: dict[str, Limit] = field(default_factory=dict)
    patterns: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    multiples: frozenset[Fraction] = frozenset()
    unique: bool = False
    properties: dict[str, Parts] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False
    others: Parts = ()
    items: Parts = ()
    alternatives: tuple[Alternatives, ...] = ()
    discriminator: Part | None = None
    unjoined: dict[str, frozenset[str]] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    default: str | None = None
    homes: dict[str, Part] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it says nothing of its own beside its alternatives."""
        named = (self.types, self.values, self.limits, self.patterns, self.properties, self.required, self.items)
        return not any(named) and not self.closed and not self.others

    def allows_null(self) -> bool:
        return self.null and (self.values is None or "null" in self.values)


def shape_of(parts: Parts) -> Shape:
    """The shape of a value for which all of some schemas hold."""
    shape = Shape()
    seen: set[object] = set()
    for part, nullable in _joined(parts, False, seen):
        _add(shape, part, nullable)
    if shape.types is not None and shape.types <= {"integer"}:
        shape.limits = {key: _whole(key, limit) for key, limit in shape.limits.items()}
    return shape


def _joined(parts: Iterable[Part], nullable: bool, seen: set[object]) -> Iterator[tuple[Part, bool]]:
    """Every schema that holds, those of `allOf` included, each with whether null is allowed in spite of it."""
    for part in parts:
        if part.key in seen or not isinstance(part.value, Mapping):
            if part.value is False:
                yield part, False
            continue
        seen.add(part.key)
        # Beside `allOf` and alternatives `nullable` is written for the whole, whatever they say themselves.
        for_all = nullable or (part.flag("nullable") and "type" not in part.value)
        yield part, for_all
        yield from _joined(part.listed("allOf"), for_all, seen)
        for keyword in ("oneOf", "anyOf"):
            others = [each for each in part.listed(keyword) if not _is_null(each)]
            if len(others) == 1:
                yield from _joined(others, for_all or len(part.listed(keyword)) > 1, seen)


def _is_null(part: Part) -> bool:
    return isinstance(part.value, Mapping) and part.value.get("type") == "null"


def _add(shape: Shape, part: Part, nullable: bool) -> None:
    """Narrow a shape by one more schema."""
    node = part.value
    if node is False:
        shape.types, shape.null = frozenset(), False
        return
    for key in node:
        shape.homes.setdefault(key, part.get(key) or part)
    _add_types(shape, node, nullable)
    _add_values(shape, node)
    _add_limits(shape, node)
    _add_object(shape, part)
    for keyword in ("oneOf", "anyOf"):
        found = part.listed(keyword)
        meant = tuple(each for each in found if not _is_null(each))
        if len(meant) > 1:
            shape.alternatives += (Alternatives(keyword, meant),)
            shape.null = shape.null and (
                nullable or len(meant) < len(found) or any(_is_nullable(each) for each in meant)
            )
    shape.discriminator = shape.discriminator or part.get("discriminator")
    for key in UNJOINED:
        if key in node:
            shape.unjoined[key] = shape.unjoined.get(key, frozenset()) | {comparable(node[key])}
    shape.marks |= {key for key in ("readOnly", "writeOnly", "deprecated") if node.get(key) is True}
    if "default" in node:
        shape.default = text_of(node["default"])


def _is_nullable(part: Part) -> bool:
    return shape_of((part,)).allows_null()


def _add_types(shape: Shape, node: Mapping[str, Any], nullable: bool) -> None:
    kind = node.get("type")
    if kind is None:
        return
    kinds = frozenset(kind if isinstance(kind, list) else [kind])
    shape.null = shape.null and ("null" in kinds or node.get("nullable") is True or nullable)
    own = kinds - {"null"}
    shape.types = own if shape.types is None else _common(shape.types, own)


def _common(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    integers = (
        {"integer"} if ("number" in one and "integer" in other) or ("integer" in one and "number" in other) else ()
    )
    return (one & other) | frozenset(integers)


def _add_values(shape: Shape, node: Mapping[str, Any]) -> None:
    given = node["enum"] if isinstance(node.get("enum"), list) else [node["const"]] if "const" in node else None
    if given is not None:
        values = {text_of(value): value for value in given}
        known = shape.values
        shape.values = values if known is None else {key: value for key, value in values.items() if key in known}
    if isinstance(node.get("pattern"), str):
        shape.patterns |= {node["pattern"]}
    if isinstance(node.get("format"), str) and node["format"] not in HARMLESS_FORMATS:
        shape.formats |= {node["format"]}
    if _is_number(node.get("multipleOf")):
        shape.multiples |= {Fraction(str(node["multipleOf"]))}
    shape.unique = shape.unique or node.get("uniqueItems") is True


def _add_limits(shape: Shape, node: Mapping[str, Any]) -> None:
    for keyword in (*LOWER, *UPPER):
        limit = _limit(node, keyword)
        if limit is not None:
            known = shape.limits.get(keyword)
            shape.limits[keyword] = limit if known is None or narrower(keyword, limit, known) else known


def _limit(node: Mapping[str, Any], keyword: str) -> Limit | None:
    value, strict = node.get(keyword), node.get(f"exclusive{keyword.title()}")
    if _is_number(strict):  # OpenAPI 3.1 has it in place of a flag
        return Fraction(str(strict)), False
    if not _is_number(value) or (keyword in LOWER and keyword != "minimum" and value == 0):
        return None
    return Fraction(str(value)), strict is not True


def narrower(keyword: str, one: Limit, other: Limit) -> bool:
    """Whether one limit allows fewer values than another."""
    if one[0] != other[0]:
        return (one[0] > other[0]) == (keyword in LOWER)
    return other[1] and not one[1]


def _whole(keyword: str, limit: Limit) -> Limit:
    """The limit as integers meet it: above 5 is from 6 on."""
    number, included = limit
    if keyword in ("minimum", "maximum"):
        edge = math.ceil(number) if keyword == "minimum" else math.floor(number)
        step = 1 if keyword == "minimum" else -1
        return Fraction(edge + (step if edge == number and not included else 0)), True
    return limit


def _add_object(shape: Shape, part: Part) -> None:
    for name, schema in part.named("properties").items():
        shape.properties[name] = (*shape.properties.get(name, ()), schema)
    required = part.value.get("required")
    if isinstance(required, list):
        shape.required |= frozenset(map(str, required))
    others = part.get("additionalProperties")
    if others is not None and others.value is False:
        shape.closed = True
    elif others is not None and isinstance(others.value, Mapping) and others.value:
        shape.others += (others,)
    items = part.get("items")
    if items is not None and isinstance(items.value, Mapping):
        shape.items += (items,)


def comparable(value: Any) -> str:
    """A schema as text, without what only describes it."""
    return text_of(_bare(value))


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items() if key not in DESCRIBING}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def text_of(value: Any) -> str:
    """A value as JSON text, the same for the same value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
