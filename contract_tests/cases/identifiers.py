"""Path parameters and paths: ids nobody has, ids that are almost right, ids that do not belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from contract_tests.cases.absent import absent, is_number, may_exist
from contract_tests.cases.case import CORE, TAIL, TELLING, UNROUTED, Case, Expectation
from contract_tests.cases.near_misses import TRANSFORMS
from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.model import Parameter

NEAR = (
    ("truncated", TELLING, "start"),
    ("truncated-front", TAIL, "end"),
    ("half", TAIL, "start"),
    ("extended", TELLING, "longer"),
    ("extended-front", TAIL, "end"),
    ("doubled", TAIL, "longer"),
    ("first-changed", TELLING, "changed"),
    ("last-changed", TELLING, "changed"),
    ("middle-changed", TELLING, "changed"),
    ("upper-case", TELLING, "case"),
    ("swapped-case", TAIL, "case"),
    ("reversed", TAIL, "reversed"),
    ("one-sign-wildcard", TELLING, "wildcard"),
    ("extended-word", TELLING, "longer"),
    ("first-sign", TAIL, "start"),
    ("wildcard", TAIL, "wildcard"),
    ("wildcard-star", TAIL, "wildcard"),
    ("blank-inside", TAIL, ""),
    ("quoted", TAIL, ""),
    ("comma", TAIL, ""),
    ("semicolon", TAIL, ""),
)
"""Recipe, rank, kind: one neighbour of a kind may exist beside the user's own id, two are no coincidence."""

UNKNOWN_TEXTS = (
    ("cjk", "中", TELLING),
    ("one-sign", "x", TAIL),
    ("digits", "0", TAIL),
    ("zeros", "0" * 32, TELLING),
    ("dash", "-", TAIL),
    ("underscore", "_", TAIL),
    ("null", "null", TAIL),
    ("all", "all", TAIL),
    ("undefined", "undefined", TAIL),
    ("long", "a" * 300, TELLING),
    ("star", "*", TAIL),
    ("percent", "%", TAIL),
    ("apostrophe", "a'b", TAIL),
    ("query", "x' OR '1'='1", TAIL),
    ("dot", "a.b", TAIL),
    ("slash", "a/b", TAIL),
    ("up", "..", TAIL),
    ("nul", "a\0b", TAIL),
    ("blank", " ", TAIL),
    ("markup", "<b>", TAIL),
    ("template", "{{7*7}}", TAIL),
    ("emoji", "🚀", TAIL),
    ("line-end", "a\n", TAIL),
)
HARD_TO_READ = frozenset(("cjk", "long", "percent", "apostrophe", "query", "nul", "template", "emoji"))
"""Of them, those that servers fall over, whatever a path parameter means."""

