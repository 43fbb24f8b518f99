"""Bodies that break the schema in one point, or in several at once, each beside an accepted body that does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from contract_tests.cases.case import CORE, LIKELY, RARE, Case, Expectation
from contract_tests.cases.material.values import NegativeValue, kind_of, negative_values
from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.schema.schemas import Schema

CHECK_OF = {
    "enum": "enum-not-enforced",
    "limit": "limit-not-enforced",
    "pattern": "pattern-not-enforced",
    "format": "pattern-not-enforced",
    "type": "type-not-enforced",
    "null": "null-not-enforced",
    "required": "required-not-enforced",
}
FIRST_REASONS = ("blank", "enum", "maxLength", "nul", "string")
"""Kinds of messages whose text follows from the value alone."""


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    if under_test.body.schema is None:
        return
    yield from _shapes(under_test)
    properties = under_test.body.nodes
    if not properties or not isinstance(under_test.body.base, dict):
        yield from _of_items(under_test)
        return
    for name in properties:
        if under_test.body.may_send(name) and name in under_test.body.base:
            yield from _of_property(under_test, name)
    yield from _required(under_test)
    yield from _undocumented(under_test)
    yield from _together(under_test)


def negatives_of(under_test: OperationUnderTest, name: str) -> list[NegativeValue]:
    """What can be wrong with one property; values that other properties' enums allow are near misses of its own."""
    properties: Mapping[str, Any] = under_test.body.nodes
    if name not in properties:
        return []
    others = [v for key, node in properties.items() if key != name for v in node.get("enum", ()) if isinstance(v, str)]
    return list(negative_values(under_test.body.properties[name], tuple(others)))


def invalid(under_test: OperationUnderTest, fields: tuple[str, ...], messages: Mapping[str, str]) -> Expectation:
    """The refusal of a body with these invalid properties."""
    return under_test.refused("invalid-body", fields=fields, messages=messages)


def message_of(under_test: OperationUnderTest, negative: NegativeValue) -> str:
    """The contract's words for a negative; empty where it has none."""
    text = under_test.contract.messages.get(negative.message, "") if negative.message in FIRST_REASONS else ""
    for key, value in negative.variables.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _of_property(under_test: OperationUnderTest, name: str) -> Iterator[Case]:
    core_seen: set[str] = set()
    for negative in negatives_of(under_test, name):
        text = message_of(under_test, negative)
        expect = invalid(under_test, (name,), {name: text} if text else {})
        constraint = f"{negative.constraint} {name}"
        first = negative.likely and not negative.lenient and constraint not in core_seen
        core_seen.update({constraint} if first else ())
        bodies = {"": {**under_test.body.base, name: negative.value}}
        if negative.likely:
            bodies["-alone"] = {**_required_only(under_test), name: negative.value}
        for suffix, body in bodies.items():
            if under_test.body.is_valid(body):
                continue
            yield Case(
                id=f"{under_test.operation.id}/{name}/{negative.constraint}/{negative.label}{suffix}",
                check=CHECK_OF[negative.constraint],
                operation=under_test.operation.id,
                constraint=constraint,
                purpose=f"{name} ({negative.label}) breaks its {negative.constraint} and nothing else is wrong",
                request=under_test.request(body=body),
                expect=expect,
                where=under_test.where_property(name),
                priority=CORE if first and not suffix else LIKELY if negative.likely else RARE,
                lenient=negative.lenient,
                overwrites=bool(under_test.body.nodes[name].get("x-overwrites-stored-settings")),
                # Who reads a number as a text in one property does so in all: one of them is enough to know it.
                group="lenient-type" if negative.lenient else f"{constraint}:{_family(negative)}",
            )


def _of_items(under_test: OperationUnderTest) -> Iterator[Case]:
    """A body that is no object: what can be wrong with it as a whole, and with what it lists."""
    schema = under_test.body.schema
    for negative in negative_values(schema) if schema is not None else ():
        if under_test.body.is_valid(negative.value) or negative.value is None:
            continue
        yield Case(
            id=f"{under_test.operation.id}/body/{negative.constraint}/{negative.label}",
            check=CHECK_OF[negative.constraint],
            operation=under_test.operation.id,
            constraint=f"{negative.constraint} body",
            purpose=f"a body ({negative.label}) breaks its {negative.constraint} and nothing else is wrong",
            request=under_test.request(body=negative.value),
            expect=under_test.refused("invalid-body"),
            where=under_test.where_property(),
            priority=LIKELY if negative.likely else RARE,
            lenient=negative.lenient,
            group=f"body:{negative.constraint}:{negative.label}",
        )


