"""A value for any schema, where the contract gives no example: always the same one, and valid by the schema.

Keywords that stand beside each other, and those of `allOf`, are met together. Where a contract leaves a choice
(`oneOf`, `anyOf`), the choices are tried in turn until the whole is valid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mock_server.contract.schema.patterns import text_for
from mock_server.contract.schema.schemas import Schema

DEEPEST = 6
"""Levels beyond which only what is required is there."""
MOST_VALUES = 500
"""Values in one sample beyond which only what is required is there."""
MOST_TRIES = 12

FORMATS: Mapping[str, str] = {
    "byte": "c2FtcGxl",
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "hostname": "example.com",
    "idn-email": "user@example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "iri": "https://example.com/",
    "iri-reference": "/x",
    "json-pointer": "/x",
    "regex": "^x$",
    "relative-json-pointer": "0",
    "time": "00:00:00Z",
    "uri": "https://example.com/",
    "uri-reference": "/x",
    "uri-template": "/x",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
LOWER = {"maximum": min, "exclusiveMaximum": min, "maxLength": min, "maxItems": min, "maxProperties": min}
HIGHER = {"minimum": max, "exclusiveMinimum": max, "minLength": max, "minItems": max, "minProperties": max}


class _Endless(Exception):
    """A schema that leads back into itself, on a way that may not end there."""


@dataclass(slots=True)
class _Try:
    """One way to make a value.

    Attributes:
        choice: which of the alternatives is taken.
        shown: whether examples and defaults of the contract are taken for values.
        values: how many values were made so far.
    """

    choice: int
    shown: bool
    values: int = 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What several schemas ask of one value together."""

    rules: Mapping[str, Any]
    properties: Mapping[str, tuple[Schema, ...]]
    items: tuple[Schema, ...]
    others: tuple[Schema, ...]
    open: frozenset[int]


def sample(schema: Schema | None) -> Any:
    """A value of the schema: a valid one, or the nearest to it that could be made."""
    if schema is None:
        return {}
    first: Any = {}
    for number, attempt in enumerate(_tries(schema)):
        try:
            value = _value((schema,), frozenset(), 0, 0, attempt)
        except _Endless:
            continue
        if schema.is_valid(value):
            return value
        first = value if number == 0 else first
    return first


def _tries(schema: Schema) -> Iterator[_Try]:
    yield _Try(0, shown=True)
    for choice in range(MOST_TRIES):
        yield _Try(choice, shown=False)


# ---- what is asked for


def _wanted(schemas: tuple[Schema, ...], opened: frozenset[int], attempt: _Try) -> _Wanted:
    rules: dict[str, Any] = {}
    properties: dict[str, list[Schema]] = {}
    items: list[Schema] = []
    others: list[Schema] = []
    seen = set(opened)
    for schema, name in _parts(schemas, seen, attempt):
        for key, value in schema.node.items():
            _join(rules, key, value)
        for key, part in schema.properties.items():
            properties.setdefault(key, []).append(part)
        if schema.items is not None:
            items.append(schema.items)
        if isinstance(schema.node.get("additionalProperties"), Mapping):
            others.append(schema.resolve(schema.node["additionalProperties"]))
        known = _discriminator(schema, name)
        if known:
            rules.setdefault("discriminated", {}).update(known)
    return _Wanted(
        rules, {key: tuple(parts) for key, parts in properties.items()}, tuple(items), tuple(others), frozenset(seen)
    )


def _parts(schemas: tuple[Schema, ...], seen: set[int], attempt: _Try, name: str = "") -> Iterator[tuple[Schema, str]]:
    """The schemas with those of `allOf` and one of each set of alternatives, each with the outermost one's pointer."""
    for schema in schemas:
        # A schema that stands in its place has no way back to itself but by one that was referred to.
        if schema.pointer:
            if id(schema.node) in seen:
                raise _Endless
            seen.add(id(schema.node))
        outermost = name or schema.pointer
        chosen = ""
        for key in ("oneOf", "anyOf"):
            alternatives = schema.parts(key)
            if alternatives:
                taken = _taken(alternatives, seen, attempt.choice)
                chosen = taken.pointer or chosen
                yield from _parts((taken,), seen, attempt, chosen)
        yield schema, chosen or outermost
        yield from _parts(schema.parts("allOf"), seen, attempt, outermost)


