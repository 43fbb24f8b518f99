"""Validation too lax: values that are let through and become somebody's failed build."""

from __future__ import annotations

import re
from typing import Any

from tests.defects.console import Console
from tests.defects.mutation import LAX, Defect, Mutation, text, wrapping
from tests.defects.witness import Step, Witness, build, invalid, message


def enum(change: Any, field: str) -> Mutation:
    """Accept values of one enum that `change` is true of, given the value and the allowed values."""

    def seed(console: Console) -> None:
        def error(original: Any, name: str, value: Any) -> Any:
            return None if name == field and change(value, console.enums[field]) else original(name, value)

        wrapping("enum_error", error)(console)

    return seed


def takes(change: Any, *fields: str) -> Mutation:
    """Accept texts that `change` is true of in these fields."""
    return wrapping(
        "text_error", lambda error, name, value: None if name in fields and change(value) else error(name, value)
    )


def limit(field: str, most: int) -> Mutation:
    return lambda console: console.limits.update({field: most})


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def too_long(field: str, most: int, character: str = "a", extra: int = 1) -> Witness:
    return invalid({field: character * (most + extra)}, **{field: message("maxLength", limit=most)})


def not_one_of(field: str, value: Any) -> Witness:
    return invalid({field: value}, **{field: message("enum", value=value)})


def first_property_only(errors: Any, body: Any) -> Any:
    return errors(dict(list(body.items())[:1]) if isinstance(body, dict) else body)


def skipping_images(errors: Any, body: Any) -> Any:
    return {} if text(body, "build_type") == "docker_image" else errors(body)


BLANK = message("blank")


STRING = message("string")


NUL = message("nul")


