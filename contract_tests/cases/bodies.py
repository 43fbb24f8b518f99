"""Bodies that break the schema in one point, or in several at once, each beside an accepted body that does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from contract_tests.cases.case import CORE, TAIL, TELLING, Case, Expectation
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.values import NegativeValue, flaws, kind_of
from mock_server.contract.schema.schemas import Schema

CHECK_OF = {
    "enum": "enum-not-enforced",
    "limit": "limit-not-enforced",
    "pattern": "pattern-not-enforced",
    "format": "pattern-not-enforced",
    "type": "type-not-enforced",
    "null": "null-not-enforced",
}
FIRST_REASONS = ("blank", "enum", "maxLength", "nul", "string")
"""Kinds of messages whose text follows from the value alone."""


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    if subject.body_schema is None:
        return
    yield from _shapes(subject)
    properties = subject.property_nodes
    if not properties or not isinstance(subject.base_body, dict):
        yield from _of_items(subject)
        return
    for name in properties:
        if subject.may_send(name) and name in subject.base_body:
            yield from _of_property(subject, name)
    yield from _required(subject)
    yield from _undocumented(subject)
    yield from _together(subject)


def property_flaws(subject: OperationUnderTest, name: str) -> list[NegativeValue]:
    """What can be wrong with one property; values that other properties' enums allow are near misses of its own."""
    properties: Mapping[str, Any] = subject.property_nodes
    if name not in properties:
        return []
    others = [v for key, node in properties.items() if key != name for v in node.get("enum", ()) if isinstance(v, str)]
    return list(flaws(subject.properties[name], tuple(others)))


def invalid(subject: OperationUnderTest, fields: tuple[str, ...], messages: Mapping[str, str]) -> Expectation:
    """The refusal of a body with these invalid properties."""
    return subject.refused("invalid-body", fields=fields, messages=messages)


def message_of(subject: OperationUnderTest, flaw: NegativeValue) -> str:
    """The contract's words for a flaw; empty where it has none."""
    text = subject.contract.messages.get(flaw.message, "") if flaw.message in FIRST_REASONS else ""
    for key, value in flaw.variables.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _of_property(subject: OperationUnderTest, name: str) -> Iterator[Case]:
    core_seen: set[str] = set()
    for flaw in property_flaws(subject, name):
        text = message_of(subject, flaw)
        expect = invalid(subject, (name,), {name: text} if text else {})
        constraint = f"{flaw.constraint} {name}"
        first = flaw.telling and not flaw.lenient and constraint not in core_seen
        core_seen.update({constraint} if first else ())
        bodies = {"": {**subject.base_body, name: flaw.value}}
        if flaw.telling:
            bodies["-alone"] = {**_required_only(subject), name: flaw.value}
        for suffix, body in bodies.items():
            if subject.is_valid_body(body):
                continue
            yield Case(
                id=f"{subject.operation.id}/{name}/{flaw.constraint}/{flaw.label}{suffix}",
                check=CHECK_OF[flaw.constraint],
                operation=subject.operation.id,
                constraint=constraint,
                purpose=f"{name} ({flaw.label}) breaks its {flaw.constraint} and nothing else is wrong",
                request=subject.request(body=body),
                expect=expect,
                where=subject.where_property(name),
                rank=CORE if first and not suffix else TELLING if flaw.telling else TAIL,
                lenient=flaw.lenient,
                overwrites=bool(subject.property_nodes[name].get("x-overwrites-stored-settings")),
                # Who reads a number as a text in one property does so in all: one build is enough to know it.
                group="lenient-type" if flaw.lenient else f"{constraint}:{_family(flaw)}",
            )


def _of_items(subject: OperationUnderTest) -> Iterator[Case]:
    """A body that is no object: what can be wrong with it as a whole, and with what it lists."""
    schema = subject.body_schema
    for flaw in flaws(schema) if schema is not None else ():
        if subject.is_valid_body(flaw.value) or flaw.value is None:
            continue
        yield Case(
            id=f"{subject.operation.id}/body/{flaw.constraint}/{flaw.label}",
            check=CHECK_OF[flaw.constraint],
            operation=subject.operation.id,
            constraint=f"{flaw.constraint} body",
            purpose=f"a body ({flaw.label}) breaks its {flaw.constraint} and nothing else is wrong",
            request=subject.request(body=flaw.value),
            expect=subject.refused("invalid-body"),
            where=subject.where_property(),
            rank=TELLING if flaw.telling else TAIL,
            lenient=flaw.lenient,
            group=f"body:{flaw.constraint}:{flaw.label}",
        )