def _family(negative: NegativeValue) -> str:
    """Likeness of negative_values: one that is accepted says that its like would be, and spares another one."""
    return (
        negative.label.split("-")[0] if negative.constraint in ("enum", "type") else negative.message or negative.label
    )


def _required_only(under_test: OperationUnderTest) -> dict[str, Any]:
    return {name: under_test.body.base[name] for name in under_test.body.base if name in under_test.body.required}


def _shapes(under_test: OperationUnderTest) -> Iterator[Case]:
    """Bodies that are JSON, but of another type than the documented one."""
    values: tuple[tuple[str, Any, str], ...] = (
        ("array", [], "list"), ("array-of-object", [under_test.body.base], "list"), ("string", "main", "str"),
        ("empty-string", "", "str"), ("integer", 1, "int"), ("zero", 0, "int"), ("fraction", 1.5, "float"),
        ("true", True, "bool"), ("false", False, "bool"), ("object", {}, "dict"), ("null", b"null", ""),
    )  # fmt: skip
    schema: Schema | None = under_test.body.schema
    for label, value, type_name in values:
        plain = None if value == b"null" else value
        if schema is None or schema.is_valid(plain):
            continue
        kind = "object" if type_name else "absent"
        text = under_test.contract.messages.get(kind, "").replace("{type}", type_name)
        needle = {"": text} if text and kind_of(schema.node) == "object" and label != "fraction" else {}
        yield Case(
            id=f"{under_test.operation.id}/body/shape/{label}",
            check="shape-not-enforced",
            operation=under_test.operation.id,
            constraint="shape body",
            purpose=f"a body that is {label} instead of the documented type is refused",
            request=under_test.request(body=value),
            expect=under_test.refused("invalid-body", messages=needle),
            where=under_test.where_property(),
            priority=CORE if label == "array" else LIKELY,
            group=f"shape:{type_name}",
        )


def _required(under_test: OperationUnderTest) -> Iterator[Case]:
    for name in sorted(under_test.body.required):
        body = {key: value for key, value in under_test.body.base.items() if key != name}
        if under_test.body.is_valid(body):
            continue
        yield Case(
            id=f"{under_test.operation.id}/{name}/required/absent",
            check="required-not-enforced",
            operation=under_test.operation.id,
            constraint=f"required {name}",
            purpose=f"a body without {name} is refused",
            request=under_test.request(body=body),
            expect=invalid(under_test, (name,), {}),
            where=under_test.where_property(),
            priority=CORE,
        )


def _undocumented(under_test: OperationUnderTest) -> Iterator[Case]:
    if not under_test.body.closed or not isinstance(under_test.body.base, dict):
        return
    yield Case(
        id=f"{under_test.operation.id}/body/undocumented-property",
        check="undocumented-property-accepted",
        operation=under_test.operation.id,
        constraint="unknown property",
        purpose="a body with a property that the contract does not have is refused",
        request=under_test.request(body={**under_test.body.base, "x-no-such-property": "1"}),
        expect=under_test.refused("invalid-body"),
        where=under_test.where_property(),
        priority=LIKELY,
    )


def _together(under_test: OperationUnderTest) -> Iterator[Case]:
    """Several invalid properties: all of them are named, whatever order they came in."""
    worst = {}
    for name in under_test.body.base:
        found = [f for f in negatives_of(under_test, name) if f.likely and not f.lenient] if name else []
        if found:
            worst[name] = found
    groups = [tuple(pair) for pair in combinations(worst, 2)]
    if len(worst) > 2:  # noqa: PLR2004 - more than a pair
        groups.append(tuple(worst))
    for group in groups:
        for index in range(2 if len(group) > 2 else 1):  # noqa: PLR2004
            chosen = {name: worst[name][(index * 3) % len(worst[name])] for name in group}
            texts = {name: message_of(under_test, negative) for name, negative in chosen.items()}
            body = {**under_test.body.base, **{name: chosen[name].value for name in group}}
            yield Case(
                id=f"{under_test.operation.id}/{'+'.join(group)}/together/{index}",
                check=CHECK_OF[chosen[group[0]].constraint],
                operation=under_test.operation.id,
                constraint="several invalid properties",
                purpose=f"{' and '.join(group)} are invalid: all are named at once",
                request=under_test.request(body=dict(reversed(body.items()))),
                expect=invalid(under_test, group, {name: text for name, text in texts.items() if text}),
                where=under_test.where_property(),
                priority=LIKELY if len(group) > 2 or index == 0 else RARE,  # noqa: PLR2004
            )
