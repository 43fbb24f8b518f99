"""Tokens: none, unknown ones, ones that are almost right, and the right one in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from contract_tests.cases.absent import absent_token
from contract_tests.cases.access.near_misses import TRANSFORMS
from contract_tests.cases.case import CORE, LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.operation import OperationUnderTest

LIKELY_TRANSFORMS = frozenset(
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
    ("zeros", "0" * 40, LIKELY),
    ("word", "no-such-token", LIKELY),
    ("admin", "admin", LIKELY),
    ("null", "null", RARE),
    ("undefined", "undefined", RARE),
    ("none", "None", RARE),
    ("true", "true", RARE),
    ("one-sign", "x", RARE),
    ("number", "1", RARE),
    ("any", "*", RARE),
    ("percent", "%", RARE),
    ("bare-scheme", "Bearer", RARE),
    ("bare-token", "Token", RARE),
    ("basic-user", "Basic Y2k6cGFzcw==", LIKELY),
    ("query-in-it", "' OR '1'='1", LIKELY),
    ("cjk", "令牌", RARE),
    ("not-ascii", "t\u00f6ken", RARE),
    ("long", "a" * 2000, RARE),
    ("jwt-like", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", RARE),
)


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation; none where the operation is open to all."""
    scheme = under_test.scheme
    if scheme is None:
        return
    yield from _absent(under_test)
    yield from _unknown(under_test)
    if under_test.identity.token:
        yield from _near(under_test)
        yield from _elsewhere(under_test)
    yield from _refused_schemes(under_test)


def token_case(under_test: OperationUnderTest, check: str, label: str, purpose: str, **fields: object) -> Case:
    token = fields.pop("token", None)
    headers = fields.pop("headers", ())
    query = fields.pop("query", "")
    body = fields.pop("body", None)
    expect = fields.pop("expect")
    priority = fields.pop("priority", LIKELY)
    assert isinstance(expect, Expectation) and isinstance(priority, Priority)  # noqa: S101 - for the type checker
    return Case(
        id=f"{under_test.operation.id}/token/{label}",
        check=check,
        operation=under_test.operation.id,
        constraint="token",
        purpose=purpose,
        request=under_test.request(token=token, headers=headers, query=query, body=body),  # type: ignore[arg-type]
        expect=expect,
        where=("components", "securitySchemes", under_test.scheme.key if under_test.scheme else ""),
        priority=priority,
        group=f"token:{check}:{label if check != 'token-not-required' else ''}",
    )


def _absent(under_test: OperationUnderTest) -> Iterator[Case]:
    expect = under_test.refused("no-token")
    yield token_case(
        under_test, "token-not-required", "absent", "nothing is accepted without a token", expect=expect, priority=CORE
    )
    yield token_case(
        under_test,
        "token-not-required",
        "absent-with-body",
        "nothing is accepted without a token, with a body neither",
        body=_body(under_test),
        expect=expect,
    )
    scheme = under_test.scheme
    if scheme is not None and scheme.location == "header" and not scheme.scheme:
        for label, text in (("empty", ""), ("blank", "   ")):
            yield token_case(
                under_test,
                "token-not-required",
                label,
                f"an {label} token is none",
                headers=((scheme.name, text),),
                expect=expect,
            )


def _body(under_test: OperationUnderTest) -> object:
    return under_test.body.base if under_test.body.schema is not None else None


def _unknown(under_test: OperationUnderTest) -> Iterator[Case]:
    expect = under_test.refused("unknown-token")
    for label, token, priority in (("same-form", absent_token(under_test), CORE), *WRONG_TOKENS):
        odd = Expectation(expect.statuses | {400}, expect.examples, unshaped=frozenset({400}))
        chosen = expect if token.isascii() and len(token) < 1000 else odd  # noqa: PLR2004 - what any server must read
        yield token_case(
            under_test,
            "near-token-accepted" if priority != CORE else "token-not-required",
            f"unknown-{label}",
            f"a token nobody has ({label}) is refused",
            token=token,
            expect=chosen,
            priority=priority,
        )
    yield token_case(
        under_test,
        "near-token-accepted",
        "unknown-with-body",
        "a token nobody has is refused with a body, too",
        token=absent_token(under_test),
        body=_body(under_test),
        expect=expect,
    )


def _near(under_test: OperationUnderTest) -> Iterator[Case]:
    token = under_test.identity.token
    expect = under_test.refused("unknown-token")
    seen = {token}
    for label, transform in TRANSFORMS.items():
        near = transform(token)
        if near in seen or not near:
            continue
        seen.add(near)
        yield token_case(
            under_test,
            "near-token-accepted",
            f"near-{label}",
            f"a token that is almost right ({label}) is refused",
            token=near,
            expect=expect,
            priority=LIKELY if label in LIKELY_TRANSFORMS else RARE,
        )


def _elsewhere(under_test: OperationUnderTest) -> Iterator[Case]:
    token = under_test.identity.token
    scheme = under_test.scheme
    expect = under_test.refused("no-token")
    if scheme is None:
        return
    places = under_test.token_places
    if scheme.location != "query":
        names = dict.fromkeys(("token", "access_token", scheme.name, scheme.name.lower(), "api_key", "auth"))
        for name in (name for name in names if ("query", name.lower()) not in places):
            yield token_case(
                under_test,
                "secret-in-url-accepted",
                f"query-{name}",
                "a token in the address is no token",
                query=f"{name}={quote(token, '')}",
                expect=expect,
            )
    if scheme.location != "cookie":
        for name in (name for name in ("token", scheme.name, "sessionid") if ("cookie", name.lower()) not in places):
            yield token_case(
                under_test,
                "secret-in-url-accepted",
                f"cookie-{name}",
                "a token in a cookie is no token",
                headers=(("Cookie", f"{name}={token}"),),
                expect=expect,
            )
    used = {scheme.name.lower()} | {s.name.lower() for s in under_test.contract.security_schemes.values()}
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
            yield token_case(
                under_test,
                "secret-in-url-accepted",
                f"header-{name.lower()}",
                "a token in another header is no token",
                headers=((name, token),),
                expect=expect,
            )
    yield from _in_body(under_test, scheme.name.lower())


def _in_body(under_test: OperationUnderTest, header: str) -> Iterator[Case]:
    token = under_test.identity.token
    if under_test.body.schema is not None:
        for name in ("token", header):
            body = {**under_test.body.base, name: token} if isinstance(under_test.body.base, dict) else {name: token}
            yield token_case(
                under_test,
                "secret-in-url-accepted",
                f"body-{name}",
                "a token in the body is no token",
                body=body,
                expect=under_test.refused("no-token"),
                priority=RARE,
            )


def _refused_schemes(under_test: OperationUnderTest) -> Iterator[Case]:
    for scheme in under_test.contract.security_schemes.values():
        if scheme.refused_with is None or scheme.location != "header":
            continue
        # Beside a good token it proves nothing: a target that has no such scheme may ignore the header, to no harm.
        for label, token, value, otherwise in (
            ("alone", None, "x", "no-token"),
            ("instead-of-token", None, under_test.identity.token or "y", "no-token"),
            ("beside-wrong-token", absent_token(under_test), "x", "unknown-token"),
        ):
            expect = under_test.refused(scheme.refused_with, otherwise)
            yield token_case(
                under_test,
                "near-token-accepted",
                f"{scheme.key}-{label}",
                f"{scheme.name} opens nothing to the outside",
                token=token,
                headers=((scheme.name, value),),
                expect=expect,
            )