DEFECTS = (
    Defect(
        LAX,
        "build-type-example-accepted",
        "build_type also accepts helm, which only the next release builds.",
        enum(lambda value, _: value == "helm", "build_type"),
        not_one_of("build_type", "helm"),
    ),
    Defect(
        LAX,
        "build-type-unchecked",
        "build_type accepts any text.",
        enum(lambda value, _: isinstance(value, str), "build_type"),
        not_one_of("build_type", "kubernetes"),
    ),
    Defect(
        LAX,
        "server-type-unchecked",
        "server_type accepts any text.",
        enum(lambda value, _: isinstance(value, str), "server_type"),
        not_one_of("server_type", "mercurial"),
    ),
    Defect(
        LAX,
        "build-type-any-case",
        "build_type is compared without regard to case.",
        enum(lambda value, allowed: str(value).lower() in allowed, "build_type"),
        not_one_of("build_type", "Source_Code"),
    ),
    Defect(
        LAX,
        "server-type-any-case",
        "server_type accepts its values in upper case.",
        enum(lambda value, _: value in ("GIT", "SVN", "OSS"), "server_type"),
        not_one_of("server_type", "GIT"),
    ),
    Defect(
        LAX,
        "server-type-trimmed",
        "server_type is trimmed before it is compared.",
        enum(lambda value, allowed: str(value).strip() in allowed, "server_type"),
        not_one_of("server_type", "git "),
    ),
    Defect(
        LAX,
        "build-type-empty",
        "build_type accepts an empty text.",
        enum(lambda value, _: value == "", "build_type"),
        not_one_of("build_type", ""),
    ),
    Defect(
        LAX,
        "server-type-falsy",
        "server_type is only checked when it is true: 0, false and [] pass.",
        enum(lambda value, _: not value and value != "", "server_type"),
        not_one_of("server_type", False),
    ),
    Defect(
        LAX,
        "build-type-part-of-value",
        "build_type is searched in the joined list of values, so a part passes.",
        enum(lambda value, allowed: str(value) and str(value) in ",".join(filter(None, allowed)), "build_type"),
        not_one_of("build_type", "source"),
    ),
    Defect(
        LAX,
        "build-type-begins-well",
        "build_type only has to begin with one of the values.",
        enum(lambda value, allowed: str(value).startswith(tuple(filter(None, allowed))), "build_type"),
        not_one_of("build_type", "market2"),
    ),
    Defect(
        LAX,
        "server-type-in-list",
        "server_type accepts a list with one of the values.",
        enum(lambda value, allowed: isinstance(value, list) and value[:1] in [[one] for one in allowed], "server_type"),
        not_one_of("server_type", ["git"]),
    ),
    Defect(LAX, "branch-limit-256", "branch accepts 256 characters.", limit("branch", 256), too_long("branch", 255)),
    Defect(
        LAX,
        "repo-url-without-limit",
        "repo_url has no limit.",
        limit("repo_url", 10**9),
        too_long("repo_url", 1024, extra=9_000),
    ),
    Defect(
        LAX,
        "repo-url-limit-1025",
        "repo_url accepts 1025 characters.",
        limit("repo_url", 1025),
        too_long("repo_url", 1024),
    ),
    Defect(
        LAX,
        "username-without-limit",
        "username has no limit.",
        limit("username", 10**9),
        too_long("username", 255),
    ),
    Defect(
        LAX,
        "password-limit-256",
        "password accepts 256 characters.",
        limit("password", 256),
        too_long("password", 255),
    ),
    Defect(
        LAX,
        "branch-limit-for-ascii",
        "The limit of branch only counts ASCII.",
        wrapping("length", lambda _, name, value: sum(c.isascii() for c in value) if name == "branch" else len(value)),
        too_long("branch", 255, "支"),
    ),
    Defect(
        LAX,
        "branch-blank",
        "branch accepts blanks.",
        wrapping("is_blank", lambda blank, name, value: not value if name == "branch" else blank(name, value)),
        invalid({"branch": "   "}, branch=BLANK),
    ),
    Defect(
        LAX,
        "username-empty",
        "username accepts an empty text.",
        wrapping("is_blank", lambda blank, name, value: blank(name, value) and (value, name) != ("", "username")),
        invalid({"username": ""}, username=BLANK),
    ),
    Defect(
        LAX,
        "password-blank",
        "password accepts anything blank, for it must never be trimmed.",
        wrapping("is_blank", lambda blank, name, value: name != "password" and blank(name, value)),
        invalid({"password": " "}, password=BLANK),
    ),
    Defect(
        LAX,
        "repo-url-ideographic-space",
        "repo_url accepts an ideographic space: only ASCII blanks are trimmed.",
        wrapping(
            "is_blank", lambda blank, name, value: blank(name, value) and not (name == "repo_url" and "　" in value)
        ),
        invalid({"repo_url": "　"}, repo_url=BLANK),
    ),
    Defect(
        LAX,
        "branch-tab-and-newline",
        "branch accepts a tab or a line break: only the space counts as blank.",
        wrapping(
            "is_blank", lambda blank, name, value: not value.strip(" 　") if name == "branch" else blank(name, value)
        ),
        invalid({"branch": "\t\n"}, branch=BLANK),
    ),
    Defect(
        LAX,
        "branch-with-nul",
        "branch accepts NUL.",
        wrapping("has_nul", lambda has, name, value: name != "branch" and has(name, value)),
        invalid({"branch": "a\0b"}, branch=NUL),
    ),
    Defect(
        LAX,
        "password-with-nul",
        "password accepts NUL.",
        wrapping("has_nul", lambda has, name, value: name != "password" and has(name, value)),
        invalid({"password": "a\0b"}, password=NUL),
    ),
    Defect(
        LAX,
        "branch-number",
        "A number as branch becomes its text.",
        takes(is_number, "branch"),
        invalid({"branch": 7}, branch=STRING),
    ),
    Defect(
        LAX,
        "password-number",
        "A number as password becomes its text.",
        takes(is_number, "password"),
        invalid({"password": 123456}, password=STRING),
    ),
    Defect(
        LAX,
        "username-boolean",
        "A boolean as username becomes its text.",
        takes(lambda value: isinstance(value, bool), "username"),
        invalid({"username": True}, username=STRING),
    ),
    Defect(
        LAX,
        "repo-url-list",
        "A list as repo_url is taken for its first element.",
        takes(lambda value: isinstance(value, list), "repo_url"),
        invalid({"repo_url": ["a"]}, repo_url=STRING),
    ),
    Defect(
        LAX,
        "branch-object",
        "An object as branch is stored as its JSON.",
        takes(lambda value: isinstance(value, dict), "branch"),
        invalid({"branch": {"name": "main"}}, branch=STRING),
    ),
    Defect(
        LAX,
        "lone-surrogate",
        "Texts with half a surrogate pair are accepted.",
        takes(lambda value: re.search("[\ud800-\udfff]", str(value)), "branch"),
        (
            Step(
                build(b'{"branch": "\\ud800"}'),
                "invalid-body",
                {"errors": {"branch": [message("surrogate", code_point="D800")]}},
            ),
        ),
    ),
    Defect(
        LAX,
        "first-property-only",
        "Only the first property of the body is validated.",
        wrapping("errors", first_property_only),
        invalid({"build_type": "source_code", "server_type": "cvs"}, server_type=message("enum", value="cvs")),
    ),
    Defect(
        LAX,
        "images-unvalidated",
        "Nothing is validated when the build is of an image.",
        wrapping("errors", skipping_images),
        invalid({"build_type": "docker_image", "server_type": "cvs"}, server_type=message("enum", value="cvs")),
    ),
)
