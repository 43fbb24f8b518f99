"""Valid requests: what must be accepted, packed into as few of them as possible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from contract_tests.cases.case import CORE, LIKELY, RARE, Case, Expectation
from contract_tests.cases.covering import ABSENT, Level, Row, body_of, rows
from contract_tests.cases.documents import MEGABYTE
from contract_tests.cases.material.request_body import to_json
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.transport.wire import Request

ROWS = 12
"""How many covering bodies follow the core: with the core and the repetitions, some twenty builds."""


@dataclass(frozen=True, slots=True)
class Variation:
    """A way to send a valid body that changes nothing about it."""

    label: str
    check: str
    request: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    raw: str = ""


def core_rows(under_test: OperationUnderTest) -> list[Row]:
    """Bodies that show each enum value, null and absence; the first is the body that invalid ones differ from."""
    if not isinstance(under_test.body.base, dict) or not under_test.body.nodes:
        return []
    nodes = {name: node for name, node in under_test.body.nodes.items() if name in under_test.body.base}
    enums = {name: [v for v in node["enum"] if v is not None] for name, node in nodes.items() if "enum" in node}
    found: list[Row] = []
    for index in range(max((len(values) for values in enums.values()), default=1)):
        row = {name: Level("base", value) for name, value in under_test.body.base.items()}
        for name, values in ((name, values) for name, values in enums.items() if values):
            start = values.index(under_test.body.base[name]) if under_test.body.base[name] in values else 0
            value = values[(start + index) % len(values)]
            row[name] = Level(f"enum-{value}", value)
        found.append(row)
    if any(node.get("nullable") for node in nodes.values()):
        found.append(
            {
                name: Level("null-null")
                if node.get("nullable")
                else Level("base", under_test.body.base[name])
                if name in under_test.body.required
                else ABSENT
                for name, node in nodes.items()
            }
        )
    return [row for row in found if under_test.body.is_valid(body_of(row))]


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    yield from _core(under_test)
    yield from _repeated(under_test)
    if under_test.body.schema is None:
        yield from _plain(under_test)
        return
    yield from _covering(under_test)


def _case(
    under_test: OperationUnderTest, check: str, label: str, constraint: str, purpose: str, request: Request, **more: Any
) -> Case:
    large = under_test.too_large(request.body)
    return Case(
        id=f"{under_test.operation.id}/accepted/{label}",
        check=check,
        operation=under_test.operation.id,
        constraint=constraint,
        purpose=purpose,
        request=request,
        expect=Expectation(under_test.accepted.statuses | large),
        where=more.pop("where", under_test.where),
        group=f"accepted:{label}",
        **more,
    )


def _core(under_test: OperationUnderTest) -> Iterator[Case]:
    optional = under_test.operation.body is None or not under_test.operation.body.required
    if optional:
        yield _case(
            under_test,
            "absent-body-refused",
            "no-body",
            "no body",
            "a valid request without a body is accepted",
            under_test.request(),
            priority=CORE,
        )
    found = core_rows(under_test)
    for index, row in enumerate(found):
        nulls = index == len(found) - 1 and any(level.label == "null-null" for level in row.values())
        overwrites = any(
            level.present and under_test.body.nodes[name].get("x-overwrites-stored-settings")
            for name, level in row.items()
        )
        yield _case(
            under_test,
            "null-refused" if nulls else "enum-value-refused",
            "null-everywhere" if nulls else f"values-{index}",
            "null" if nulls else "enum values",
            "null is accepted wherever it may stand" if nulls else f"enum values are accepted ({_said(row)})",
            under_test.request(body=body_of(row)),
            priority=CORE,
            where=under_test.where_property(),
            overwrites=overwrites,
        )
    if (under_test.body.schema is not None or not optional) and not found:
        yield _case(
            under_test,
            "plain-request-refused",
            "body",
            "valid body",
            "a valid body is accepted",
            _plainest(under_test),
            priority=CORE,
        )


def _plainest(under_test: OperationUnderTest) -> Request:
    """A valid request with the body that the operation needs."""
    return under_test.request(body=under_test.body.base if under_test.body.schema is not None else None)


def _said(row: Row) -> str:
    return ", ".join(f"{name} {level.value}" for name, level in row.items() if level.label.startswith("enum-"))


def _repeated(under_test: OperationUnderTest) -> Iterator[Case]:
    """The same request again, in its plainest forms, one after the other and at the same time."""
    optional = under_test.operation.body is None or not under_test.operation.body.required
    plain = under_test.request() if optional else _plainest(under_test)
    yield _case(
        under_test, "repeated-request-refused", "again", "repetition", "the same request is accepted again", plain
    )
    if optional and under_test.body.schema is not None:
        yield _case(
            under_test,
            "absent-body-refused",
            "length-zero",
            "no body",
            "a body of length 0 is no body",
            under_test.request(body=b"", media_type=None),
        )
        yield _case(
            under_test,
            "absent-body-refused",
            "empty-plain",
            "no body",
            "an empty body has no media type to refuse",
            under_test.request(body=b"", media_type="text/plain"),
        )
        yield _case(
            under_test,
            "absent-body-refused",
            "empty-json",
            "no body",
            "an empty body that says it is JSON is no body",
            under_test.request(body=b""),
        )
    together = plain
    if under_test.body.schema is not None and under_test.body.is_valid({}):
        together = under_test.request(body={})
    yield _case(
        under_test,
        "parallel-request-refused",
        "at-once",
        "two at once",
        "two valid requests at the same time are both accepted",
        together,
        together=2,
    )


def _plain(under_test: OperationUnderTest) -> Iterator[Case]:
    for variation in variations(under_test):
        about_json = variation.raw or variation.extra or (under_test.other_body and "media_type" in variation.request)
        if not about_json:
            yield _case(
                under_test,
                variation.check,
                variation.label,
                "plain request",
                f"accepted also {variation.label}",
                under_test.request(**variation.request),
            )


def _covering(under_test: OperationUnderTest) -> Iterator[Case]:
    known = core_rows(under_test)
    ways = list(variations(under_test))
    found = [row for row in rows(under_test, known, ROWS) if under_test.body.is_valid(body_of(row))]
    for index, row in enumerate(found):
        variation = ways[index] if index < len(ways) else Variation("plain", "combination-refused")
        texts = [name for name, level in row.items() if level.label.startswith(("text-", "limit-"))]
        request = vary(under_test, body_of(row), variation)
        labels = ", ".join(f"{name} {level.label}" for name, level in row.items())
        yield _case(
            under_test,
            "combination-refused",
            f"row-{index}",
            "combinations of values",
            f"valid values together are accepted: {labels}; sent {variation.label}",
            request,
            where=under_test.where_property(*texts[:1]),
            priority=LIKELY if index < ROWS - 1 else RARE,
            shrinkable=not variation.raw and not variation.request.get("chunked"),
            overwrites=any(
                level.present and under_test.body.nodes[name].get("x-overwrites-stored-settings")
                for name, level in row.items()
            ),
        )


def vary(under_test: OperationUnderTest, body: dict[str, Any], variation: Variation) -> Request:
    """A body sent in one of the ways that must make no difference."""
    whole = {**body, **variation.extra}
    data = to_json(whole)
    if variation.raw == "escaped":
        data = json.dumps(whole).encode()
    elif variation.raw == "spaced":
        data = b" \r\n\t" + data.replace(b'","', b'" ,\n "') + b"\n "
    return under_test.request(body=data, **variation.request)


def variations(under_test: OperationUnderTest) -> Iterator[Variation]:
    """Each accompanies one covering body, so that it costs no build of its own."""
    yield Variation(
        "with a charset and a query",
        "media-type-spelling-refused",
        {
            "media_type": f"{under_test.body.media_type}; charset=utf-8",
            "query": "x=1&format=xml",
            "headers": (("Accept", "application/json"),),
        },
    )
    yield Variation(
        "with its media type in capitals, asking for HTML",
        "media-type-spelling-refused",
        {"media_type": under_test.body.media_type.upper(), "headers": (("Accept", "text/html"),)},
    )
    lower = _lower_case_token(under_test)
    if lower:
        yield Variation("with its headers in lower case, asking for XML", "plain-request-refused", lower)
    yield Variation(
        "from another origin, in escapes",
        "plain-request-refused",
        {"headers": (("Origin", "https://ci.example.com"), ("Accept-Language", "en"))},
        raw="escaped",
    )
    if not under_test.body.closed:
        yield Variation(
            "with unknown properties",
            "unknown-property-refused",
            extra={"x-no-such-property": {"a": [1, None]}, **_wrong_case(under_test)},
        )
        yield Variation(
            "with megabytes of an unknown property",
            "plain-request-refused",
            extra={"x-no-such-property": "a" * (2 * MEGABYTE)},
        )
    encoded = _encoded_path(under_test)
    if encoded:
        yield Variation("with a percent-encoded path", "plain-request-refused", {"path": encoded})
    yield Variation("in chunks", "plain-request-refused", {"chunked": True, "closing": True})
    yield Variation(
        "with blanks around everything",
        "media-type-spelling-refused",
        {"media_type": f"{under_test.body.media_type};charset=UTF-8", "headers": (("X-HTTP-Method-Override", "GET"),)},
        raw="spaced",
    )


def _lower_case_token(under_test: OperationUnderTest) -> dict[str, Any]:
    """What sends the token in a header of lower case; empty where it travels elsewhere."""
    if under_test.scheme is None or under_test.scheme.location != "header" or not under_test.identity.token:
        return {}
    name, value = under_test.credentials(under_test.identity.token)[0][0]
    return {"token": None, "headers": ((name.lower(), value), ("Accept", "application/xml"))}


def _wrong_case(under_test: OperationUnderTest) -> dict[str, Any]:
    """A known property's name in another case is an unknown property: what it holds does not count."""
    names = [name for name in under_test.body.nodes if name.upper() != name]
    return {names[0].upper(): "no-such-value"} if names else {}


def _encoded_path(under_test: OperationUnderTest) -> dict[str, str]:
    return {p.name: _first_encoded(under_test.id_of(p)) for p in under_test.operation.parameters_in("path")}


def _first_encoded(text: str) -> str:
    return f"%{ord(text[0]):02X}{quote(text[1:], '')}" if text and text[0].isascii() else quote(text, "")
