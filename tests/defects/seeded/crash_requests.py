"""Crashes: tokens, paths and methods that a console answers with 500 where the contract has an answer."""

from __future__ import annotations

from typing import Any

from tests.defects.console import Console
from tests.defects.messages import Request
from tests.defects.mutation import CRASH, Defect, Mutation, crash, crashing_on, wrapping
from tests.defects.witness import refused, wrong_method


def path_crash(when: Any, error_type: str, reason: str, *, at: str) -> Mutation:
    """Fall over on ids of the path that `when` is true of."""

    def seed(console: Console) -> None:
        wrapping(
            "check_" + at.replace("-", "_"),
            lambda check, visit: crash(console, error_type, reason) if when(visit.ids) else check(visit),
        )(console)

    return seed


def instead_of(check: str, error_type: str, reason: str) -> Mutation:
    """Fall over where a check should have refused."""

    def seed(console: Console) -> None:
        wrapping(
            "check_" + check.replace("-", "_"),
            lambda original, visit: crash(console, error_type, reason) if original(visit) else None,
        )(console)

    return seed


def is_foreign(request: Request) -> bool:
    return any(ord(character) > 0x7F for character in request.headers.get("authorization", ""))


DEFECTS = (
    Defect(
        CRASH,
        "token-not-ascii",
        "A token that is not ASCII cannot be compared in constant time.",
        crashing_on(
            is_foreign, "TypeError", "comparing strings with non-ASCII characters is not supported", at="no-token"
        ),
        refused("unknown-token", token="tökén"),
    ),
    Defect(
        CRASH,
        "token-of-two-words",
        "A token of two words is unpacked into one.",
        crashing_on(
            lambda request: " " in request.headers.get("authorization", "").strip(),
            "ValueError",
            "too many values to unpack (expected 1)",
            at="unknown-token",
        ),
        refused("unknown-token", token="Bearer " + "f" * 40),
    ),
    Defect(
        CRASH,
        "token-too-long",
        "A token of thousands of characters exceeds the cache's keys.",
        crashing_on(
            lambda request: len(request.headers.get("authorization", "")) > 250,
            "InvalidCacheKey",
            "Cache key will cause errors if used with memcached",
            at="unknown-token",
            bare=True,
        ),
        refused("unknown-token", token="a" * 5000),
    ),
    Defect(
        CRASH,
        "app-id-of-20-digits",
        "An app id of 20 digits overflows the column.",
        path_crash(
            lambda ids: len(ids["app_id"]) > 19, "OverflowError", "Python int too large to convert", at="app-not-found"
        ),
        refused("app-not-found", app="9" * 20),
    ),
    Defect(
        CRASH,
        "app-id-with-dash",
        "An app id with a dash inside is no number.",
        path_crash(
            lambda ids: "-" in ids["app_id"][1:] or ids["app_id"] == "-",
            "ValueError",
            "Field 'ID' expected a number but got '1-2'.",
            at="app-not-found",
        ),
        refused("app-not-found", app="1-2"),
    ),
    Defect(
        CRASH,
        "unknown-region",
        "An unknown region is not checked for.",
        instead_of("region-not-found", "AttributeError", "'NoneType' object has no attribute 'url'"),
        refused("region-not-found", region="nowhere"),
    ),
    Defect(
        CRASH,
        "unknown-component",
        "An unknown component is not caught.",
        instead_of("component-not-found", "DoesNotExist", "TenantServiceInfo matching query does not exist."),
        refused("component-not-found", service="0" * 32),
    ),
    Defect(
        CRASH,
        "chinese-team",
        "A team name in Chinese meets a column in Latin-1.",
        path_crash(
            lambda ids: not ids["team_id"].isascii(),
            "OperationalError",
            "(1267, 'Illegal mix of collations')",
            at="team-not-found",
        ),
        refused("team-not-found", team="团队"),
    ),
    Defect(
        CRASH,
        "head",
        "HEAD is handed to a handler that is not there.",
        crashing_on(
            lambda request: request.method == "HEAD",
            "AttributeError",
            "'View' object has no attribute 'head'",
            at="method-not-allowed",
        ),
        wrong_method("HEAD"),
    ),
    Defect(
        CRASH,
        "patch",
        "PATCH is routed to a view that was never written.",
        crashing_on(
            lambda request: request.method == "PATCH", "NotImplementedError", "", at="method-not-allowed", bare=True
        ),
        wrong_method("PATCH"),
    ),
)
