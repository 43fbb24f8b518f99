"""Tokens: none, unknown ones, ones that are almost right, and the right one in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from contract_tests.cases.absent import absent, absent_token
from contract_tests.cases.case import CORE, TAIL, TELLING, Case, Expectation
from contract_tests.cases.methods import undocumented
from contract_tests.cases.near_misses import TRANSFORMS
from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.resources import Level

TELLING_TRANSFORMS = frozenset(
    (
        "bearer",
        "token",
        "basic",
        "truncated",
        "extended",
        "last-changed",
        "first-changed",
        "middle-changed",
        "upper-case",
    )
)

WRONG_TOKENS: tuple[tuple[str, str, int], ...] = (
    ("zeros", "0" * 40, TELLING),
    ("word", "no-such-token", TELLING),
    ("admin", "admin", TELLING),
    ("null", "null", TAIL),
    ("undefined", "undefined", TAIL),
    ("none", "None", TAIL),
    ("true", "true", TAIL),
    ("one-sign", "x", TAIL),
    ("number", "1", TAIL),
    ("any", "*", TAIL),
    ("percent", "%", TAIL),
    ("bare-scheme", "Bearer", TAIL),
    ("bare-token", "Token", TAIL),
    ("basic-user", "Basic Y2k6cGFzcw==", TELLING),
    ("query-in-it", "' OR '1'='1", TELLING),
    ("cjk", "令牌", TAIL),
    ("not-ascii", "t\u00f6ken", TAIL),
    ("long", "a" * 2000, TAIL),
    ("jwt-like", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", TAIL),
)


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation; none where the operation is open to all."""
    scheme = subject.scheme
    if scheme is None:
        return
    yield from _absent(subject)
    yield from _unknown(subject)
    if subject.identity.token:
        yield from _near(subject)
        yield from _elsewhere(subject)
    if subject.identity.other_token:
        yield _foreign(subject)
        yield from _foreign_eyes(subject)
    yield from _refused_schemes(subject)


def _case(subject: OperationUnderTest, check: str, label: str, purpose: str, **fields: object) -> Case:
    token = fields.pop("token", None)
    headers = fields.pop("headers", ())
    query = fields.pop("query", "")
    body = fields.pop("body", None)
    expect = fields.pop("expect")
    rank = fields.pop("rank", TELLING)
    assert isinstance(expect, Expectation) and isinstance(rank, int)  # noqa: S101 - for the type checker
    return Case(
        id=f"{subject.operation.id}/token/{label}",
        check=check,
        operation=subject.operation.id,
        constraint="token",
        purpose=purpose,
        request=subject.request(token=token, headers=headers, query=query, body=body),  # type: ignore[arg-type]
        expect=expect,
        where=("components", "securitySchemes", subject.scheme.key if subject.scheme else ""),
        rank=rank,
        group=f"token:{check}:{label if check != 'token-not-required' else ''}",
    )


def _absent(subject: OperationUnderTest) -> Iterator[Case]:
    expect = subject.refused("no-token")
    yield _case(subject, "token-not-required", "absent", "no token, no build", expect=expect, rank=CORE)
    yield _case(
        subject,
        "token-not-required",
        "absent-with-body",
        "no token, no build, with a body neither",
        body=_body(subject),
        expect=expect,
    )
    scheme = subject.scheme
    if scheme is not None and scheme.location == "header" and not scheme.scheme:
        for label, text in (("empty", ""), ("blank", "   ")):
            yield _case(
                subject,
                "token-not-required",
                label,
                f"an {label} token is none",
                headers=((scheme.name, text),),
                expect=expect,
            )


def _body(subject: OperationUnderTest) -> object:
    return subject.base_body if subject.body_schema is not None else None


def _unknown(subject: OperationUnderTest) -> Iterator[Case]:
    expect = subject.refused("unknown-token")
    for label, token, rank in (("same-form", absent_token(subject), CORE), *WRONG_TOKENS):
        odd = Expectation(expect.statuses | {400}, expect.examples, unshaped=frozenset({400}))
        chosen = expect if token.isascii() and len(token) < 1000 else odd  # noqa: PLR2004 - what any server must read
        yield _case(
            subject,
            "near-token-accepted" if rank != CORE else "token-not-required",
            f"unknown-{label}",
            f"a token nobody has ({label}) is refused",
            token=token,
            expect=chosen,
            rank=rank,
        )
    yield _case(
        subject,
        "near-token-accepted",
        "unknown-with-body",
        "a token nobody has is refused with a body, too",
        token=absent_token(subject),
        body=_body(subject),
        expect=expect,
    )


def _near(subject: OperationUnderTest) -> Iterator[Case]:
    token = subject.identity.token
    expect = subject.refused("unknown-token")
    seen = {token}
    for label, transform in TRANSFORMS.items():
        near = transform(token)
        if near in seen or not near:
            continue
        seen.add(near)
        yield _case(
            subject,
            "near-token-accepted",
            f"near-{label}",
            f"a token that is almost right ({label}) is refused",
            token=near,
            expect=expect,
            rank=TELLING if label in TELLING_TRANSFORMS else TAIL,
        )


