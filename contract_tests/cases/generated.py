"""What a generated request must be answered with: the contract applied to a request that nobody wrote by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from contract_tests.cases.bodies import CHECK_OF
from contract_tests.cases.case import TAIL, Case, Expectation
from contract_tests.cases.generation import Generated
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.schemas import is_valid
from contract_tests.cases.values import kind_of
from contract_tests.transport.wire import Request
from mock_server.contract.model import JSON_MEDIA_TYPE

UNCERTAIN_BLANKS = "\x1c\x1d\x1e\x1f\x85\ufeff\u180e"
"""Signs that are blanks to some languages and not to others: whether a text of them is blank is nobody's fault."""

LONGEST_INTEGER = 300


def cases(subjects: Iterable[OperationUnderTest], generated: Iterable[Generated], accepted: int) -> Iterator[Case]:
    """Cases from generated requests; at most `accepted` of them may be accepted."""
    left = accepted
    by_id = {subject.operation.id: subject for subject in subjects}
    for index, one in enumerate(generated):
        subject = _subject_of(by_id, one.request)
        if subject is None or not _harmless(subject, one.request):
            continue
        expect, check, lenient = classify(subject, one.request)
        if expect is None:
            continue
        if not expect.refuses:
            if left == 0:
                continue
            left -= 1
        yield Case(
            id=f"{subject.operation.id}/generated/{one.phase}/{index}",
            check=check,
            operation=subject.operation.id,
            constraint="generated requests",
            purpose=f"a generated request ({one.phase}) is answered as documented",
            request=one.request,
            expect=expect,
            where=subject.where,
            rank=TAIL,
            lenient=lenient,
            packed=True,
            group="lenient-type" if lenient and check == CHECK_OF["type"] else f"generated:{index}",
        )


def _subject_of(by_id: dict[str, OperationUnderTest], request: Request) -> OperationUnderTest | None:
    for subject in by_id.values():
        if request.target.partition("?")[0] == subject.target():
            own = subject.item.operations.get(request.method, subject.item.any_operation)
            return by_id.get(own.id)
    return None


def _harmless(subject: OperationUnderTest, request: Request) -> bool:
    """Whether a generated request stays within what the user allowed."""
    if subject.overwriting or not request.body:
        return True
    guarded = [name for name in subject.body_node.get("properties", {}) if not subject.may_send(name)]
    return not any(name.encode() in request.body for name in guarded) and b"\\u" not in request.body


def classify(subject: OperationUnderTest, request: Request) -> tuple[Expectation | None, str, bool]:
    """What the contract says about a request: expectation, check, leniency. No expectation where it says nothing."""
    if request.method not in subject.item.operations:
        known = {"method": request.method}
        if request.method == "OPTIONS":
            return None, "", False
        return subject.refused("method-not-allowed", variables=known), "method-not-refused", False
    if subject.operation.parameters_in("query") or subject.operation.parameters_in("header"):
        return None, "", False
    body = request.body or b""
    if not body:
        optional = subject.operation.body is None or not subject.operation.body.required
        return (subject.accepted, "absent-body-refused", False) if optional else (None, "", False)
    media_type = (dict(request.headers).get("Content-Type") or "").split(";")[0].strip().lower()
    if media_type != JSON_MEDIA_TYPE:
        return subject.refused("unsupported-media-type"), "media-type-not-enforced", "form" in media_type
    return _of_body(subject, body)


def _of_body(subject: OperationUnderTest, body: bytes) -> tuple[Expectation | None, str, bool]:
    refused = Expectation(subject.refused("parse-error").statuses | subject.refused("invalid-body").statuses)
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return refused, "malformed-body-accepted", False
    if _uncertain(value):
        return Expectation(refused.statuses | subject.accepted.statuses), "text-refused", False
    if is_valid(subject.body_node, value):
        return subject.accepted, "combination-refused", False
    if not isinstance(value, dict):
        return refused, "shape-not-enforced", False
    nodes = subject.body_node.get("properties", {})
    wrong = [name for name, given in value.items() if name in nodes and not is_valid(nodes[name], given)]
    # What only the whole body breaks (a missing property, say) is not named by a property.
    expect = subject.refused("invalid-body", fields=tuple(sorted(wrong))) if wrong else refused
    lenient = bool(wrong) and all(_generous(nodes[name], value[name]) for name in wrong)
    return expect, _check_of(nodes, wrong, value), lenient


def _check_of(nodes: dict[str, Any], wrong: list[str], value: dict[str, Any]) -> str:
    if not wrong:
        return "required-not-enforced"
    node, given = nodes[wrong[0]], value[wrong[0]]
    if given is None:
        return CHECK_OF["null"]
    if "enum" in node:
        return CHECK_OF["enum"]
    if kind_of(node) == "string" and not isinstance(given, str):
        return CHECK_OF["type"]
    return (
        CHECK_OF["limit"]
        if isinstance(given, str) and len(given) > node.get("maxLength", 1 << 30)
        else CHECK_OF["pattern"]
    )


def _generous(node: dict[str, Any], given: Any) -> bool:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    return kind_of(node) == "string" and "enum" not in node and number


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
