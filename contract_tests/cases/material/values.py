"""From a schema: values that satisfy it in telling ways, and values that break it in one point each.

Generators may propose freely: what a schema validator does not confirm (valid, or invalid) is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract_tests.cases.material.texts import ALPHABETS, BLANKS, COMPOSITES, NULS, SINGLES
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema

Node = Mapping[str, Any]
LONGEST = (ALPHABETS[0], ALPHABETS[-1])
"""What reaches a limit: one byte a sign, and the most bytes a sign."""
DEEPEST = 3
"""How many objects and lists a value may lie in."""
FAR = 20
"""How many times a limit a value far beyond it is long."""


@dataclass(frozen=True, slots=True)
class PositiveValue:
    """A valid value. `kind` is `enum`, `null`, `limit` or `text`."""

    label: str
    value: Any
    kind: str


@dataclass(frozen=True, slots=True)
class NegativeValue:
    """A value that breaks one constraint.

    Attributes:
        constraint: the keyword that is broken: `enum`, `limit`, `pattern`, `type`, `null`.
        message: kind of the contract's message for it, with its variables; empty where the contract cannot tell.
        lenient: reading it generously does no harm: a number where a text belongs.
        likely: whether it belongs to the few that find most.
    """

    label: str
    value: Any
    constraint: str
    message: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    lenient: bool = False
    likely: bool = False


def kind_of(node: Node) -> str:
    """`string` also where an enum of texts has no type of its own."""
    if "type" not in node and all(isinstance(value, str | None) for value in node.get("enum", (0,))):
        return "string"
    return str(node.get("type", ""))


# ---- valid values


def positive_values(schema: Schema) -> Iterator[PositiveValue]:
    """Telling valid values: every enum value, null, limits reached exactly, texts beyond the examples."""
    return (positive for positive in _positives(schema.node) if schema.is_valid(positive.value))


def _positives(node: Node) -> Iterator[PositiveValue]:
    if node.get("nullable"):
        yield PositiveValue("null", None, "null")
    if "enum" in node:
        yield from (PositiveValue(str(value), value, "enum") for value in node["enum"] if value is not None)
    elif kind_of(node) == "string":
        yield from _text_positives(node)
    elif kind_of(node) in ("integer", "number"):
        for key in ("minimum", "maximum"):
            if key in node:
                yield PositiveValue(key, node[key], "limit")
    elif kind_of(node) == "boolean":
        yield PositiveValue("true", True, "enum")
        yield PositiveValue("false", False, "enum")


def _text_positives(node: Node) -> Iterator[PositiveValue]:
    free = not node.get("format") or node.get("format") == "password"
    roomy = node.get("maxLength", 0) > max(len(text) for _, text in COMPOSITES)
    # The longest texts hold the first composites already.
    texts = (*(COMPOSITES[len(LONGEST) :] if roomy else COMPOSITES), *SINGLES) if free else ()
    yield from (PositiveValue(label, text[: node.get("maxLength", len(text))], "text") for label, text in texts)
    if node.get("minLength") and free:
        yield from (PositiveValue(f"shortest-{name}", sign * node["minLength"], "limit") for name, sign in ALPHABETS)
    if node.get("maxLength") and free:
        # A text that reaches the limit may as well hold every sign that a text may hold.
        for (name, sign), (_, composite) in zip(LONGEST, COMPOSITES, strict=False):
            whole = composite.strip() if len(composite) < node["maxLength"] else ""
            yield PositiveValue(f"longest-{name}", whole.ljust(node["maxLength"], sign), "limit")


# ---- invalid values


def negative_values(schema: Schema, foreign: tuple[str, ...] = (), depth: int = 0) -> Iterator[NegativeValue]:
    """Values that break the schema in one point. `foreign` are enum values of other properties.

    `depth` says how deep the schema lies in another one: what is deeper than `DEEPEST` is not looked at.
    """
    return (negative for negative in _negatives(schema, foreign, depth) if not schema.is_valid(negative.value))


def _negatives(schema: Schema, foreign: tuple[str, ...], depth: int) -> Iterator[NegativeValue]:
    node = schema.node
    kind = kind_of(node)
    if not node.get("nullable"):
        yield NegativeValue("null", None, "null", likely=True)
    if "enum" in node:
        yield from _enum_negatives(node, foreign)
    elif kind == "string":
        yield from _text_negatives(node)
        yield from _type_negatives()
    elif kind in ("integer", "number"):
        yield from _number_negatives(node)
    elif kind == "boolean":
        wrong: tuple[Any, ...] = ("yes", 2, [], {})
        yield from (NegativeValue(repr(value), value, "type", likely=True) for value in wrong)
    elif kind == "array":
        yield from _array_negatives(schema, depth)
    elif kind == "object":
        others: tuple[Any, ...] = ("text", 1, True, [])
        yield from (NegativeValue(type(value).__name__, value, "type", likely=True) for value in others)
        yield from _object_negatives(schema, depth)


def _enum_negatives(node: Node, foreign: tuple[str, ...]) -> Iterator[NegativeValue]:
    allowed = [value for value in node["enum"] if isinstance(value, str)]
    first = allowed[0] if allowed else "value"
    texts: list[tuple[str, str, bool]] = [
        ("unknown", "no-such-value", True),
        ("empty", "", True),
        ("blank", " ", False),
    ]
    texts += [(f"value-of-another-{value}", value, index == 0) for index, value in enumerate(foreign)]
    for value in allowed:
        texts += [
            (f"upper-case-{value}", value.upper(), value == first),
            (f"capital-{value}", value.title(), False),
            (f"trailing-blank-{value}", f"{value} ", value == first),
            (f"leading-blank-{value}", f" {value}", False),
            (f"line-end-{value}", f"{value}\n", False),
            (f"extended-{value}", f"{value}s", value == first),
            (f"truncated-{value}", value[:-1], value == first),
            (f"prefixed-{value}", f"x{value}", False),
            (f"doubled-{value}", value + value, False),
            (f"listed-{value}", f"{value},{value}", False),
            (f"dashed-{value}", value.replace("_", "-"), False),
            (f"joined-{value}", value.replace("_", ""), False),
            (f"quoted-{value}", f'"{value}"', False),
        ]
    texts += [
        ("null-text", "null", False),
        ("percent", "%", False),
        ("cjk", "构建", False),
        ("nul", f"{first}\0", False),
    ]
    for label, text, likely in texts:
        yield NegativeValue(label, text, "enum", "enum", {"value": text}, likely=likely)
    values: tuple[tuple[str, Any, bool], ...] = (
        ("zero", 0, False),
        ("one", 1, True),
        ("half", 0.5, False),
        ("true", True, True),
        ("false", False, False),
        ("list", [first], True),
        ("empty-list", [], False),
        ("object", {"value": first}, True),
        ("empty-object", {}, False),
        ("list-of-null", [None], False),
    )
    for label, value, likely in values:
        yield NegativeValue(label, value, "enum", likely=likely)


def _text_negatives(node: Node) -> Iterator[NegativeValue]:
    limit = node.get("maxLength")
    if limit:
        for name, sign in ALPHABETS:
            one_more = sign * (limit + 1)
            yield NegativeValue(f"one-more-{name}", one_more, "limit", "maxLength", {"limit": str(limit)}, likely=True)
        for label, length in (("two-more", limit + 2), ("double", limit * 2), ("far-beyond", limit * FAR)):
            yield NegativeValue(label, "a" * length, "limit", "maxLength", {"limit": str(limit)})
    if node.get("minLength"):
        yield NegativeValue("one-less", "a" * (node["minLength"] - 1), "limit", likely=True)
    for label, text in BLANKS:
        yield NegativeValue(label, text, "pattern", "blank", likely=label in ("empty", "blank", "ideographic"))
    for label, text in NULS:
        yield NegativeValue(label, text, "pattern", "nul", likely=True)
    for label, text in (*SINGLES, *COMPOSITES):
        yield NegativeValue(f"text-{label}", text, "pattern" if "pattern" in node else "limit")
    if node.get("format") in ("date", "date-time", "uuid", "email"):
        yield NegativeValue("no-such-format", "no-such-format", "format", likely=True)


def _type_negatives() -> Iterator[NegativeValue]:
    for label, number in (("integer", 5), ("fraction", 1.5), ("zero", 0), ("negative", -1), ("beyond-64-bit", 1 << 70)):
        yield NegativeValue(label, number, "type", lenient=True, likely=label == "integer")
    for label, value, likely in (
        ("true", True, True),
        ("false", False, False),
        ("list", ["main"], True),
        ("empty-list", [], False),
        ("object", {"name": "main"}, True),
        ("empty-object", {}, False),
        ("nested-list", [[None]], False),
    ):
        yield NegativeValue(label, value, "type", "string", likely=likely)


def _number_negatives(node: Node) -> Iterator[NegativeValue]:
    if "minimum" in node:
        yield NegativeValue("below", node["minimum"] - 1, "limit", likely=True)
    if "maximum" in node:
        yield NegativeValue("above", node["maximum"] + 1, "limit", likely=True)
    yield NegativeValue("text", "one", "type", likely=True)
    yield NegativeValue("number-in-text", "1", "type", lenient=True)
    for label, value in (("fraction", 1.5), ("true", True), ("list", [1]), ("object", {"value": 1})):
        yield NegativeValue(label, value, "type", likely=label in ("list", "true"))


def _array_negatives(schema: Schema, depth: int) -> Iterator[NegativeValue]:
    node, item = schema.node, sample(schema.items)
    yield from (
        NegativeValue(type(value).__name__, value, "type", likely=True) for value in ("text", 1, True, {"0": item})
    )
    if "maxItems" in node:
        yield NegativeValue("one-more", [item] * (node["maxItems"] + 1), "limit", likely=True)
    if "minItems" in node:
        yield NegativeValue("one-less", [item] * (node["minItems"] - 1), "limit", likely=True)
    for negative in negative_values(schema.items, depth=depth + 1) if schema.items and depth < DEEPEST else ():
        yield _within(negative, "item", [negative.value])


def _object_negatives(schema: Schema, depth: int) -> Iterator[NegativeValue]:
    """What can be wrong with one property of an object that is valid else: of many values the likeliest."""
    base = sample(schema)
    if depth >= DEEPEST or not isinstance(base, dict):
        return
    for name, part in schema.properties.items():
        if name in schema.node.get("required", ()) and not part.node.get("readOnly"):
            rest = {key: value for key, value in base.items() if key != name}
            yield NegativeValue(f"without-{name}", rest, "required", likely=True)
        for negative in negative_values(part, depth=depth + 1) if name in base else ():
            if negative.likely:
                yield _within(negative, name, {**base, name: negative.value})


def _within(negative: NegativeValue, name: str, value: Any) -> NegativeValue:
    """A negative value inside another one."""
    return NegativeValue(
        f"{name}-{negative.label}", value, negative.constraint, lenient=negative.lenient, likely=negative.likely
    )
