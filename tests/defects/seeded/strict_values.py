"""Validation too strict: documented values that are turned down."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.defects.mutation import STRICT, Defect, Mutation, text, wrapping
from tests.defects.witness import accepted


def objecting(name: str, when: Callable[[Any], Any], reason: str = "格式不正确。") -> Mutation:
    """Refuse bodies that `when` is true of, blaming one field."""

    def errors(original: Any, body: Any) -> Any:
        found = original(body)
        return found or ({name: [reason]} if isinstance(body, Mapping) and when(body) else {})

    return wrapping("errors", errors)


def matching(name: str, pattern: str) -> Mutation:
    """Refuse texts of a field that do not match a pattern as a whole."""
    return objecting(name, lambda body: text(body, name) and not re.fullmatch(pattern, text(body, name)))


def refusing_null(name: str) -> Mutation:
    return objecting(name, lambda body: name in body and body[name] is None, "该字段不能为 null。")


def measuring(name: str, length: Callable[[str], int]) -> Mutation:
    return wrapping("length", lambda original, field, value: length(value) if field == name else original(field, value))


def limit(name: str, most: int) -> Mutation:
    return lambda console: console.limits.update({name: most})


def only(name: str, *values: str) -> Mutation:
    return lambda console: console.enums.update({name: [*values]})


DEFECTS = (
    Defect(
        STRICT,
        "market-unknown",
        "build_type does not know market.",
        only("build_type", "source_code", "docker_image"),
        accepted({"build_type": "market"}),
    ),
    Defect(
        STRICT,
        "oss-unknown",
        "server_type does not know oss.",
        only("server_type", "svn", "git"),
        accepted({"server_type": "oss"}),
    ),
    Defect(
        STRICT,
        "docker-image-misspelt",
        "build_type knows docker-image, not docker_image.",
        only("build_type", "source_code", "docker-image", "market"),
        accepted({"build_type": "docker_image"}),
    ),
    Defect(
        STRICT,
        "build-type-null",
        "build_type may not be null.",
        refusing_null("build_type"),
        accepted({"build_type": None}),
    ),
    Defect(STRICT, "branch-null", "branch may not be null.", refusing_null("branch"), accepted({"branch": None})),
    Defect(
        STRICT, "password-null", "password may not be null.", refusing_null("password"), accepted({"password": None})
    ),
    Defect(
        STRICT,
        "repo-url-must-be-url",
        "repo_url has to be an http address, so images are refused.",
        matching("repo_url", r"https?://.*"),
        accepted({"repo_url": "registry.example.com/acme/app:1.0"}),
    ),
    Defect(
        STRICT,
        "repo-url-without-port",
        "repo_url may not hold a port.",
        matching("repo_url", r"(?s)(?!.*:\d).*"),
        accepted({"repo_url": "https://git.example.com:8443/acme/app.git"}),
    ),
    Defect(
        STRICT,
        "branch-without-slash",
        "branch may not hold a slash.",
        matching("branch", r"(?s)[^/]*"),
        accepted({"branch": "feature/login"}),
    ),
    Defect(
        STRICT,
        "branch-without-colon",
        "branch may not hold a colon, so tags are refused.",
        matching("branch", r"(?s)[^:]*"),
        accepted({"branch": "tag:v1.0"}),
    ),
    Defect(
        STRICT,
        "branch-ascii",
        "branch has to be ASCII.",
        matching("branch", r"(?s)[\x00-\x7f]*"),
        accepted({"branch": "功能-登录"}),
    ),
    Defect(
        STRICT,
        "branch-without-blank",
        "branch may not hold a blank.",
        matching("branch", r"\S*"),
        accepted({"branch": "release 1"}),
    ),
    Defect(
        STRICT,
        "branch-not-all-digits",
        "A branch of digits alone is taken for a number and refused.",
        matching("branch", r"(?s)(?!\d+$).*"),
        accepted({"branch": "2024"}),
    ),
    Defect(
        STRICT,
        "branch-without-dots",
        "A branch with two dots in a row is taken for an attack.",
        matching("branch", r"(?s)(?!.*\.\.).*"),
        accepted({"branch": "v1..v2"}),
    ),
    Defect(
        STRICT,
        "username-without-at",
        "username may not be a mail address.",
        matching("username", r"(?s)[^@]*"),
        accepted({"username": "ci-bot@example.com"}),
    ),
    Defect(
        STRICT,
        "username-without-emoji",
        "username may not hold characters of four bytes.",
        matching("username", r"(?s)[\x00-\uffff]*"),
        accepted({"username": "构建🚀"}),
    ),
    Defect(
        STRICT,
        "password-plain",
        "password may not hold quotes, percent or plus signs.",
        matching("password", r"""(?s)[^'"%+]*"""),
        accepted({"password": "p'%20+\"x"}),
    ),
    Defect(
        STRICT,
        "password-without-angle",
        "password may not hold < and >, which look like HTML.",
        matching("password", r"(?s)[^<>]*"),
        accepted({"password": "a<b>c"}),
    ),
    Defect(
        STRICT,
        "branch-limit-254",
        "branch accepts 254 characters at most.",
        limit("branch", 254),
        accepted({"branch": "b" * 255}),
    ),
    Defect(
        STRICT,
        "repo-url-limit-255",
        "repo_url has the limit of its neighbours.",
        limit("repo_url", 255),
        accepted({"repo_url": "r" * 600}),
    ),
    Defect(
        STRICT,
        "repo-url-limit-1000",
        "repo_url accepts 1000 characters at most.",
        limit("repo_url", 1000),
        accepted({"repo_url": "r" * 1024}),
    ),
    Defect(
        STRICT,
        "username-limit-150",
        "username has the limit of the framework's own users.",
        limit("username", 150),
        accepted({"username": "u" * 255}),
    ),
    Defect(
        STRICT,
        "password-limit-in-bytes",
        "The limit of password counts bytes.",
        measuring("password", lambda value: len(value.encode("utf-8", "replace"))),
        accepted({"password": "密" * 255}),
    ),
    Defect(
        STRICT,
        "branch-limit-in-utf-16",
        "The limit of branch counts UTF-16 units.",
        measuring("branch", lambda value: len(value.encode("utf-16-le", "replace")) // 2),
        accepted({"branch": "🚀" * 255}),
    ),
    Defect(
        STRICT,
        "branch-blanks-around",
        "branch may not begin with a blank.",
        matching("branch", r"(?s)\S.*"),
        accepted({"branch": " main"}),
    ),
)
