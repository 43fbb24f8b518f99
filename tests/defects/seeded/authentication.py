"""Authentication: tokens that are almost right, and refusals that say the wrong thing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

from tests.defects.catalogue import OTHER_TOKEN, TOKEN, User
from tests.defects.console import Console
from tests.defects.messages import Answer, Request
from tests.defects.mutation import AUTHENTICATION, Defect, Mutation, altering, rewriting, skipping, wrapping
from tests.defects.witness import path, refused

STRANGER = "f" * 40


def finding(change: Callable[[str], str]) -> Mutation:
    """Also look the token up in another form."""
    return wrapping("find_user", lambda find, token: find(token) or find(change(token)))


def comparing(same: Callable[[str, str], Any]) -> Mutation:
    """Compare a known and a given token in another way."""

    def seed(console: Console) -> None:
        def find(original: Callable[[str], User | None], given: str) -> User | None:
            similar = (user for user in console.catalogue.users if same(user.token, given))
            return original(given) or next(similar, None)

        wrapping("find_user", find)(console)

    return seed


def anybody(console: Console) -> User:
    return console.catalogue.users[0]


def also_from(place: Callable[[Request], str]) -> Mutation:
    """Also take the token from another place where the header is missing."""
    return wrapping("token", lambda token, request: token(request) or place(request))


def cookie(request: Request) -> str:
    found = SimpleCookie(request.headers.get("cookie", "")).get("token")
    return found.value if found else ""


def from_basic(token: str) -> str:
    """The password of Basic credentials."""
    try:
        return base64.b64decode(token.removeprefix("Basic "), validate=True).decode().rpartition(":")[2]
    except ValueError:
        return ""


def believing(who: Callable[[str], bool]) -> Mutation:
    """Take whoever sends such a token for the first user."""

    def seed(console: Console) -> None:
        wrapping("find_user", lambda find, token: find(token) or (anybody(console) if who(token) else None))(console)

    return seed


def open_door(console: Console) -> None:
    """Let requests without a token in."""
    skipping("no-token")(console)
    believing(lambda token: not token)(console)


def internal_shortcut(console: Console) -> None:
    """Let in whoever claims to be the console itself."""

    def user(original: Any, visit: Any) -> Any:
        return anybody(console) if "x-internal-token" in visit.request.headers else original(visit)

    def token(original: Any, request: Request) -> str:
        return request.headers.get("x-internal-token") or original(request)

    skipping("invalid-internal-token")(console)
    wrapping("user", user)(console)
    wrapping("token", token)(console)


def to_login(answer: Answer) -> Answer:
    return replace(answer, status=302, body=b"").with_headers({"Location": "/login", "Content-Type": "text/html"})


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def unknown(token: str) -> Any:
    return refused("unknown-token", token=token)


DEFECTS = (
    Defect(
        AUTHENTICATION,
        "bearer-in-front",
        "Bearer in front of the token is accepted.",
        finding(lambda token: token.removeprefix("Bearer ")),
        unknown(f"Bearer {TOKEN}"),
    ),
    Defect(
        AUTHENTICATION,
        "token-scheme-in-front",
        "Token in front of the token is accepted.",
        finding(lambda token: token.removeprefix("Token ")),
        unknown(f"Token {TOKEN}"),
    ),
    Defect(
        AUTHENTICATION,
        "last-word-counts",
        "Whatever stands in front of the token is cut off.",
        finding(lambda token: token.split()[-1] if token else ""),
        unknown(f"Whatever {TOKEN}"),
    ),
    Defect(
        AUTHENTICATION,
        "basic-password",
        "The token is accepted as the password of Basic credentials.",
        finding(from_basic),
        unknown(basic(f"ci:{TOKEN}")),
    ),
    Defect(
        AUTHENTICATION,
        "beginning-of-token",
        "The beginning of a token is enough.",
        comparing(lambda known, given: given and known.startswith(given)),
        unknown(TOKEN[:-1]),
    ),
    Defect(
        AUTHENTICATION,
        "more-than-token",
        "What follows the token is ignored.",
        comparing(lambda known, given: given.startswith(known)),
        unknown(TOKEN + "0"),
    ),
    Defect(
        AUTHENTICATION,
        "end-of-token-ignored",
        "The column holds 32 characters, so the last eight may be anything.",
        comparing(lambda known, given: len(given) == len(known) and known[:32] == given[:32]),
        unknown(TOKEN[:-1] + "3"),
    ),
    Defect(
        AUTHENTICATION,
        "token-any-case",
        "Tokens are compared without regard to case.",
        comparing(lambda known, given: known == given.lower()),
        unknown(TOKEN.upper()),
    ),
    Defect(
        AUTHENTICATION,
        "blanks-inside-token",
        "Blanks inside the token are removed.",
        finding(lambda token: token.replace(" ", "")),
        unknown(f"{TOKEN[:20]} {TOKEN[20:]}"),
    ),
    Defect(
        AUTHENTICATION,
        "quoted-token",
        "Quotes around the token are removed.",
        finding(lambda token: token.strip('"')),
        unknown(f'"{TOKEN}"'),
    ),
    Defect(
        AUTHENTICATION,
        "any-hexadecimal-token",
        "Whatever looks like a token is accepted.",
        believing(lambda token: len(token) == 40 and set(token) <= set("0123456789abcdef")),
        unknown(STRANGER),
    ),
    Defect(AUTHENTICATION, "any-token", "Any token is accepted.", believing(bool), unknown("wrong")),
    Defect(
        AUTHENTICATION,
        "token-optional",
        "A request without a token is let in, a wrong token is refused.",
        open_door,
        refused("no-token", token=None),
    ),
    Defect(
        AUTHENTICATION,
        "token-in-query",
        "The token is accepted in the query.",
        also_from(lambda request: request.query.get("token", [""])[0]),
        refused("no-token", token=None, target=f"{path()}?token={TOKEN}"),
    ),
    Defect(
        AUTHENTICATION,
        "token-in-cookie",
        "The token is accepted in a cookie.",
        also_from(cookie),
        refused("no-token", token=None, headers={"cookie": f"token={TOKEN}"}),
    ),
    Defect(
        AUTHENTICATION,
        "other-enterprise",
        "A user of another enterprise may build in this team.",
        wrapping("may_see", lambda *_: True),
        refused("team-not-found", token=OTHER_TOKEN),
    ),
    Defect(
        AUTHENTICATION,
        "enterprise-unchecked",
        "A user whose enterprise is gone is not told so.",
        skipping("enterprise-not-found"),
        refused("enterprise-not-found", token="4" * 40),
    ),
    Defect(
        AUTHENTICATION,
        "internal-token-believed",
        "Any X-Internal-Token lets a request in.",
        internal_shortcut,
        refused("invalid-internal-token", token=None, headers={"x-internal-token": "x"}),
    ),
    Defect(
        AUTHENTICATION,
        "internal-token-ignored",
        "X-Internal-Token is ignored beside a good token.",
        skipping("invalid-internal-token"),
        refused("invalid-internal-token", headers={"x-internal-token": "x"}),
    ),
    Defect(
        AUTHENTICATION,
        "www-authenticate-missing",
        "A refused token comes without WWW-Authenticate.",
        altering(lambda answer: answer.with_headers({"WWW-Authenticate": None}), "unknown-token", "no-token"),
        unknown(STRANGER),
    ),
    Defect(
        AUTHENTICATION,
        "www-authenticate-bearer",
        "WWW-Authenticate asks for Bearer.",
        altering(lambda answer: answer.with_headers({"WWW-Authenticate": "Bearer"}), "unknown-token", "no-token"),
        unknown(STRANGER),
    ),
    Defect(
        AUTHENTICATION,
        "forbidden-for-unauthorized",
        "A wrong token is answered with 403.",
        altering(lambda answer: replace(answer, status=403), "unknown-token"),
        unknown(STRANGER),
    ),
    Defect(
        AUTHENTICATION,
        "redirect-to-login",
        "A missing token leads to the login page.",
        altering(to_login, "no-token"),
        refused("no-token", token=None),
    ),
    Defect(
        AUTHENTICATION,
        "one-text-for-all",
        "A missing token is answered like a wrong one.",
        wrapping("check_no_token", lambda *_: None),
        refused("no-token", token=None),
    ),
    Defect(
        AUTHENTICATION,
        "code-of-unauthorized",
        "The code of a refused token is 10401 instead of the status.",
        rewriting(lambda value: {**value, "code": 10401}, "unknown-token"),
        unknown(STRANGER),
    ),
)
