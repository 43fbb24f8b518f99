"""What must make no difference to a refusal: harmless headers and queries, and what else a body holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from contract_tests.cases.accepted import variations, vary
from contract_tests.cases.bodies import CHECK_OF, message_of, negatives_of
from contract_tests.cases.case import ANYTHING, LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.material.values import NegativeValue
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.order import breaks_of, expectation
from contract_tests.transport.wire import Request

HARMLESS: tuple[tuple[str, tuple[tuple[str, str], ...], str], ...] = (
    ("asking-for-html", (("Accept", "text/html,application/xhtml+xml;q=0.9"),), ""),
    ("asking-for-xml", (("Accept", "application/xml"),), "format=xml"),
    ("from-a-page", (("Origin", "https://ci.example.com"), ("X-Requested-With", "XMLHttpRequest")), ""),
    ("in-english", (("Accept-Language", "en-US,en;q=0.8"), ("Cookie", "sessionid=x; language=en")), "lang=en"),
    (
        "from-this-machine",
        (("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")),
        "",
    ),
    ("as-somebody", (("X-Remote-User", "admin"), ("X-User-Id", "1"), ("X-Forwarded-User", "admin")), "user=admin"),
    ("debugging", (("X-Debug", "1"), ("X-Trace", "on")), "debug=true&admin=1&test=1&force=1&dry_run=1"),
    (
        "rewritten",
        (("X-Original-URL", "/"), ("X-Rewrite-URL", "/"), ("X-HTTP-Method-Override", "POST")),
        "_method=POST",
    ),
    ("odd-query", (("Accept", ";;,"),), "x[]=1&x[$ne]=1&a=%FF&%00&&=&b=%zz&c=" + "c" * 1000),
    (
        "conditional",
        (("If-None-Match", "*"), ("If-Modified-Since", "Sat, 22 Nov 2031 00:00:00 GMT"), ("Range", "bytes=0-1")),
        "",
    ),
    ("with-much", tuple((f"X-Extra-{index}", "x" * 100) for index in range(30)), ""),
)
"""Headers and queries that the contract does not speak of."""


ODD_MEDIA_TYPES = (
    "application/json; charset=no-such-charset",
    "application/json; charset=utf-16",
    "application/json;",
    ";",
    "/",
    "application",
    "application/json, text/plain",
    "*/*",
    'application/json; q=1; charset="utf-8"',
    "\u00e9",
)


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    yield from _harmless(under_test)
    if isinstance(under_test.body.base, dict) and under_test.body.nodes:
        yield from _sent_otherwise(under_test)
        yield from _beside(under_test)
        yield from _odd_parameters(under_test)
    yield from _options(under_test)


def _harmless(under_test: OperationUnderTest) -> Iterator[Case]:
    for reason, broken in breaks_of(under_test):
        for label, headers, query in HARMLESS:
            parts = {**broken, "headers": (*broken.get("headers", ()), *headers), "query": query}
            yield Case(
                id=f"{under_test.operation.id}/refused/{reason}/{label}",
                check="wrong-refusal" if reason not in ("no-token", "unknown-token") else "near-token-accepted",
                operation=under_test.operation.id,
                constraint="refusals",
                purpose=f"{reason} is answered the same {label.replace('-', ' ')}",
                request=under_test.request(**parts),
                expect=expectation(under_test, reason, broken),
                where=under_test.where,
                priority=LIKELY if label in ("asking-for-html", "as-somebody", "debugging") else RARE,
                group=f"refused:{reason}:{label}",
            )


def _likely(under_test: OperationUnderTest) -> dict[str, list[NegativeValue]]:
    """The likeliest negative values of each property, one for each constraint."""
    found: dict[str, list[NegativeValue]] = {}
    for name in under_test.body.base:
        first: dict[str, NegativeValue] = {}
        for negative in negatives_of(under_test, name):
            if negative.likely and not negative.lenient:
                first.setdefault(negative.constraint, negative)
        found[name] = list(first.values())
    return found


def _sent_otherwise(under_test: OperationUnderTest) -> Iterator[Case]:
    """An invalid body stays invalid in whatever way it is sent."""
    ways = [way for way in variations(under_test) if not way.request.get("chunked")]
    for name, found in _likely(under_test).items():
        for index, way in enumerate(ways):
            if not found:
                continue
            negative = found[index % len(found)]
            body = {**under_test.body.base, name: negative.value}
            yield _negative(
                under_test, name, negative, f"sent-{index}", f"sent {way.label}", vary(under_test, body, way), RARE
            )


def _beside(under_test: OperationUnderTest) -> Iterator[Case]:
    """An invalid property stays invalid whatever another property holds."""
    nodes: Mapping[str, Any] = under_test.body.nodes
    required = under_test.body.required
    for name, found in _likely(under_test).items():
        turn = 0
        for other, node in nodes.items():
            if other == name or other not in under_test.body.base or not found:
                continue
            values = [value for value in node.get("enum", ()) if value is not None]
            levels: list[Any] = [*values, *([None] if node.get("nullable") else [])]
            for value in levels:
                turn += 1
                negative = found[turn % len(found)]
                body = {**under_test.body.base, other: value, name: negative.value}
                yield _negative(under_test, name, negative, f"beside-{other}-{value}", f"beside {other} {value}",
                              under_test.request(body=body), RARE)  # fmt: skip
            if other not in required:
                turn += 1
                negative = found[turn % len(found)]
                body = {key: given for key, given in under_test.body.base.items() if key != other} | {
                    name: negative.value
                }
                yield _negative(
                    under_test,
                    name,
                    negative,
                    f"without-{other}",
                    f"without {other}",
                    under_test.request(body=body),
                    RARE,
                )


def _negative(
    under_test: OperationUnderTest,
    name: str,
    negative: NegativeValue,
    label: str,
    way: str,
    request: Request,
    priority: Priority,
) -> Case:
    text = message_of(under_test, negative)
    expect = under_test.refused("invalid-body", fields=(name,), messages={name: text} if text else {})
    large = under_test.too_large(request.body)
    return Case(
        id=f"{under_test.operation.id}/{name}/{negative.constraint}/{negative.label}-{label}",
        check=CHECK_OF[negative.constraint],
        operation=under_test.operation.id,
        constraint=f"{negative.constraint} {name}",
        purpose=f"{name} ({negative.label}) breaks its {negative.constraint}, {way}",
        request=request,
        expect=replace(expect, statuses=expect.statuses | large, unshaped=large) if large else expect,
        where=under_test.where_property(name),
        priority=priority,
        overwrites=bool(under_test.body.nodes[name].get("x-overwrites-stored-settings")),
        group=f"{negative.constraint} {name}:{label}",
    )


def _odd_parameters(under_test: OperationUnderTest) -> Iterator[Case]:
    """Odd spellings of a media type: read or refused as the server likes; what is invalid is refused in any case."""
    name, wrong = next(((name, found) for name, found in _likely(under_test).items() if found), ("", []))
    if not wrong:
        return
    statuses = under_test.refused("invalid-body").statuses | under_test.refused("unsupported-media-type").statuses
    for index, media_type in enumerate(ODD_MEDIA_TYPES):
        yield Case(
            id=f"{under_test.operation.id}/media-type/odd-{index}",
            check="media-type-not-enforced",
            operation=under_test.operation.id,
            constraint="media type",
            purpose=f"an invalid body is refused also as {media_type}",
            request=under_test.request(body={**under_test.body.base, name: wrong[0].value}, media_type=media_type),
            expect=Expectation(statuses),
            where=(*under_test.where, "requestBody"),
            priority=RARE,
            group=f"media-type:odd-{index}",
        )


def _options(under_test: OperationUnderTest) -> Iterator[Case]:
    """OPTIONS is answered as the server likes, but answered: browsers ask with it."""
    if under_test.operation is not under_test.item.any_operation or "OPTIONS" in under_test.item.operations:
        return
    preflight = (("Origin", "https://ci.example.com"), ("Access-Control-Request-Method", under_test.operation.method),
                 ("Access-Control-Request-Headers", "authorization,content-type"))  # fmt: skip
    for label, token, headers in (("plain", True, ()), ("no-token", False, ()), ("preflight", False, preflight)):
        request = under_test.request(method="OPTIONS", headers=headers)
        if not token:
            request = under_test.request(method="OPTIONS", headers=headers, token=None)
        yield Case(
            id=f"{under_test.operation.id}/method/OPTIONS-{label}",
            check="server-error",
            operation=under_test.operation.id,
            constraint="method",
            purpose="OPTIONS does not make the server fail, and gives nothing away",
            request=request,
            expect=ANYTHING,
            where=under_test.where[:-1],
            priority=RARE,
            group=f"options:{label}",
        )
