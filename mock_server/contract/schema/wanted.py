"""What several schemas ask of one value together: keywords joined, `allOf` and one of each set of alternatives too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.schema.schemas import Schema

LOWER = {"maximum": min, "exclusiveMaximum": min, "maxLength": min, "maxItems": min, "maxProperties": min}
HIGHER = {"minimum": max, "exclusiveMinimum": max, "minLength": max, "minItems": max, "minProperties": max}
SHOWN = ("example", "default")
NUMBERS = ("integer", "number")
MISSING: object = type("Missing", (), {"__repr__": lambda self: "MISSING"})()


class Endless(Exception):
    """A schema that leads back into itself, on a way that may not end there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What several schemas ask of one value together.

    Attributes:
        rules: keywords, joined.
        properties: the schemas of each property.
        items: those of an array's items; `first_items` those of the first ones, `contained` those of one of them.
        others: those of properties without a name.
        shown: an example that the parts give together; MISSING where they give none.
        open: ids of the schemas that lead here, none of which may come again.
    """

    rules: Mapping[str, Any]
    properties: Mapping[str, tuple[Schema, ...]]
    items: tuple[Schema, ...]
    first_items: tuple[Schema, ...]
    contained: tuple[Schema, ...]
    others: tuple[tuple[str, Schema], ...]
    shown: object
    open: frozenset[int]


def wanted(schemas: tuple[Schema, ...], opened: frozenset[int], choice: int) -> Wanted:
    """What the schemas ask for.

    Args:
        schemas: all of them are to be met.
        opened: ids of the schemas that lead here.
        choice: which of the alternatives is taken.

    Raises:
        Endless: they lead back to one that leads here.
    """
    rules: dict[str, Any] = {}
    properties: dict[str, list[Schema]] = {}
    parts = []
    seen = set(opened)
    for schema, name in _parts(schemas, seen, choice):
        parts.append(schema)
        for key, value in schema.node.items():
            _join(rules, key, value)
        for key, part in schema.properties.items():
            properties.setdefault(key, []).append(part)
        rules.setdefault("discriminated", {}).update(_discriminator(schema, name))
    return Wanted(
        rules=rules,
        properties={key: tuple(found) for key, found in properties.items()},
        items=tuple(part.items for part in parts if part.items is not None),
        first_items=next((found for part in parts if (found := part.parts("prefixItems"))), ()),
        contained=tuple(part.resolve(part.node["contains"]) for part in parts if "contains" in part.node),
        others=tuple(pair for part in parts for pair in _others(part)),
        shown=_joint_example(parts),
        open=frozenset(seen),
    )


def shown(schema: Schema) -> object:
    """The example or default that a schema itself gives; MISSING where it gives none."""
    for key in SHOWN:
        if key in schema.node:
            return schema.node[key]
    examples = schema.node.get("examples")
    return examples[0] if isinstance(examples, list) and examples else MISSING


def _joint_example(parts: list[Schema]) -> object:
    """The first example; of objects, all of them together."""
    found = [value for part in parts if (value := shown(part)) is not MISSING]
    objects = [value for value in found if isinstance(value, Mapping)]
    if objects:
        return {key: item for value in reversed(objects) for key, item in value.items()}
    return found[0] if found else MISSING


def _others(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """What properties without a name of their own hold, each with the pattern of its names."""
    patterns = schema.node.get("patternProperties")
    for pattern, node in patterns.items() if isinstance(patterns, Mapping) else ():
        yield pattern, schema.resolve(node)
    if isinstance(schema.node.get("additionalProperties"), Mapping):
        yield "", schema.resolve(schema.node["additionalProperties"])


# ---- parts


def _parts(schemas: tuple[Schema, ...], seen: set[int], choice: int, name: str = "") -> Iterator[tuple[Schema, str]]:
    """The schemas with those of `allOf` and one of each set of alternatives, each with the outermost one's pointer."""
    for schema in schemas:
        # A schema that stands in its place has no way back to itself but by one that was referred to.
        if schema.pointer and id(schema.node) in seen:
            raise Endless
        subtypes = () if name else schema.subtypes
        if choice < len(subtypes):
            yield from _parts((subtypes[choice],), seen, choice)
            continue
        if schema.pointer:
            seen.add(id(schema.node))
        outermost = name or schema.pointer
        chosen = ""
        for key in ("oneOf", "anyOf"):
            alternatives = schema.parts(key)
            if alternatives:
                taken = _taken(alternatives, seen, choice)
                chosen = taken.pointer or chosen
                yield from _parts((taken,), seen, choice, chosen)
        yield schema, chosen or outermost
        yield from _parts(schema.parts("allOf"), seen, choice, outermost)
        yield from _parts(tuple(_conditional(schema, choice)), seen, choice, outermost)


def _taken(alternatives: tuple[Schema, ...], seen: set[int], choice: int) -> Schema:
    """The alternative whose turn it is; one that leads back, or is null, only where there is no other."""
    turns = [alternatives[(choice + step) % len(alternatives)] for step in range(len(alternatives))]
    closed = [each for each in turns if not (each.pointer and id(each.node) in seen)]
    found = next((each for each in closed if each.node.get("type") != "null"), next(iter(closed), None))
    if found is None:
        raise Endless
    return found


def _conditional(schema: Schema, choice: int) -> Iterator[Schema]:
    """What `if` leads to, and what comes with properties."""
    node = schema.node
    if "if" in node:
        for key in ("if", "then") if choice % 2 == 0 else ("else",):
            if key in node:
                yield schema.resolve(node[key])
    dependent = node.get("dependentSchemas")
    for name, each in dependent.items() if isinstance(dependent, Mapping) else ():
        if name in schema.properties:
            yield schema.resolve(each)


def _discriminator(schema: Schema, pointer: str) -> Mapping[str, str]:
    """The property by which clients tell subtypes apart, with the value for the one that was taken."""
    node = schema.node.get("discriminator")
    if not isinstance(node, Mapping) or not isinstance(node.get("propertyName"), str):
        return {}
    name = pointer.rpartition("/")[2]
    mapping = node.get("mapping") or {}
    value = next((key for key, where in mapping.items() if str(where).rpartition("/")[2] == name), name)
    return {node["propertyName"]: value} if value else {}


# ---- keywords


def _join(rules: dict[str, Any], key: str, value: Any) -> None:
    """One keyword more, beside those of other schemas for the same value."""
    old = rules.get(key)
    if key == "required" and isinstance(value, list):
        rules[key] = list(dict.fromkeys([*(old or ()), *value]))
    elif key == "dependentRequired" and isinstance(value, Mapping):
        rules[key] = {**(old or {}), **value}
    elif old is None:
        rules[key] = value
    elif key == "enum":
        rules[key] = [item for item in old if item in value]
    elif key == "type":
        rules[key] = _joint_type(old, value)
    elif key in ("uniqueItems", "nullable") or (key.startswith("exclusive") and isinstance(value, bool)):
        rules[key] = old or value
    elif key in LOWER:
        rules[key] = min(old, value)
    elif key in HIGHER:
        rules[key] = max(old, value)


def _joint_type(one: Any, other: Any) -> object:
    """The types that both allow; an integer is a number."""
    first, second = ([kind] if isinstance(kind, str) else kind for kind in (one, other))
    found = [kind for kind in first if kind in second or (kind == "integer" and "number" in second)]
    found += [kind for kind in second if kind == "integer" and "number" in first and kind not in found]
    return found or one
