"""What must make no difference to a refusal: harmless headers and queries, and what else a body holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from contract_tests.cases.accepted import variations, vary
from contract_tests.cases.bodies import CHECK_OF, message_of, property_flaws
from contract_tests.cases.case import TAIL, TELLING, Case, Expectation
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.order import breaks_of, expectation
from contract_tests.cases.values import NegativeValue
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


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    yield from _harmless(subject)
    if isinstance(subject.base_body, dict) and subject.property_nodes:
        yield from _sent_otherwise(subject)
        yield from _beside(subject)
        yield from _odd_parameters(subject)
    yield from _options(subject)


def _harmless(subject: OperationUnderTest) -> Iterator[Case]:
    for reason, broken in breaks_of(subject):
        for label, headers, query in HARMLESS:
            parts = {**broken, "headers": (*broken.get("headers", ()), *headers), "query": query}
            yield Case(
                id=f"{subject.operation.id}/refused/{reason}/{label}",
                check="wrong-refusal" if reason not in ("no-token", "unknown-token") else "near-token-accepted",
                operation=subject.operation.id,
                constraint="refusals",
                purpose=f"{reason} is answered the same {label.replace('-', ' ')}",
                request=subject.request(**parts),
                expect=expectation(subject, reason, broken),
                where=subject.where,
                rank=TELLING if label in ("asking-for-html", "as-somebody", "debugging") else TAIL,
                group=f"refused:{reason}:{label}",
            )


def _telling(subject: OperationUnderTest) -> dict[str, list[NegativeValue]]:
    """The telling flaws of each property, one for each constraint."""
    found: dict[str, list[NegativeValue]] = {}
    for name in subject.base_body:
        first: dict[str, NegativeValue] = {}
        for flaw in property_flaws(subject, name):
            if flaw.telling and not flaw.lenient:
                first.setdefault(flaw.constraint, flaw)
        found[name] = list(first.values())
    return found


def _sent_otherwise(subject: OperationUnderTest) -> Iterator[Case]:
    """An invalid body stays invalid in whatever way it is sent."""
    ways = [way for way in variations(subject) if not way.request.get("chunked")]
    for name, found in _telling(subject).items():
        for index, way in enumerate(ways):
            if not found:
                continue
            flaw = found[index % len(found)]
            body = {**subject.base_body, name: flaw.value}
            yield _flawed(subject, name, flaw, f"sent-{index}", f"sent {way.label}", vary(subject, body, way), TAIL)


def _beside(subject: OperationUnderTest) -> Iterator[Case]:
    """An invalid property stays invalid whatever another property holds."""
    nodes: Mapping[str, Any] = subject.property_nodes
    required = subject.required
    for name, found in _telling(subject).items():
        turn = 0
        for other, node in nodes.items():
            if other == name or other not in subject.base_body or not found:
                continue
            values = [value for value in node.get("enum", ()) if value is not None]
            levels: list[Any] = [*values, *([None] if node.get("nullable") else [])]
            for value in levels:
                turn += 1
                flaw = found[turn % len(found)]
                body = {**subject.base_body, other: value, name: flaw.value}
                yield _flawed(subject, name, flaw, f"beside-{other}-{value}", f"beside {other} {value}",
                              subject.request(body=body), TAIL)  # fmt: skip
            if other not in required:
                turn += 1
                flaw = found[turn % len(found)]
                body = {key: given for key, given in subject.base_body.items() if key != other} | {name: flaw.value}
                yield _flawed(
                    subject, name, flaw, f"without-{other}", f"without {other}", subject.request(body=body), TAIL
                )


def _flawed(
    subject: OperationUnderTest, name: str, flaw: NegativeValue, label: str, way: str, request: Request, rank: int
) -> Case:
    text = message_of(subject, flaw)
    expect = subject.refused("invalid-body", fields=(name,), messages={name: text} if text else {})
    large = subject.too_large(request.body)
    return Case(
        id=f"{subject.operation.id}/{name}/{flaw.constraint}/{flaw.label}-{label}",
        check=CHECK_OF[flaw.constraint],
        operation=subject.operation.id,
        constraint=f"{flaw.constraint} {name}",
        purpose=f"{name} ({flaw.label}) breaks its {flaw.constraint}, {way}",
        request=request,
        expect=replace(expect, statuses=expect.statuses | large, unshaped=large) if large else expect,
        where=subject.where_property(name),
        rank=rank,
        overwrites=bool(subject.property_nodes[name].get("x-overwrites-stored-settings")),
        group=f"{flaw.constraint} {name}:{label}",
    )


def _odd_parameters(subject: OperationUnderTest) -> Iterator[Case]:
    """Odd spellings of a media type: read or refused as the server likes; what is invalid is refused in any case."""
    name, flawed = next(((name, found) for name, found in _telling(subject).items() if found), ("", []))
    if not flawed:
        return
    statuses = subject.refused("invalid-body").statuses | subject.refused("unsupported-media-type").statuses
    for index, media_type in enumerate(ODD_MEDIA_TYPES):
        yield Case(
            id=f"{subject.operation.id}/media-type/odd-{index}",
            check="media-type-not-enforced",
            operation=subject.operation.id,
            constraint="media type",
            purpose=f"an invalid body is refused also as {media_type}",
            request=subject.request(body={**subject.base_body, name: flawed[0].value}, media_type=media_type),
            expect=Expectation(statuses),
            where=(*subject.where, "requestBody"),
            rank=TAIL,
            group=f"media-type:odd-{index}",
        )


def _options(subject: OperationUnderTest) -> Iterator[Case]:
    """OPTIONS is answered as the server likes, but answered: browsers ask with it."""
    if subject.operation is not subject.item.any_operation or "OPTIONS" in subject.item.operations:
        return
    anything = Expectation(frozenset(range(200, 500)), unshaped=frozenset(range(200, 500)))
    preflight = (("Origin", "https://ci.example.com"), ("Access-Control-Request-Method", subject.operation.method),
                 ("Access-Control-Request-Headers", "authorization,content-type"))  # fmt: skip
    for label, token, headers in (("plain", True, ()), ("no-token", False, ()), ("preflight", False, preflight)):
        request = subject.request(method="OPTIONS", headers=headers)
        if not token:
            request = subject.request(method="OPTIONS", headers=headers, token=None)
        yield Case(
            id=f"{subject.operation.id}/method/OPTIONS-{label}",
            check="server-error",
            operation=subject.operation.id,
            constraint="method",
            purpose="OPTIONS does not make the server fail, and gives nothing away",
            request=request,
            expect=anything,
            where=subject.where[:-1],
            rank=TAIL,
            group=f"options:{label}",
        )