def _elsewhere(subject: OperationUnderTest) -> Iterator[Case]:
    token = subject.identity.token
    scheme = subject.scheme
    expect = subject.refused("no-token")
    if scheme is None:
        return
    places = subject.token_places
    if scheme.location != "query":
        names = dict.fromkeys(("token", "access_token", scheme.name, scheme.name.lower(), "api_key", "auth"))
        for name in (name for name in names if ("query", name.lower()) not in places):
            yield _case(
                subject,
                "secret-in-url-accepted",
                f"query-{name}",
                "a token in the address is no token",
                query=f"{name}={quote(token, '')}",
                expect=expect,
            )
    if scheme.location != "cookie":
        for name in (name for name in ("token", scheme.name, "sessionid") if ("cookie", name.lower()) not in places):
            yield _case(
                subject,
                "secret-in-url-accepted",
                f"cookie-{name}",
                "a token in a cookie is no token",
                headers=(("Cookie", f"{name}={token}"),),
                expect=expect,
            )
    used = {scheme.name.lower()} | {s.name.lower() for s in subject.contract.security_schemes.values()}
    for name in (
        "Authorization",
        "X-Auth-Token",
        "X-Api-Key",
        "X-Token",
        "Token",
        "Proxy-Authorization",
        "X-Authorization",
    ):
        if name.lower() not in used:
            yield _case(
                subject,
                "secret-in-url-accepted",
                f"header-{name.lower()}",
                "a token in another header is no token",
                headers=((name, token),),
                expect=expect,
            )
    yield from _in_body(subject, scheme.name.lower())


def _in_body(subject: OperationUnderTest, header: str) -> Iterator[Case]:
    token = subject.identity.token
    if subject.body_schema is not None:
        for name in ("token", header):
            body = {**subject.base_body, name: token} if isinstance(subject.base_body, dict) else {name: token}
            yield _case(
                subject,
                "secret-in-url-accepted",
                f"body-{name}",
                "a token in the body is no token",
                body=body,
                expect=subject.refused("no-token"),
                rank=TAIL,
            )


def _foreign_eyes(subject: OperationUnderTest) -> Iterator[Case]:
    """To somebody else nothing looks different, whether it exists or not, and whatever is wrong with the request."""
    like = _foreign(subject)
    others = [(p, subject.identity.other(p.resource)) for p in subject.operation.parameters_in("path")]
    views: list[tuple[str, dict[str, Any]]] = [
        (f"other-{p.resource}", {"path": {p.name: other}}) for p, other in others if other
    ]
    for p in subject.operation.parameters_in("path"):
        unknown = absent(subject, p)
        views += [(f"unknown-{p.name}", {"path": {p.name: unknown}})] if unknown is not None else []
    views += [(method, {"method": method}) for method in ("GET", "PUT") if undocumented(subject, method)]
    if subject.body_schema is not None:
        views += [
            ("with-body", {"body": subject.base_body}),
            ("malformed", {"body": b"{"}),
            ("plain", {"body": b"{}", "media_type": "text/plain"}),
        ]
    for label, parts in views:
        yield replace(
            like,
            id=f"{like.id}-{label}",
            purpose=f"{like.purpose}, and learns nothing ({label})",
            request=subject.request(token=subject.identity.other_token, **parts),
            group=f"{like.group}:{label}",
        )


def _foreign(subject: OperationUnderTest) -> Case:
    """Someone else's token: what it must not reach looks as if it did not exist, or the token as if it were unknown."""
    outermost = [level for level in subject.contract.levels if level.of_caller or level.within is None]
    levels = [level for level in outermost if level.of_caller or level is _first(subject)]
    reasons = ["unknown-token", *(level.not_found for level in levels)]
    names = [name for name in reasons if subject.operation.example(name)]
    expect = subject.refused("unknown-token")
    if names:
        statuses = frozenset(example.status for name in names if (example := subject.operation.example(name)))
        expect = Expectation(statuses, tuple(names))
    else:
        expect = Expectation(expect.statuses | {401, 403, 404})
    return _case(
        subject,
        "foreign-token-accepted",
        "of-another-user",
        "the token of a user who must not reach this is refused",
        token=subject.identity.other_token,
        expect=expect,
    )


def _first(subject: OperationUnderTest) -> Level | None:
    """The outermost level that a path names."""
    named = {parameter.resource for parameter in subject.operation.parameters_in("path")}
    return next((level for level in subject.contract.levels if level.name in named), None)


def _refused_schemes(subject: OperationUnderTest) -> Iterator[Case]:
    for scheme in subject.contract.security_schemes.values():
        if scheme.refused_with is None or scheme.location != "header":
            continue
        # Beside a good token it proves nothing: a target that has no such scheme may ignore the header, to no harm.
        for label, token, value, otherwise in (
            ("alone", None, "x", "no-token"),
            ("instead-of-token", None, subject.identity.token or "y", "no-token"),
            ("beside-wrong-token", absent_token(subject), "x", "unknown-token"),
        ):
            expect = subject.refused(scheme.refused_with, otherwise)
            yield _case(
                subject,
                "near-token-accepted",
                f"{scheme.key}-{label}",
                f"{scheme.name} opens nothing to the outside",
                token=token,
                headers=((scheme.name, value),),
                expect=expect,
            )