def _taken(alternatives: tuple[Schema, ...], seen: set[int], choice: int) -> Schema:
    for step in range(len(alternatives)):
        found = alternatives[(choice + step) % len(alternatives)]
        is_null = found.node.get("type") == "null" and len(alternatives) > 1
        if not is_null and not (found.pointer and id(found.node) in seen):
            return found
    raise _Endless


def _discriminator(schema: Schema, pointer: str) -> Mapping[str, str]:
    """The property by which clients tell subtypes apart, with the value for the one that was taken."""
    node = schema.node.get("discriminator")
    if not isinstance(node, Mapping) or not isinstance(node.get("propertyName"), str):
        return {}
    name = pointer.rpartition("/")[2]
    mapping = node.get("mapping") or {}
    value = next((key for key, where in mapping.items() if str(where).rpartition("/")[2] == name), name)
    return {node["propertyName"]: value} if value else {}


def _join(rules: dict[str, Any], key: str, value: Any) -> None:
    """One keyword more, beside those of other schemas for the same value."""
    old = rules.get(key)
    if key == "required" and isinstance(value, list):
        rules[key] = list(dict.fromkeys([*(old or ()), *value]))
    elif old is None:
        rules[key] = value
    elif key == "enum":
        rules[key] = [item for item in old if item in value]
    elif key in ("uniqueItems", "nullable") or (key.startswith("exclusive") and isinstance(value, bool)):
        rules[key] = old or value
    elif key in LOWER:
        rules[key] = min(old, value)
    elif key in HIGHER:
        rules[key] = max(old, value)


# ---- values


def _value(schemas: tuple[Schema, ...], opened: frozenset[int], depth: int, variant: int, attempt: _Try) -> Any:
    attempt.values += 1
    if attempt.shown:
        for schema in schemas:
            shown = [schema.node[key] for key in ("example", "default") if key in schema.node]
            examples = schema.node.get("examples")
            shown += examples[:1] if isinstance(examples, list) else []
            if shown:
                return shown[0]
    wanted = _wanted(schemas, opened, attempt)
    rules = wanted.rules
    if "const" in rules:
        return rules["const"]
    if rules.get("enum"):
        return rules["enum"][variant % len(rules["enum"])]
    kind = _kind(wanted)
    if kind == "object":
        return _object(wanted, depth, variant, attempt)
    if kind == "array":
        return _array(wanted, depth, variant, attempt)
    return _text(schemas, rules, variant) if kind == "string" else _plain(kind, rules, variant)


def _plain(kind: str, rules: Mapping[str, Any], variant: int) -> Any:
    match kind:
        case "integer":
            return _number(rules, Fraction(1), Fraction(1), variant)
        case "number":
            return _number(rules, Fraction(1, 2), None, variant)
        case "boolean":
            return variant % 2 == 0
        case "null":
            return None
    return {}


def _kind(wanted: _Wanted) -> str:
    kind = wanted.rules.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind is None:
        if wanted.properties or "required" in wanted.rules:
            return "object"
        if wanted.items:
            return "array"
        if "pattern" in wanted.rules or "maxLength" in wanted.rules or wanted.rules.get("format") in FORMATS:
            return "string"
        return "number" if "minimum" in wanted.rules or "maximum" in wanted.rules else ""
    return str(kind)


