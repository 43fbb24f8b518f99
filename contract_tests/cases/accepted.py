"""Valid requests: what must be accepted, packed into as few of them as possible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from contract_tests.cases.case import CORE, TAIL, TELLING, Case, Expectation
from contract_tests.cases.covering import ABSENT, Level, Row, body_of, rows
from contract_tests.cases.documents import MEGABYTE
from contract_tests.cases.operation import OperationUnderTest, to_json
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


def core_rows(subject: OperationUnderTest) -> list[Row]:
    """Bodies that show each enum value, null and absence; the first is the body that invalid ones differ from."""
    if not isinstance(subject.base_body, dict) or not subject.property_nodes:
        return []
    nodes = {name: node for name, node in subject.property_nodes.items() if name in subject.base_body}
    enums = {name: [v for v in node["enum"] if v is not None] for name, node in nodes.items() if "enum" in node}
    found: list[Row] = []
    for index in range(max((len(values) for values in enums.values()), default=1)):
        row = {name: Level("base", value) for name, value in subject.base_body.items()}
        for name, values in ((name, values) for name, values in enums.items() if values):
            start = values.index(subject.base_body[name]) if subject.base_body[name] in values else 0
            value = values[(start + index) % len(values)]
            row[name] = Level(f"enum-{value}", value)
        found.append(row)
    if any(node.get("nullable") for node in nodes.values()):
        found.append(
            {
                name: Level("null-null")
                if node.get("nullable")
                else Level("base", subject.base_body[name])
                if name in subject.required
                else ABSENT
                for name, node in nodes.items()
            }
        )
    return [row for row in found if subject.is_valid_body(body_of(row))]


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    yield from _core(subject)
    yield from _repeated(subject)
    if subject.body_schema is None:
        yield from _plain(subject)
        return
    yield from _covering(subject)


def _case(
    subject: OperationUnderTest, check: str, label: str, constraint: str, purpose: str, request: Request, **more: Any
) -> Case:
    large = subject.too_large(request.body)
    return Case(
        id=f"{subject.operation.id}/accepted/{label}",
        check=check,
        operation=subject.operation.id,
        constraint=constraint,
        purpose=purpose,
        request=request,
        expect=Expectation(subject.accepted.statuses | large),
        where=more.pop("where", subject.where),
        group=f"accepted:{label}",
        **more,
    )


def _core(subject: OperationUnderTest) -> Iterator[Case]:
    optional = subject.operation.body is None or not subject.operation.body.required
    if optional:
        yield _case(
            subject,
            "absent-body-refused",
            "no-body",
            "no body",
            "a valid request without a body is accepted",
            subject.request(),
            rank=CORE,
        )
    found = core_rows(subject)
    for index, row in enumerate(found):
        nulls = index == len(found) - 1 and any(level.label == "null-null" for level in row.values())
        overwrites = any(
            level.present and subject.property_nodes[name].get("x-overwrites-stored-settings")
            for name, level in row.items()
        )
        yield _case(
            subject,
            "null-refused" if nulls else "enum-value-refused",
            "null-everywhere" if nulls else f"values-{index}",
            "null" if nulls else "enum values",
            "null is accepted wherever it may stand" if nulls else f"enum values are accepted ({_said(row)})",
            subject.request(body=body_of(row)),
            rank=CORE,
            where=subject.where_property(),
            overwrites=overwrites,
        )
    if subject.body_schema is not None and not found:
        yield _case(
            subject,
            "plain-request-refused",
            "body",
            "valid body",
            "a valid body is accepted",
            subject.request(body=subject.base_body),
            rank=CORE,
        )


def _said(row: Row) -> str:
    return ", ".join(f"{name} {level.value}" for name, level in row.items() if level.label.startswith("enum-"))


def _repeated(subject: OperationUnderTest) -> Iterator[Case]:
    """The same request again, in its plainest forms, one after the other and at the same time."""
    optional = subject.operation.body is None or not subject.operation.body.required
    plain = subject.request() if optional else subject.request(body=subject.base_body)
    yield _case(subject, "repeated-request-refused", "again", "repetition", "the same request is accepted again", plain)
    if optional and subject.body_schema is not None:
        yield _case(
            subject,
            "absent-body-refused",
            "length-zero",
            "no body",
            "a body of length 0 is no body",
            subject.request(body=b"", media_type=None),
        )
        yield _case(
            subject,
            "absent-body-refused",
            "empty-plain",
            "no body",
            "an empty body has no media type to refuse",
            subject.request(body=b"", media_type="text/plain"),
        )
        yield _case(
            subject,
            "absent-body-refused",
            "empty-json",
            "no body",
            "an empty body that says it is JSON is no body",
            subject.request(body=b""),
        )
    together = plain
    if subject.body_schema is not None and subject.is_valid_body({}):
        together = subject.request(body={})
    yield _case(
        subject,
        "parallel-request-refused",
        "at-once",
        "two at once",
        "two valid requests at the same time are both accepted",
        together,
        together=2,
    )


def _plain(subject: OperationUnderTest) -> Iterator[Case]:
    for variation in variations(subject):
        if not variation.raw and not variation.extra:
            yield _case(
                subject,
                variation.check,
                variation.label,
                "plain request",
                f"accepted also {variation.label}",
                subject.request(**variation.request),
            )


def _covering(subject: OperationUnderTest) -> Iterator[Case]:
    known = core_rows(subject)
    ways = list(variations(subject))
    found = [row for row in rows(subject, known, ROWS) if subject.is_valid_body(body_of(row))]
    for index, row in enumerate(found):
        variation = ways[index] if index < len(ways) else Variation("plain", "combination-refused")
        texts = [name for name, level in row.items() if level.label.startswith(("text-", "limit-"))]
        request = vary(subject, body_of(row), variation)
        labels = ", ".join(f"{name} {level.label}" for name, level in row.items())
        yield _case(
            subject,
            "combination-refused",
            f"row-{index}",
            "combinations of values",
            f"valid values together are accepted: {labels}; sent {variation.label}",
            request,
            where=subject.where_property(*texts[:1]),
            rank=TELLING if index < ROWS - 1 else TAIL,
            packed=not variation.raw and not variation.request.get("chunked"),
            overwrites=any(
                level.present and subject.property_nodes[name].get("x-overwrites-stored-settings")
                for name, level in row.items()
            ),
        )


def vary(subject: OperationUnderTest, body: dict[str, Any], variation: Variation) -> Request:
    """A body sent in one of the ways that must make no difference."""
    whole = {**body, **variation.extra}
    data = to_json(whole)
    if variation.raw == "escaped":
        data = json.dumps(whole).encode()
    elif variation.raw == "spaced":
        data = b" \r\n\t" + data.replace(b'","', b'" ,\n "') + b"\n "
    return subject.request(body=data, **variation.request)


def variations(subject: OperationUnderTest) -> Iterator[Variation]:
    """Each accompanies one covering body, so that it costs no build of its own."""
    yield Variation(
        "with a charset and a query",
        "media-type-spelling-refused",
        {
            "media_type": f"{subject.media_type}; charset=utf-8",
            "query": "x=1&format=xml",
            "headers": (("Accept", "application/json"),),
        },
    )
    yield Variation(
        "with its media type in capitals, asking for HTML",
        "media-type-spelling-refused",
        {"media_type": subject.media_type.upper(), "headers": (("Accept", "text/html"),)},
    )
    lower = _lower_case_token(subject)
    if lower:
        yield Variation("with its headers in lower case, asking for XML", "plain-request-refused", lower)
    yield Variation(
        "from another origin, in escapes",
        "plain-request-refused",
        {"headers": (("Origin", "https://ci.example.com"), ("Accept-Language", "en"))},
        raw="escaped",
    )
    if not subject.closed_body:
        yield Variation(
            "with unknown properties",
            "unknown-property-refused",
            extra={"x-no-such-property": {"a": [1, None]}, **_wrong_case(subject)},
        )
        yield Variation(
            "with megabytes of an unknown property",
            "plain-request-refused",
            extra={"x-no-such-property": "a" * (2 * MEGABYTE)},
        )
    encoded = _encoded_path(subject)
    if encoded:
        yield Variation("with a percent-encoded path", "plain-request-refused", {"path": encoded})
    yield Variation("in chunks", "plain-request-refused", {"chunked": True, "closing": True})
    yield Variation(
        "with blanks around everything",
        "media-type-spelling-refused",
        {"media_type": f"{subject.media_type};charset=UTF-8", "headers": (("X-HTTP-Method-Override", "GET"),)},
        raw="spaced",
    )


def _lower_case_token(subject: OperationUnderTest) -> dict[str, Any]:
    """What sends the token in a header of lower case; empty where it travels elsewhere."""
    if subject.scheme is None or subject.scheme.location != "header" or not subject.identity.token:
        return {}
    name, value = subject.credentials(subject.identity.token)[0][0]
    return {"token": None, "headers": ((name.lower(), value), ("Accept", "application/xml"))}


def _wrong_case(subject: OperationUnderTest) -> dict[str, Any]:
    """A known property's name in another case is an unknown property: what it holds does not count."""
    names = [name for name in subject.property_nodes if name.upper() != name]
    return {names[0].upper(): "no-such-value"} if names else {}


def _encoded_path(subject: OperationUnderTest) -> dict[str, str]:
    return {p.name: _first_encoded(subject.id_of(p)) for p in subject.operation.parameters_in("path")}


def _first_encoded(text: str) -> str:
    return f"%{ord(text[0]):02X}{quote(text[1:], '')}" if text and text[0].isascii() else quote(text, "")
