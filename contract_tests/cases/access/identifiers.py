"""Path parameters and paths: ids nobody has, ids that are almost right, ids that do not belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from contract_tests.cases.absent import absent, is_number, may_exist
from contract_tests.cases.access.near_misses import TRANSFORMS
from contract_tests.cases.case import ANYTHING, CORE, LIKELY, RARE, UNROUTED, Case, Expectation, Priority
from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.model import Parameter

NEAR = (
    ("truncated", LIKELY, "start"),
    ("truncated-front", RARE, "end"),
    ("half", RARE, "start"),
    ("extended", LIKELY, "longer"),
    ("extended-front", RARE, "end"),
    ("doubled", RARE, "longer"),
    ("first-changed", LIKELY, "changed"),
    ("last-changed", LIKELY, "changed"),
    ("middle-changed", LIKELY, "changed"),
    ("upper-case", LIKELY, "case"),
    ("swapped-case", RARE, "case"),
    ("reversed", RARE, "reversed"),
    ("one-sign-wildcard", LIKELY, "wildcard"),
    ("extended-word", LIKELY, "longer"),
    ("first-sign", RARE, "start"),
    ("wildcard", RARE, "wildcard"),
    ("wildcard-star", RARE, "wildcard"),
    ("blank-inside", RARE, ""),
    ("quoted", RARE, ""),
    ("comma", RARE, ""),
    ("semicolon", RARE, ""),
)
"""Recipe, priority, kind: one neighbour of a kind may exist beside the user's own id, two are no coincidence."""

UNKNOWN_TEXTS = (
    ("cjk", "中", LIKELY),
    ("one-sign", "x", RARE),
    ("digits", "0", RARE),
    ("zeros", "0" * 32, LIKELY),
    ("dash", "-", RARE),
    ("underscore", "_", RARE),
    ("null", "null", RARE),
    ("all", "all", RARE),
    ("undefined", "undefined", RARE),
    ("long", "a" * 300, LIKELY),
    ("star", "*", RARE),
    ("percent", "%", RARE),
    ("apostrophe", "a'b", RARE),
    ("query", "x' OR '1'='1", RARE),
    ("dot", "a.b", RARE),
    ("slash", "a/b", RARE),
    ("up", "..", RARE),
    ("nul", "a\0b", RARE),
    ("blank", " ", RARE),
    ("markup", "<b>", RARE),
    ("template", "{{7*7}}", RARE),
    ("emoji", "🚀", RARE),
    ("line-end", "a\n", RARE),
)
HARD_TO_READ = frozenset(("cjk", "long", "percent", "apostrophe", "query", "nul", "template", "emoji"))
"""Of them, those that servers fall over, whatever a path parameter means."""

UNKNOWN_NUMBERS = (
    ("zero", "0", LIKELY),
    ("negative", "-1", LIKELY),
    ("dash", "-", LIKELY),
    ("range", "1-2", LIKELY),
    ("beyond-32-bit", "4294967297", LIKELY),
    ("largest-64-bit", "9223372036854775807", LIKELY),
    ("beyond-64-bit", "9" * 20, LIKELY),
    ("far-beyond", "9" * 5000, LIKELY),
)

NO_NUMBERS = (
    ("letters", "abc"),
    ("plus", "+{id}"),
    ("plus-encoded", "%2B{id}"),
    ("fraction", "{id}.0"),
    ("hexadecimal", "0x{id}"),
    ("letter-after", "{id}a"),
    ("letter-before", "a{id}"),
    ("exponent", "{id}e0"),
    ("blank-after", "{id}%20"),
    ("blank-before", "%20{id}"),
    ("comma", "{id},2"),
    ("semicolon", "{id};x=1"),
    ("underscore", "{id}_0"),
    ("nul", "{id}%00"),
    ("star", "*"),
    ("query", "{id}%20OR%201=1"),
    ("line-end", "{id}%0A"),
    ("apostrophe", "{id}'"),
    ("slash", "{id}%2F"),
    ("null", "null"),
    ("true", "true"),
)

LONGEST_SENT = 1000


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    for parameter in under_test.operation.parameters_in("path"):
        unknown = absent(under_test, parameter)
        if unknown is not None:
            yield _unknown(under_test, parameter, "random", unknown, CORE)
        if parameter.resource is None:
            # Only a contract that says what its ids name says how exactly they must be given.
            yield from (_hard(under_test, parameter, *row[:2]) for row in UNKNOWN_TEXTS if row[0] in HARD_TO_READ)
        elif is_number(parameter):
            yield from _near_numbers(under_test, parameter)
        else:
            yield from _near_texts(under_test, parameter)
    yield from _apart(under_test)


def not_found(under_test: OperationUnderTest, parameter: Parameter) -> str:
    """The name of the example that answers an unknown id, by the contract's convention."""
    return f"{parameter.resource}-not-found"


def _near_numbers(under_test: OperationUnderTest, parameter: Parameter) -> Iterator[Case]:
    own = under_test.id_of(parameter)
    known = {own, str(under_test.identity.other(parameter.resource) or "")}
    yield from (_unknown(under_test, parameter, *row) for row in UNKNOWN_NUMBERS if row[1] not in known)
    yield from (
        _unknown(under_test, parameter, label, raw.replace("{id}", own), RARE, raw=True) for label, raw in NO_NUMBERS
    )
    if own.isdigit():
        yield _unknown(under_test, parameter, "negated", f"-{own}", LIKELY)
        yield _unknown(under_test, parameter, "wrapped-32-bit", str(int(own) + (1 << 32)), LIKELY)
        yield _unknown(under_test, parameter, "wrapped-64-bit", str(int(own) + (1 << 64)), LIKELY)


