"""Parameters of query, headers and cookies that break their schema, are missing, or are hard to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from contract_tests.cases.bodies import CHECK_OF
from contract_tests.cases.case import ANYTHING, CORE, LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.material.values import NegativeValue, negative_values
from contract_tests.cases.operation import OperationUnderTest, as_text
from contract_tests.transport.wire import Request
from mock_server.contract.model import Parameter
from mock_server.contract.schema.schemas import Schema

PLACES = ("query", "header", "cookie")
OF_HTTP = ("accept", "content-type", "authorization")
"""Headers that OpenAPI leaves to HTTP: as parameters they mean nothing."""
HARD = (("nul", "a%00b"), ("not-utf-8", "%FF"), ("long", "a" * 5000), ("percent", "%25"), ("apostrophe", "%27"),
        ("brackets", "%5B" * 500), ("emoji", "%F0%9F%9A%80"), ("half-a-sign", "%ED%A0%80"))  # fmt: skip
"""As they stand in a query: what servers fall over, whatever the parameter means."""
LONGEST = 2000


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    for location in PLACES:
        for parameter in under_test.operation.parameters_in(location):
            if location == "header" and parameter.name.lower() in OF_HTTP:
                continue
            if parameter.required:
                yield _missing(under_test, parameter)
            if parameter.schema is not None and not parameter.is_json:
                yield from _invalid(under_test, parameter, parameter.schema)
            if location == "query":
                yield from (_hard(under_test, parameter, *row) for row in HARD)


def _missing(under_test: OperationUnderTest, parameter: Parameter) -> Case:
    return _case(
        under_test,
        parameter,
        "absent",
        "required-not-enforced",
        f"a request without the {parameter.location} parameter {parameter.name} is refused",
        under_test.request(omit=parameter.name),
        CORE,
    )


def _invalid(under_test: OperationUnderTest, parameter: Parameter, schema: Schema) -> Iterator[Case]:
    one = schema.items if schema.node.get("type") == "array" and parameter.style == "form" else schema
    seen: set[str] = set()
    if one is None:
        return
    for negative in negative_values(one):
        text = _text(negative, one)
        if text is None or text in seen:
            continue
        seen.add(text)
        yield _case(
            under_test,
            parameter,
            f"{negative.constraint}/{negative.label}",
            CHECK_OF[negative.constraint],
            f"{parameter.name} ({negative.label}) breaks its {negative.constraint} and nothing else is wrong",
            _request(under_test, parameter, text),
            LIKELY if negative.likely else RARE,
        )


def _text(negative: NegativeValue, schema: Schema) -> str | None:
    """A wrong value as a parameter has it; None where the text may be read as something valid, or is no plain text."""
    value: Any = negative.value
    if value is None or isinstance(value, list | dict):
        return None
    text = as_text(value)
    plain = text.isascii() and text.isprintable() and text == text.strip() and 0 < len(text) <= LONGEST
    read: list[Any] = [text]
    if text.lstrip("-").isdecimal():
        read.append(int(text))
    if text in ("true", "false"):
        read.append(text == "true")
    kind = schema.node.get("type")
    if kind == "string" and negative.constraint == "type":
        return None
    words = ("yes", "no", "0", "1") if kind == "boolean" else ("true", "false")
    lenient = kind in ("boolean", "integer", "number") and text.lower() in words
    return None if not plain or lenient or any(schema.is_valid(one) for one in read) else text


def _request(under_test: OperationUnderTest, parameter: Parameter, text: str) -> Request:
    sent = quote(text, "")
    if parameter.location == "query":
        return under_test.request(query=f"{quote(parameter.name, '')}={sent}", omit=parameter.name)
    header = ("Cookie", f"{parameter.name}={sent}") if parameter.location == "cookie" else (parameter.name, text)
    return under_test.request(headers=(header,), omit=parameter.name)


def _hard(under_test: OperationUnderTest, parameter: Parameter, label: str, raw: str) -> Case:
    request = under_test.request(query=f"{quote(parameter.name, '')}={raw}", omit=parameter.name)
    purpose = f"a {parameter.name} that is hard to read ({label}) does not make the server fail"
    return _case(under_test, parameter, f"hard/{label}", "server-error", purpose, request, RARE, expect=ANYTHING)


def _case(
    under_test: OperationUnderTest,
    parameter: Parameter,
    label: str,
    check: str,
    purpose: str,
    request: Request,
    priority: Priority,
    *,
    expect: Expectation | None = None,
) -> Case:
    return Case(
        id=f"{under_test.operation.id}/{parameter.location}/{parameter.name}/{label}",
        check=check,
        operation=under_test.operation.id,
        constraint=f"{parameter.location} {parameter.name}",
        purpose=purpose,
        request=request,
        expect=expect or under_test.refused("invalid-parameter", "invalid-body"),
        where=under_test.where,
        priority=priority,
        group=f"{parameter.location} {parameter.name}:{label}",
    )
