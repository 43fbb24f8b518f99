"""A value for any schema, where the contract gives no example: always the same one, and valid by the schema.

Keywords that stand beside each other, and those of `allOf`, are met together. Where a contract leaves a choice
(`oneOf`, `anyOf`), the choices are tried in turn until the whole is valid; in the end, what is optional and in the way
is left out.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Literal

from mock_server.contract.schema import scalars
from mock_server.contract.schema.dialect import as_texts
from mock_server.contract.schema.patterns import texts_for
from mock_server.contract.schema.schemas import Schema
from mock_server.contract.schema.violations import Violation
from mock_server.contract.schema.wanted import MISSING, NUMBERS, Endless, Wanted, shown, wanted

DEEPEST = 6
"""Levels beyond which only what is required is there."""
MOST_VALUES = 500
"""Values in one sample beyond which only what is required is there."""
MOST_REQUIRED = 2_000
"""Values beyond which none is made up, though more are required."""
MOST_TRIES = 12
PLAIN_TRIES = 4
MOST_NAMES = 40
"""Properties of one object that are looked at to find what is in the way."""


@dataclass(slots=True)
class _Try:
    """One way to make a value.

    Attributes:
        choice: which of the alternatives is taken.
        examples: which examples and defaults of the contract are taken for values.
        values: how many values were made so far.
    """

    choice: int
    examples: Literal["all", "valid", "none"]
    values: int = 0

    @property
    def shift(self) -> int:
        """How far from the plainest values it is: the first tries differ in their choices alone."""
        return self.choice if self.choice >= PLAIN_TRIES else 0


def sample(schema: Schema | None, variant: int = 0) -> object:
    """A value of the schema: a valid one, or the nearest to it that could be made.

    Args:
        schema: None: nothing is known of the value.
        variant: another number, another value, where the schema leaves a choice; 0: the contract's example.
    """
    if schema is None:
        return {}
    first: object = MISSING
    for attempt in islice(_tries(), 2 if variant else 0, None):
        try:
            value = _value((schema,), frozenset(), 0, variant + attempt.shift, attempt)
        except Endless:
            if attempt.values > MOST_REQUIRED:
                break
            continue
        if schema.is_valid(value):
            return value
        first = value if first is MISSING or attempt.choice == 0 else first
    found = {} if first is MISSING else _without_hindrances(first, schema)
    return sample(schema) if variant and not schema.is_valid(found) else found


def _tries() -> Iterator[_Try]:
    yield _Try(0, "all")
    yield _Try(0, "valid")
    for choice in range(MOST_TRIES):
        yield _Try(choice, "none")


# ---- values


def _value(schemas: tuple[Schema, ...], opened: frozenset[int], depth: int, variant: int, attempt: _Try) -> object:
    attempt.values += 1
    if attempt.values > MOST_REQUIRED:
        raise Endless
    told = next((value for schema in schemas if (value := shown(schema)) is not MISSING), MISSING)
    if _is_taken(told, schemas, attempt):
        return _visible(told, schemas[0])
    return _made(schemas, wanted(schemas, opened, attempt.choice), depth, variant, attempt)


def _made(schemas: tuple[Schema, ...], what: Wanted, depth: int, variant: int, attempt: _Try) -> object:
    rules = what.rules
    if "const" in rules:
        return rules["const"]
    kind = _kind(what)
    if kind != "object" and _is_taken(what.shown, schemas, attempt):
        return what.shown
    if rules.get("enum"):
        choices = [value for value in rules["enum"] if value is not None] or rules["enum"]
        return (as_texts(choices) if kind == "string" else choices)[variant % len(choices)]
    match kind:
        case "object":
            return _object(schemas, what, depth, variant, attempt)
        case "array":
            return _array(what, depth, variant, attempt)
        case "string":
            return scalars.text(rules, variant, lambda text: all(schema.is_valid(text) for schema in schemas))
        case "integer" | "number":
            return scalars.number(rules, variant, whole=kind == "integer")
        case "boolean":
            return variant % 2 == 0
        case "null":
            return None
    return {}


def _is_taken(told: object, schemas: tuple[Schema, ...], attempt: _Try) -> bool:
    """Whether an example of the contract is taken for the value."""
    if told is MISSING or attempt.examples == "none":
        return False
    return attempt.examples == "all" or all(schema.is_valid(told) for schema in schemas)


def _visible(value: Any, schema: Schema) -> Any:
    """An example without the properties that do not travel this way."""
    known = schema.known if isinstance(value, dict) else {}
    if isinstance(value, dict) and known:
        return {
            key: _visible(item, known[key]) if key in known else item
            for key, item in value.items()
            if key not in known or not known[key].hidden
        }
    items = schema.items_schema if isinstance(value, list) else None
    return [_visible(item, items) for item in value] if items else value


def _check_null(schemas: tuple[Schema, ...]) -> None:
    """Whether null may stand for a value that has no end. Raises Endless: it may not."""
    for node in (schema.node for schema in schemas):
        kind = node.get("type")
        if node.get("nullable") is not True and not (isinstance(kind, list) and "null" in kind):
            raise Endless


def _kind(what: Wanted) -> str:
    rules = what.rules
    kind = rules.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind is not None:
        return str(kind)
    if what.properties or "required" in rules or "minProperties" in rules or isinstance(what.shown, Mapping):
        return "object"
    if what.items or what.first_items or what.contained:
        return "array"
    if "pattern" in rules or "maxLength" in rules or "minLength" in rules or rules.get("format") in scalars.FORMATS:
        return "string"
    return NUMBERS[1] if "minimum" in rules or "maximum" in rules else ""


# ---- objects


def _object(schemas: tuple[Schema, ...], what: Wanted, depth: int, variant: int, attempt: _Try) -> dict[str, object]:
    is_shown = isinstance(what.shown, Mapping) and _is_taken(what.shown, schemas, attempt)
    found: dict[str, object] = dict(_visible(what.shown, schemas[0])) if is_shown else {}
    required = what.rules.get("required", ())
    one = partial(_value, opened=what.open, depth=depth + 1, variant=variant, attempt=attempt)
    for name, parts in what.properties.items():
        if name in found or any(part.hidden for part in parts):
            continue
        if name not in required and (depth >= DEEPEST or attempt.values > MOST_VALUES or not _possible(parts)):
            continue
        try:
            found[name] = one(parts)
        except Endless:
            if name in required:
                _check_null(parts)
                found[name] = None
    dependent = what.rules.get("dependentRequired", {})
    needed = [*required, *(each for name in found for each in dependent.get(name, ()))]
    for name in needed:
        if name not in found and name not in what.properties:
            others = [schema for pattern, schema in what.others if not pattern]
            found[name] = one(tuple(others)) if others else "string"
    shortage = min(what.rules.get("minProperties", 0), MOST_VALUES) - len(found)
    for name, other in _more(what, shortage):
        found[name] = one((other,)) if other else "string"
    found |= _discriminated(what)
    return {name: found[name] for name in (*what.properties, *found) if name in found}


def _discriminated(what: Wanted) -> dict[str, object]:
    """The properties by which clients tell subtypes apart, where their own schemas allow the values."""
    told: Mapping[str, object] = what.rules["discriminated"]
    return {key: value for key, value in told.items() if all(p.is_valid(value) for p in what.properties.get(key, ()))}


def _more(what: Wanted, count: int) -> Iterator[tuple[str, Schema | None]]:
    """Names for so many more properties, each with its schema."""
    names = what.rules.get("propertyNames")
    pattern, schema = next(iter(what.others), ("", None))
    pattern = pattern or (str(names.get("pattern", "")) if isinstance(names, Mapping) else "")
    for number in range(count):
        name = next(texts_for(pattern, number), "") if pattern else f"property{number + 1}"
        yield name or f"property{number + 1}", schema


def _possible(parts: tuple[Schema, ...]) -> bool:
    """Whether a property may be there at all: `false` forbids it."""
    return not any(part.node.get("not") == {} for part in parts)


# ---- arrays


def _array(what: Wanted, depth: int, variant: int, attempt: _Try) -> list[object]:
    rules = what.rules
    first = [(each,) for each in what.first_items]
    one = partial(_value, opened=what.open, depth=depth + 1, attempt=attempt)
    least = max(min(rules.get("minItems", 0), MOST_VALUES), len(first) if rules.get("items") is False else 0)
    most = rules.get("maxItems", math.inf)
    roomy = depth < DEEPEST and attempt.values <= MOST_VALUES
    spread = 1 if rules.get("uniqueItems") else 0
    found: list[object] = []
    try:
        if what.contained and roomy:
            found = [
                one((*what.items, *what.contained), variant=variant + number) for number in range(_contained(what))
            ]
        found += [one(parts, variant=variant) for parts in first[: int(min(most, len(first)))]]
        count = min(max(least, 1 if roomy and what.items and not found else 0), most)
        for index in range(len(found), int(count)):
            found.append(one(what.items, variant=variant + index * spread) if what.items else variant + index)
    except Endless:
        if len(found) < least:
            raise
    return found


def _contained(what: Wanted) -> int:
    return int(what.rules.get("minContains", 1))


# ---- what is in the way


def _without_hindrances(value: object, schema: Schema) -> object:
    """The value without optional properties that are in the way, as far as that leaves less wrong."""
    for _ in range(MOST_TRIES):
        less = next(_relieved(value, schema), None)
        if less is None:
            break
        value = less
    return value


def _relieved(value: object, schema: Schema) -> Iterator[object]:
    """The value with less in it, and less wrong: without one property, or without several of one object."""
    violations = schema.violations(value)[:MOST_TRIES]
    told = _told(violations)
    for path in dict.fromkeys(path for each in violations for path in (each.path, each.path[:-1])):
        thinned = value
        for name in reversed(_names_at(value, path)[:MOST_NAMES]):
            for rest in (value, thinned):
                less = _without(rest, path, name)
                left = _told(schema.violations(less))
                if left < told:
                    yield less
            thinned = less if left <= told else thinned


def _told(violations: Iterable[Violation]) -> frozenset[tuple[tuple[str | int, ...], str]]:
    return frozenset((each.path, each.keyword) for each in violations)


def _names_at(value: Any, path: tuple[str | int, ...]) -> list[str]:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return []
    return list(value) if isinstance(value, dict) else []


def _without(value: Any, path: tuple[str | int, ...], name: str) -> object:
    less = copy.deepcopy(value)
    at = less
    for step in path:
        at = at[step]
    del at[name]
    return less