def _near_texts(under_test: OperationUnderTest, parameter: Parameter) -> Iterator[Case]:
    own = under_test.id_of(parameter)
    yield from (_unknown(under_test, parameter, *row, kind="word") for row in UNKNOWN_TEXTS if row[1] != own)
    seen = {own}
    for label, priority, kind in NEAR:
        near = TRANSFORMS[label](own)
        if near and near not in seen:
            seen.add(near)
            yield _unknown(under_test, parameter, f"near-{label}", near, priority, kind=kind)
    for label, raw in (
        ("slash-after", f"{quote(own, '')}%2F"),
        ("blank-after", f"{quote(own, '')}%20"),
        ("blank-before", f"%20{quote(own, '')}"),
        ("nul-after", f"{quote(own, '')}%00"),
        ("line-end-after", f"{quote(own, '')}%0A"),
        ("twice-encoded", f"%25{ord(own[0]):02x}{quote(own[1:], '')}"),
        ("not-utf-8", f"{quote(own, '')}%FF"),
        ("parameter-after", f"{quote(own, '')};x=1"),
        ("other-resource", "%2E%2E%2F" + quote(own, "")),
    ):
        yield _unknown(under_test, parameter, label, raw, RARE, raw=True)


def _unknown(
    under_test: OperationUnderTest,
    parameter: Parameter,
    label: str,
    value: str,
    priority: Priority,
    *,
    raw: bool = False,
    kind: str = "",
) -> Case:
    sent = value if raw else quote(value, "")
    return Case(
        id=f"{under_test.operation.id}/{parameter.name}/unknown/{label}",
        check="near-id-accepted",
        operation=under_test.operation.id,
        constraint=f"path {parameter.name}",
        purpose=f"a {parameter.name} that nothing has ({label}) is answered as unknown",
        request=under_test.request(path={parameter.name: sent}),
        expect=_expect(under_test, parameter, sent),
        where=under_test.where,
        priority=priority,
        group=f"path:{parameter.name}:{label}",
        neighbour=f"{parameter.name} {kind}" if kind and may_exist(parameter, value) else "",
        by_get=asked_before_method(under_test, parameter),
    )


def asked_before_method(under_test: OperationUnderTest, parameter: Parameter) -> bool:
    """Whether a GET of an unknown id is answered 404, whatever methods the path has, by the contract's order."""
    order = under_test.contract.order_of_checks
    reason = not_found(under_test, parameter)
    return "method-not-allowed" in order and reason in order[: order.index("method-not-allowed")]


def _hard(under_test: OperationUnderTest, parameter: Parameter, label: str, value: str) -> Case:
    return Case(
        id=f"{under_test.operation.id}/{parameter.name}/odd/{label}",
        check="server-error",
        operation=under_test.operation.id,
        constraint=f"path {parameter.name}",
        purpose=f"a {parameter.name} that is hard to read ({label}) does not make the server fail",
        request=under_test.request(path={parameter.name: quote(value, "")}),
        expect=ANYTHING,
        where=under_test.where,
        priority=RARE,
        group=f"odd:{parameter.name}:{label}",
    )


def _expect(under_test: OperationUnderTest, parameter: Parameter, sent: str) -> Expectation:
    """Not found. By which example: the resource's, or the unknown path's where the value does not match the pattern."""
    odd = len(sent) > LONGEST_SENT or re.search("%(00|0A|FF|2F)|\n", sent) is not None or not sent.isprintable()
    routed = under_test.find(under_test.target({parameter.name: sent}))
    reason = not_found(under_test, parameter)
    known = under_test.operation.example(reason)
    if known is None or odd or routed is None:
        # Some servers and proxies refuse such bytes themselves, before any operation is looked for.
        extra = frozenset({400, 414, 431}) if odd else frozenset()
        return Expectation(UNROUTED.statuses | extra, unshaped=UNROUTED.unshaped | extra)
    certain = re.fullmatch(r"[A-Za-z_][\w-]*|[1-9]\d{0,17}", sent) is not None
    return under_test.refused(reason) if certain else Expectation(frozenset({known.status}))


def _apart(under_test: OperationUnderTest) -> Iterator[Case]:
    """Ids that each exist, but not together."""
    parameters = {p.resource: p for p in under_test.operation.parameters_in("path") if p.resource}
    for resource, reason in apart(under_test):
        other = under_test.identity.other(resource)
        if other is None or resource not in parameters:
            continue
        # With a valid body first: where one is needed, a request without any is refused for that alone.
        for suffix, body in (
            ("-with-body", under_test.body.base if under_test.body.schema is not None else None),
            ("", None),
        ):
            yield Case(
                id=f"{under_test.operation.id}/{resource}/apart/other-{resource}{suffix}",
                check="foreign-id-accepted",
                operation=under_test.operation.id,
                constraint="ids belong together",
                purpose=f"an existing {resource} that does not belong to the others is refused",
                request=under_test.request(path={parameters[resource].name: quote(other, "")}, body=body),
                expect=under_test.refused(reason),
                where=under_test.where,
                priority=LIKELY,
            )


def apart(under_test: OperationUnderTest) -> Iterator[tuple[str, str]]:
    """The resources that must belong together, each with the example that answers where they do not."""
    for level in under_test.contract.levels:
        link = level.belongs_to
        if link is not None and under_test.operation.example(link.otherwise) is not None:
            yield link.level, link.otherwise
            yield level.name, link.otherwise