def _family(flaw: NegativeValue) -> str:
    """Likeness of flaws: one that is accepted says that its like would be, and is spared another build."""
    return flaw.label.split("-")[0] if flaw.constraint in ("enum", "type") else flaw.message or flaw.label


def _required_only(subject: OperationUnderTest) -> dict[str, Any]:
    return {name: subject.base_body[name] for name in subject.base_body if name in subject.required}


def _shapes(subject: OperationUnderTest) -> Iterator[Case]:
    """Bodies that are JSON, but of another type than the documented one."""
    values: tuple[tuple[str, Any, str], ...] = (
        ("array", [], "list"), ("array-of-object", [subject.base_body], "list"), ("string", "main", "str"),
        ("empty-string", "", "str"), ("integer", 1, "int"), ("zero", 0, "int"), ("fraction", 1.5, "float"),
        ("true", True, "bool"), ("false", False, "bool"), ("object", {}, "dict"), ("null", b"null", ""),
    )  # fmt: skip
    schema: Schema | None = subject.body_schema
    for label, value, type_name in values:
        plain = None if value == b"null" else value
        if schema is None or schema.is_valid(plain):
            continue
        kind = "object" if type_name else "absent"
        text = subject.contract.messages.get(kind, "").replace("{type}", type_name)
        needle = {"": text} if text and kind_of(schema.node) == "object" and label != "fraction" else {}
        yield Case(
            id=f"{subject.operation.id}/body/shape/{label}",
            check="shape-not-enforced",
            operation=subject.operation.id,
            constraint="shape body",
            purpose=f"a body that is {label} instead of the documented type is refused",
            request=subject.request(body=value),
            expect=subject.refused("invalid-body", messages=needle),
            where=subject.where_property(),
            rank=CORE if label == "array" else TELLING,
            group=f"shape:{type_name}",
        )


def _required(subject: OperationUnderTest) -> Iterator[Case]:
    for name in sorted(subject.required):
        body = {key: value for key, value in subject.base_body.items() if key != name}
        if subject.is_valid_body(body):
            continue
        yield Case(
            id=f"{subject.operation.id}/{name}/required/absent",
            check="required-not-enforced",
            operation=subject.operation.id,
            constraint=f"required {name}",
            purpose=f"a body without {name} is refused",
            request=subject.request(body=body),
            expect=invalid(subject, (name,), {}),
            where=subject.where_property(),
            rank=CORE,
        )


def _undocumented(subject: OperationUnderTest) -> Iterator[Case]:
    if not subject.closed_body or not isinstance(subject.base_body, dict):
        return
    yield Case(
        id=f"{subject.operation.id}/body/undocumented-property",
        check="undocumented-property-accepted",
        operation=subject.operation.id,
        constraint="unknown property",
        purpose="a body with a property that the contract does not have is refused",
        request=subject.request(body={**subject.base_body, "x-no-such-property": "1"}),
        expect=subject.refused("invalid-body"),
        where=subject.where_property(),
        rank=TELLING,
    )


def _together(subject: OperationUnderTest) -> Iterator[Case]:
    """Several invalid properties: all of them are named, whatever order they came in."""
    worst = {}
    for name in subject.base_body:
        found = [f for f in property_flaws(subject, name) if f.telling and not f.lenient] if name else []
        if found:
            worst[name] = found
    groups = [tuple(pair) for pair in combinations(worst, 2)]
    if len(worst) > 2:  # noqa: PLR2004 - more than a pair
        groups.append(tuple(worst))
    for group in groups:
        for index in range(2 if len(group) > 2 else 1):  # noqa: PLR2004
            chosen = {name: worst[name][(index * 3) % len(worst[name])] for name in group}
            texts = {name: message_of(subject, flaw) for name, flaw in chosen.items()}
            body = {**subject.base_body, **{name: chosen[name].value for name in group}}
            yield Case(
                id=f"{subject.operation.id}/{'+'.join(group)}/together/{index}",
                check=CHECK_OF[chosen[group[0]].constraint],
                operation=subject.operation.id,
                constraint="several invalid properties",
                purpose=f"{' and '.join(group)} are invalid: all are named at once",
                request=subject.request(body=dict(reversed(body.items()))),
                expect=invalid(subject, group, {name: text for name, text in texts.items() if text}),
                where=subject.where_property(),
                rank=TELLING if len(group) > 2 or index == 0 else TAIL,  # noqa: PLR2004
            )
