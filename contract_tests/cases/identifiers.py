"""Path parameters and paths: ids nobody has, ids that are almost right, ids that do not belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from contract_tests.cases.case import CORE, TAIL, TELLING, UNROUTED, Case, Expectation
from contract_tests.cases.near_misses import TRANSFORMS
from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.model import Parameter

NEAR = (
    ("truncated", TELLING),
    ("truncated-front", TAIL),
    ("half", TAIL),
    ("extended", TELLING),
    ("extended-front", TAIL),
    ("doubled", TAIL),
    ("first-changed", TELLING),
    ("last-changed", TELLING),
    ("middle-changed", TELLING),
    ("upper-case", TELLING),
    ("swapped-case", TAIL),
    ("reversed", TAIL),
    ("one-sign-wildcard", TELLING),
    ("extended-word", TELLING),
    ("first-sign", TAIL),
    ("wildcard", TAIL),
    ("wildcard-star", TAIL),
    ("blank-inside", TAIL),
    ("quoted", TAIL),
    ("comma", TAIL),
    ("semicolon", TAIL),
)

UNKNOWN_TEXTS = (
    ("word", "no-such-name", CORE),
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

UNKNOWN_NUMBERS = (
    ("unknown", "987654321", CORE),
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


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    for parameter in subject.operation.parameters_in("path"):
        yield from _of_parameter(subject, parameter)
    yield from _apart(subject)
    yield from _paths(subject)


def not_found(subject: OperationUnderTest, parameter: Parameter) -> str:
    """The name of the example that answers an unknown id, by the contract's convention."""
    return f"{parameter.resource}-not-found"


def _of_parameter(subject: OperationUnderTest, parameter: Parameter) -> Iterator[Case]:
    number = parameter.schema is not None and parameter.schema.node.get("type") in ("integer", "number")
    own = subject.id_of(parameter)
    if number:
        known = {own, str(subject.identity.other(parameter.resource) or "")}
        yield from (_unknown(subject, parameter, *row) for row in UNKNOWN_NUMBERS if row[1] not in known)
        yield from (
            _unknown(subject, parameter, label, raw.replace("{id}", own), TAIL, raw=True) for label, raw in NO_NUMBERS
        )
        yield _unknown(subject, parameter, "next", str(int(own) + 987 if own.isdigit() else 987), TELLING)
        if own.isdigit():
            yield _unknown(subject, parameter, "negated", f"-{own}", TELLING)
            yield _unknown(subject, parameter, "wrapped-32-bit", str(int(own) + (1 << 32)), TELLING)
            yield _unknown(subject, parameter, "wrapped-64-bit", str(int(own) + (1 << 64)), TELLING)
            yield _unknown(subject, parameter, "digits-after", f"{own}00000", TELLING)
        return
    yield from (_unknown(subject, parameter, *row) for row in UNKNOWN_TEXTS if row[1] != own)
    seen = {own}
    for label, rank in NEAR:
        near = TRANSFORMS[label](own)
        if near and near not in seen:
            seen.add(near)
            yield _unknown(subject, parameter, f"near-{label}", near, rank, check="near-id-accepted")
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
        yield _unknown(subject, parameter, label, raw, TAIL, raw=True, check="near-id-accepted")


def _unknown(
    subject: OperationUnderTest,
    parameter: Parameter,
    label: str,
    value: str,
    rank: int,
    *,
    raw: bool = False,
    check: str = "near-id-accepted",
) -> Case:
    sent = value if raw else quote(value, "")
    return Case(
        id=f"{subject.operation.id}/{parameter.name}/unknown/{label}",
        check=check,
        operation=subject.operation.id,
        constraint=f"path {parameter.name}",
        purpose=f"a {parameter.name} that nothing has ({label}) is answered as unknown",
        request=subject.request(path={parameter.name: sent}),
        expect=_expect(subject, parameter, sent),
        where=subject.where,
        rank=rank,
        group=f"path:{parameter.name}:{label}",
    )


def _expect(subject: OperationUnderTest, parameter: Parameter, sent: str) -> Expectation:
    """Not found. By which example: the resource's, or the unknown path's where the value does not match the pattern."""
    odd = len(sent) > LONGEST_SENT or re.search("%(00|0A|FF|2F)|\n", sent) is not None or not sent.isprintable()
    routed = subject.contract.find(subject.target({parameter.name: sent})[len(subject.prefix) :])
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
    name = "component-not-in-app"
    if subject.operation.example(name) is None:
        return
    parameters = {p.resource: p for p in subject.operation.parameters_in("path") if p.resource}
    for resource, label in (("app", "other-app"), ("component", "other-component")):
        other = subject.identity.other(resource)
        if other is None or resource not in parameters:
            continue
        for suffix, body in (
            ("", None),
            ("-with-body", subject.base_body if subject.body_schema is not None else None),
        ):
            yield Case(
                id=f"{subject.operation.id}/{resource}/apart/{label}{suffix}",
                check="foreign-id-accepted",
                operation=subject.operation.id,
                constraint="ids belong together",
                purpose=f"an existing {resource} that does not belong to the others is refused",
                request=subject.request(path={parameters[resource].name: quote(other, "")}, body=body),
                expect=subject.refused(name),
                where=subject.where,
                rank=TELLING,
            )


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
        ("root", "/", TELLING),
        ("nowhere", "/no/such/path", TELLING),
        ("first-segment-upper", right[:2].upper() + right[2:], TAIL),
        ("version", re.sub(r"/v(\d+)/", lambda match: f"/v{int(match[1]) + 1}/", right, count=1), TELLING),
        ("encoded-slash", f"{head.rstrip('/')}%2F{last}", TAIL),
        ("missing-value", _empty_parameter(subject), TELLING),
        ("percent-at-end", f"{right}%", TAIL),
        ("wrong-escape", f"{right}%zz", TAIL),
    )
    for label, target, rank in variants:
        if target == right or subject.contract.find(target[len(subject.prefix) :]) is not None:
            continue
        yield _path_case(subject, label, target, rank)
    if subject.contract.unknown_path is not None:
        yield _path_case(subject, "trailing-slash-without-token", f"{right}/", TELLING, token=False)


def _empty_parameter(subject: OperationUnderTest) -> str:
    parameters = subject.operation.parameters_in("path")
    return subject.target({parameters[-1].name: ""}) if parameters else subject.target()


def _path_case(subject: OperationUnderTest, label: str, target: str, rank: int, *, token: bool = True) -> Case:
    odd = re.search("%(0A|2F|$|z)", target) is not None
    expect = Expectation(frozenset({404, 400}), unshaped=frozenset({404, 400})) if odd else UNROUTED
    request = subject.request(target=target) if token else subject.request(target=target, token=None)
    return Case(
        id=f"{subject.operation.id}/path/{label}",
        check="path-not-enforced",
        operation=subject.operation.id,
        constraint="path",
        purpose=f"a path that the contract does not have ({label}) is answered 404",
        request=request,
        expect=expect,
        where=("paths",),
        rank=rank,
        group=f"path:{label}",
    )