UNKNOWN_NUMBERS = (
    ("zero", "0", TELLING),
    ("negative", "-1", TELLING),
    ("dash", "-", TELLING),
    ("range", "1-2", TELLING),
    ("beyond-32-bit", "4294967297", TELLING),
    ("largest-64-bit", "9223372036854775807", TELLING),
    ("beyond-64-bit", "9" * 20, TELLING),
    ("far-beyond", "9" * 5000, TELLING),
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
ANYTHING = frozenset(range(200, 500))


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    for parameter in subject.operation.parameters_in("path"):
        unknown = absent(subject, parameter)
        if unknown is not None:
            yield _unknown(subject, parameter, "random", unknown, CORE)
        if parameter.resource is None:
            # Only a contract that says what its ids name says how exactly they must be given.
            yield from (_hard(subject, parameter, *row[:2]) for row in UNKNOWN_TEXTS if row[0] in HARD_TO_READ)
        elif is_number(parameter):
            yield from _near_numbers(subject, parameter)
        else:
            yield from _near_texts(subject, parameter)
    yield from _apart(subject)
    yield from _paths(subject)


def not_found(subject: OperationUnderTest, parameter: Parameter) -> str:
    """The name of the example that answers an unknown id, by the contract's convention."""
    return f"{parameter.resource}-not-found"


def _near_numbers(subject: OperationUnderTest, parameter: Parameter) -> Iterator[Case]:
    own = subject.id_of(parameter)
    known = {own, str(subject.identity.other(parameter.resource) or "")}
    yield from (_unknown(subject, parameter, *row) for row in UNKNOWN_NUMBERS if row[1] not in known)
    yield from (
        _unknown(subject, parameter, label, raw.replace("{id}", own), TAIL, raw=True) for label, raw in NO_NUMBERS
    )
    if own.isdigit():
        yield _unknown(subject, parameter, "negated", f"-{own}", TELLING)
        yield _unknown(subject, parameter, "wrapped-32-bit", str(int(own) + (1 << 32)), TELLING)
        yield _unknown(subject, parameter, "wrapped-64-bit", str(int(own) + (1 << 64)), TELLING)


def _near_texts(subject: OperationUnderTest, parameter: Parameter) -> Iterator[Case]:
    own = subject.id_of(parameter)
    yield from (_unknown(subject, parameter, *row, kind="word") for row in UNKNOWN_TEXTS if row[1] != own)
    seen = {own}
    for label, rank, kind in NEAR:
        near = TRANSFORMS[label](own)
        if near and near not in seen:
            seen.add(near)
            yield _unknown(subject, parameter, f"near-{label}", near, rank, kind=kind)
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
        yield _unknown(subject, parameter, label, raw, TAIL, raw=True)


def _unknown(
    subject: OperationUnderTest,
    parameter: Parameter,
    label: str,
    value: str,
    rank: int,
    *,
    raw: bool = False,
    kind: str = "",
) -> Case:
    sent = value if raw else quote(value, "")
    return Case(
        id=f"{subject.operation.id}/{parameter.name}/unknown/{label}",
        check="near-id-accepted",
        operation=subject.operation.id,
        constraint=f"path {parameter.name}",
        purpose=f"a {parameter.name} that nothing has ({label}) is answered as unknown",
        request=subject.request(path={parameter.name: sent}),
        expect=_expect(subject, parameter, sent),
        where=subject.where,
        rank=rank,
        group=f"path:{parameter.name}:{label}",
        neighbour=f"{parameter.name} {kind}" if kind and may_exist(parameter, value) else "",
        by_get=asked_before_method(subject, parameter),
    )


def asked_before_method(subject: OperationUnderTest, parameter: Parameter) -> bool:
    """Whether a GET of an unknown id is answered 404, whatever methods the path has, by the contract's order."""
    order = subject.contract.order_of_checks
    reason = not_found(subject, parameter)
    return "method-not-allowed" in order and reason in order[: order.index("method-not-allowed")]


def _hard(subject: OperationUnderTest, parameter: Parameter, label: str, value: str) -> Case:
    return Case(
        id=f"{subject.operation.id}/{parameter.name}/odd/{label}",
        check="server-error",
        operation=subject.operation.id,
        constraint=f"path {parameter.name}",
        purpose=f"a {parameter.name} that is hard to read ({label}) does not make the server fail",
        request=subject.request(path={parameter.name: quote(value, "")}),
        expect=Expectation(ANYTHING, unshaped=ANYTHING),
        where=subject.where,
        rank=TAIL,
        group=f"odd:{parameter.name}:{label}",
    )


def _expect(subject: OperationUnderTest, parameter: Parameter, sent: str) -> Expectation:
    """Not found. By which example: the resource's, or the unknown path's where the value does not match the pattern."""
    odd = len(sent) > LONGEST_SENT or re.search("%(00|0A|FF|2F)|\n", sent) is not None or not sent.isprintable()
    routed = subject.find(subject.target({parameter.name: sent}))
    reason = not_found(subject, parameter)
    known = subject.operation.example(reason)
    if known is None or odd or routed is None:
        # Some servers and proxies refuse such bytes themselves, before any operation is looked for.
        extra = frozenset({400, 414, 431}) if odd else frozenset()
        return Expectation(UNROUTED.statuses | extra, unshaped=UNROUTED.unshaped | extra)
    certain = re.fullmatch(r"[A-Za-z_][\w-]*|[1-9]\d{0,17}", sent) is not None
    return subject.refused(reason) if certain else Expectation(frozenset({known.status}))


def _apart(subject: OperationUnderTest) -> Iterator[Case]:
    """Ids that each exist, but not together."""
    parameters = {p.resource: p for p in subject.operation.parameters_in("path") if p.resource}
    for resource, reason in apart(subject):
        other = subject.identity.other(resource)
        if other is None or resource not in parameters:
            continue
        for suffix, body in (
            ("", None),
            ("-with-body", subject.base_body if subject.body_schema is not None else None),
        ):
            yield Case(
                id=f"{subject.operation.id}/{resource}/apart/other-{resource}{suffix}",
                check="foreign-id-accepted",
                operation=subject.operation.id,
                constraint="ids belong together",
                purpose=f"an existing {resource} that does not belong to the others is refused",
                request=subject.request(path={parameters[resource].name: quote(other, "")}, body=body),
                expect=subject.refused(reason),
                where=subject.where,
                rank=TELLING,
            )


def apart(subject: OperationUnderTest) -> Iterator[tuple[str, str]]:
    """The resources that must belong together, each with the example that answers where they do not."""
    for level in subject.contract.levels:
        link = level.belongs_to
        if link is not None and subject.operation.example(link.otherwise) is not None:
            yield link.level, link.otherwise
            yield level.name, link.otherwise


def _paths(subject: OperationUnderTest) -> Iterator[Case]:
    right = subject.target()
    last = right.rpartition("/")[2]
    head = right[: -len(last)] if last else right
    variants = (
        ("trailing-slash", f"{right}/", CORE),
        ("double-slash", f"{head}/{last}", TELLING),
        ("upper-case", f"{head}{last.upper()}", TELLING),
        ("capital", f"{head}{last.title()}", TELLING),
        ("extra-segment", f"{right}/x", TELLING),
        ("missing-segment", head.rstrip("/"), TELLING),
        ("extension", f"{right}.json", TELLING),
        ("truncated", right[:-1], TELLING),
        ("extended", f"{right}s", TELLING),
        ("line-end", f"{right}%0A", TAIL),
        ("blank", f"{right}%20", TAIL),
        ("dot-segment", f"{right}/.", TAIL),
        ("parameter", f"{right};x=1", TAIL),
        ("nowhere", "/no/such/path", TELLING),
        ("first-segment-upper", right[:2].upper() + right[2:], TAIL),
        ("version", re.sub(r"/v(\d+)/", lambda match: f"/v{int(match[1]) + 1}/", right, count=1), TELLING),
        ("encoded-slash", f"{head.rstrip('/')}%2F{last}", TAIL),
        ("missing-value", _empty_parameter(subject), TELLING),
        ("percent-at-end", f"{right}%", TAIL),
        ("wrong-escape", f"{right}%zz", TAIL),
    )
    for label, target, rank in variants:
        if target == right or not target.startswith("/") or subject.find(target) is not None:
            continue
        yield _path_case(subject, label, target, rank)
    if subject.contract.unknown_path is not None:
        yield _path_case(subject, "trailing-slash-without-token", f"{right}/", TELLING, token=False)


SPELLINGS = frozenset((
    "trailing-slash", "double-slash", "upper-case", "capital", "extra-segment", "extension", "line-end", "blank",
    "dot-segment", "parameter", "first-segment-upper", "trailing-slash-without-token",
))  # fmt: skip
"""Ways to write a path that can be no other operation of the provider's; some others may well be one."""


def _empty_parameter(subject: OperationUnderTest) -> str:
    parameters = subject.operation.parameters_in("path")
    return subject.target({parameters[-1].name: ""}) if parameters else subject.target()


def _path_case(subject: OperationUnderTest, label: str, target: str, rank: int, *, token: bool = True) -> Case:
    odd = re.search("%(0A|2F|$|z)", target) is not None
    expect = Expectation(frozenset({404, 400}), unshaped=frozenset({404, 400})) if odd else UNROUTED
    if subject.contract.unknown_path is None:
        # Of an address that it does not have a contract says nothing: redirects, pages, other things of the provider.
        expect = Expectation(ANYTHING, unshaped=ANYTHING)
    request = subject.request(target=target) if token else subject.request(target=target, token=None)
    return Case(
        id=f"{subject.operation.id}/path/{label}",
        check="path-not-enforced" if expect.refuses else "server-error",
        operation=subject.operation.id,
        constraint="path",
        purpose=f"a path that the contract does not have ({label}) is answered 404",
        request=request,
        expect=expect,
        where=("paths",),
        rank=rank,
        group=f"path:{label}",
        by_get=label in SPELLINGS and subject.contract.unknown_path is not None,
    )