def _object(wanted: _Wanted, depth: int, variant: int, attempt: _Try) -> dict[str, Any]:
    rules = wanted.rules
    required = rules.get("required", ())
    found: dict[str, Any] = {}
    for name, parts in wanted.properties.items():
        if any(_hidden(part) for part in parts):
            continue
        if name not in required and (depth >= DEEPEST or attempt.values > MOST_VALUES):
            continue
        try:
            found[name] = _value(parts, wanted.open, depth + 1, variant, attempt)
        except _Endless:
            if name in required:
                raise
    shortage = rules.get("minProperties", 0) - len({*found, *required})
    for name in (*required, *(f"property{number + 1}" for number in range(shortage))):
        if name not in found and name not in wanted.properties:
            found[name] = _value(wanted.others, wanted.open, depth + 1, variant, attempt) if wanted.others else "string"
    found.update(rules.get("discriminated", {}))
    return found


def _hidden(schema: Schema) -> bool:
    return schema.node.get("readOnly" if schema.direction == "request" else "writeOnly") is True


def _array(wanted: _Wanted, depth: int, variant: int, attempt: _Try) -> list[Any]:
    rules = wanted.rules
    least = rules.get("minItems", 0)
    roomy = depth < DEEPEST and attempt.values <= MOST_VALUES
    count = min(max(least, 1 if roomy else 0), rules.get("maxItems", math.inf))
    if not wanted.items:
        return [variant + index for index in range(least)]
    spread = 1 if rules.get("uniqueItems") else 0
    try:
        return [
            _value(wanted.items, wanted.open, depth + 1, variant + index * spread, attempt) for index in range(count)
        ]
    except _Endless:
        if least:
            raise
        return []


def _text(schemas: tuple[Schema, ...], rules: Mapping[str, Any], variant: int) -> str:
    least, most = rules.get("minLength", 0), rules.get("maxLength", math.inf)
    pattern = rules.get("pattern")
    if isinstance(pattern, str):
        candidates = (text_for(pattern, repeats, variant) for repeats in (1, 0, 2, 3, 4, 6, 8, least, least + 1, 32))
        texts = [text for text in candidates if text is not None and least <= len(text) <= most]
        return next((text for text in texts if all(each.is_valid(text) for each in schemas)), texts[0] if texts else "")
    text = FORMATS.get(rules.get("format", ""), "string")
    if variant:
        text = f"{variant + 1:08x}{text[8:]}" if rules.get("format") == "uuid" else f"{text}{variant + 1}"
    cut = text if len(text) <= most else text[-int(most) :] if variant and most else text[: int(most)]
    return cut.ljust(least, "x")


def _number(rules: Mapping[str, Any], usual: Fraction, step: Fraction | None, variant: int) -> int | float:
    """A number within its limits and on its grid, computed without rounding."""
    grid = Fraction(str(rules["multipleOf"])) if rules.get("multipleOf") else step
    low, above = _limit(rules, "minimum", "exclusiveMinimum")
    high, below = _limit(rules, "maximum", "exclusiveMaximum")
    value = usual if low is None else max(usual, low)
    value = value if high is None else min(value, high)
    if grid is not None:
        value = math.ceil(value / grid) * grid
        if high is not None and value > high:
            value = math.floor(high / grid) * grid
        value += grid * ((1 if above and value == low else 0) - (1 if below and value == high else 0))
    elif (above and value == low) or (below and value == high):
        lowest = high - 1 if low is None and high is not None else low
        highest = low + 1 if high is None and low is not None else high
        value = (lowest + highest) / 2 if lowest is not None and highest is not None else value
    value += (grid or 1) * variant
    return int(value) if value.denominator == 1 and step is not None else float(value)


def _limit(rules: Mapping[str, Any], key: str, strict: str) -> tuple[Fraction | None, bool]:
    limit, exclusive = rules.get(key), rules.get(strict)
    if exclusive is not None and not isinstance(exclusive, bool):
        limit, exclusive = exclusive, True
    return (None if limit is None else Fraction(str(limit))), bool(exclusive)
