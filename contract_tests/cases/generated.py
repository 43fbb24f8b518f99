"""What the contract says about a request that nobody wrote by hand: how it is answered, and what that proves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.cases.bodies import CHECK_OF
from contract_tests.cases.case import RARE, Case, Expectation
from contract_tests.cases.material.values import kind_of
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.transport.wire import Request

GENERATED = "generated requests"
"""The requirement that all generated requests serve."""

UNCERTAIN_BLANKS = "\x1c\x1d\x1e\x1f\x85\ufeff\u180e"
"""Signs that are blanks to some languages and not to others: whether a text of them is blank is nobody's fault."""

LONGEST_INTEGER = 300
DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """A generated request as the contract reads it.

    Attributes:
        expect: what may come back.
        check: what is violated where the request is accepted, or refused, against the contract.
        constraint: the requirement that such a violation belongs to.
        lenient: accepting it would be generous rather than dangerous.
        certain: the contract leaves no doubt whether it is valid.
    """

    expect: Expectation
    check: str
    constraint: str = GENERATED
    lenient: bool = False
    certain: bool = True


def case_of(under_test: OperationUnderTest, request: Request, phase: str) -> tuple[Case, bool]:
    """A generated request as a case, and whether the contract leaves no doubt about it.

    The case is named after what it could show, so that a baseline can name it whatever the seed.
    """
    reading = read(under_test, request)
    name = under_test.operation.id
    return Case(
        id=f"{name}/generated/{phase}/{reading.check}",
        check=reading.check,
        operation=name,
        constraint=reading.constraint,
        purpose=f"a generated request ({phase}) is answered as documented",
        request=request,
        expect=reading.expect,
        where=under_test.where,
        priority=RARE,
        lenient=reading.lenient,
    ), reading.certain


def read(under_test: OperationUnderTest, request: Request) -> Reading:
    """What the contract says about a request to one of its operations."""
    operation = under_test.operation
    if operation.parameters_in("query") or operation.parameters_in("header") or operation.parameters_in("cookie"):
        return _undecided(under_test)
    if not request.body:
        needed = operation.body is not None and operation.body.required
        return _undecided(under_test) if needed else Reading(under_test.accepted, "absent-body-refused")
    media_type = (dict(request.headers).get("Content-Type") or "").split(";")[0].strip().lower()
    documented = {media.name.split(";")[0].strip().lower() for media in under_test.body.content}
    if media_type != under_test.body.media_type.lower() and documented & {media_type, "*/*", "application/*"}:
        return _undecided(under_test)
    if media_type != under_test.body.media_type.lower():
        refused = under_test.refused("unsupported-media-type")
        return Reading(refused, "media-type-not-enforced", "media type", lenient="form" in media_type)
    return _read_body(under_test, request.body)


def _undecided(under_test: OperationUnderTest) -> Reading:
    """Any answer that the contract documents."""
    statuses = {int(r.status) for r in under_test.operation.responses if r.status.isdigit()}
    return Reading(Expectation(frozenset(statuses)), "combination-refused", certain=False)


def _read_body(under_test: OperationUnderTest, body: bytes) -> Reading:
    refused = Expectation(under_test.refused("parse-error").statuses | under_test.refused("invalid-body").statuses)
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Reading(refused, "malformed-body-accepted", "JSON syntax")
    if _is_deep(value) or _uncertain(value):
        either = Expectation(refused.statuses | under_test.accepted.statuses)
        return Reading(either, "text-refused", certain=False)
    if under_test.body.schema is None or under_test.body.schema.is_valid(value):
        return Reading(under_test.accepted, "combination-refused")
    if not isinstance(value, dict):
        return Reading(refused, "shape-not-enforced", "shape body")
    nodes, schemas = under_test.body.nodes, under_test.body.properties
    wrong = [name for name, given in value.items() if name in schemas and not schemas[name].is_valid(given)]
    # What only the whole body breaks (a missing property, say) is not named by a property.
    if not wrong:
        return Reading(refused, "required-not-enforced")
    kinds = {name: _broken(nodes[name], value[name]) for name in wrong}
    first, kind = next(iter(kinds.items()))
    return Reading(
        under_test.refused("invalid-body", fields=tuple(sorted(wrong))),
        CHECK_OF[kind],
        f"{kind} {first}",
        lenient=all(_generous(nodes[name], value[name]) for name in wrong),
    )


def _broken(node: Mapping[str, Any], given: Any) -> str:
    """The kind of constraint that a value breaks first."""
    if given is None:
        return "null"
    if "enum" in node:
        return "enum"
    if kind_of(node) == "string" and not isinstance(given, str):
        return "type"
    return "limit" if isinstance(given, str) and len(given) > node.get("maxLength", 1 << 30) else "pattern"


def _generous(node: Mapping[str, Any], given: Any) -> bool:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    return kind_of(node) == "string" and "enum" not in node and number


def _is_deep(value: Any) -> bool:
    """Whether a value is nested so deeply that some readers rightly give up."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def _uncertain(value: Any) -> bool:
    """Whether readers of JSON may rightly differ about a value: odd blanks, surrogates, numbers beyond all limits."""
    if isinstance(value, str):
        return any("\ud800" <= sign <= "\udfff" for sign in value) or (
            value != value.strip() or any(sign in value for sign in UNCERTAIN_BLANKS)
        )
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int):
        return value.bit_length() > LONGEST_INTEGER
    if isinstance(value, float):
        return value in (float("inf"), float("-inf"))
    if isinstance(value, list):
        return any(_uncertain(item) for item in value)
    return any(_uncertain(key) or _uncertain(item) for key, item in value.items())


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
