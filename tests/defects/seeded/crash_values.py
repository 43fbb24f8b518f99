"""Crashes: values that a console answers with 500 where the contract has an answer."""

from __future__ import annotations

from typing import Any

from tests.defects.mutation import CRASH, Defect, crashing, field, text, texts
from tests.defects.witness import FULL, Step, accepted, build, invalid, message

STRING = message("string")


def both(body: Any, build_type: str, server_type: str) -> bool:
    return (field(body, "build_type"), field(body, "server_type")) == (build_type, server_type)


DEFECTS = (
    Defect(
        CRASH,
        "enum-as-list",
        "A list as build_type cannot be looked up in a set.",
        crashing(lambda body: isinstance(field(body, "build_type"), list), "TypeError", "unhashable type: 'list'"),
        invalid({"build_type": ["market"]}, build_type=message("enum", value=["market"])),
    ),
    Defect(
        CRASH,
        "enum-as-object",
        "An object as server_type cannot be looked up in a set.",
        crashing(lambda body: isinstance(field(body, "server_type"), dict), "TypeError", "unhashable type: 'dict'"),
        invalid({"server_type": {"a": 1}}, server_type=message("enum", value={"a": 1})),
    ),
    Defect(
        CRASH,
        "branch-as-number",
        "A number as branch has no strip().",
        crashing(
            lambda body: type(field(body, "branch")) in (int, float),
            "AttributeError",
            "'int' object has no attribute 'strip'",
        ),
        invalid({"branch": 5}, branch=STRING),
    ),
    Defect(
        CRASH,
        "repo-url-as-boolean",
        "A boolean as repo_url has no split().",
        crashing(
            lambda body: isinstance(field(body, "repo_url"), bool),
            "AttributeError",
            "'bool' object has no attribute 'split'",
        ),
        invalid({"repo_url": True}, repo_url=STRING),
    ),
    Defect(
        CRASH,
        "lone-surrogate-crashes",
        "Half a surrogate pair cannot be encoded.",
        crashing(
            lambda body: any(
                not value.isascii() and value.encode("utf-8", "replace").decode() != value for value in texts(body)
            ),
            "UnicodeEncodeError",
            "surrogates not allowed",
            bare=True,
        ),
        (
            Step(
                build(b'{"branch": "\\ud800"}'),
                "invalid-body",
                {"errors": {"branch": [message("surrogate", code_point="D800")]}},
            ),
        ),
    ),
    Defect(
        CRASH,
        "nul",
        "The database refuses NUL.",
        crashing(
            lambda body: any("\0" in value for value in texts(body)),
            "ValueError",
            "A string literal cannot contain NUL (0x00) characters.",
        ),
        invalid({"username": "a\0b"}, username=message("nul")),
    ),
    Defect(
        CRASH,
        "emoji",
        "The branch column cannot store characters of four bytes.",
        crashing(
            lambda body: any(ord(c) > 0xFFFF for c in text(body, "branch")),
            "OperationalError",
            "(1366, \"Incorrect string value: '\\\\xF0\\\\x9F' for column 'branch'\")",
        ),
        accepted({"branch": "🚀"}),
    ),
    Defect(
        CRASH,
        "percent",
        "A percent sign in the password meets string formatting.",
        crashing(lambda body: "%" in text(body, "password"), "TypeError", "not enough arguments for format string"),
        accepted({"password": "100%s"}),
    ),
    Defect(
        CRASH,
        "quote",
        "An apostrophe in branch ends an SQL text.",
        crashing(lambda body: "'" in text(body, "branch"), "ProgrammingError", "You have an error in your SQL syntax"),
        accepted({"branch": "it's"}),
    ),
    Defect(
        CRASH,
        "backslash",
        "A backslash in username spoils a template.",
        crashing(lambda body: "\\" in text(body, "username"), "error", "bad escape at position 3", bare=True),
        accepted({"username": "DOMAIN\\ci"}),
    ),
    Defect(
        CRASH,
        "chinese-credentials",
        "Credentials are put into a Latin-1 header.",
        crashing(
            lambda body: any(ord(c) > 0xFF for c in text(body, "username") + text(body, "password")),
            "UnicodeEncodeError",
            "'latin-1' codec can't encode characters",
        ),
        accepted({"username": "持续集成"}),
    ),
    Defect(
        CRASH,
        "two-colons",
        "A branch with two colons cannot be unpacked into kind and name.",
        crashing(lambda body: text(body, "branch").count(":") > 1, "ValueError", "too many values to unpack"),
        accepted({"branch": "tag:v1:rc"}),
    ),
    Defect(
        CRASH,
        "image-from-git",
        "docker_image together with git runs into an untested branch.",
        crashing(lambda body: both(body, "docker_image", "git"), "UnboundLocalError", "image", bare=True),
        accepted({"build_type": "docker_image", "server_type": "git"}),
    ),
    Defect(
        CRASH,
        "image-from-svn",
        "docker_image together with svn runs into an untested branch.",
        crashing(lambda body: both(body, "docker_image", "svn"), "UnboundLocalError", "image"),
        accepted({"build_type": "docker_image", "server_type": "svn"}),
    ),
    Defect(
        CRASH,
        "svn-without-branch",
        "svn wants a branch that nobody checks for.",
        crashing(lambda body: field(body, "server_type") == "svn" and "branch" not in body, "KeyError", "'branch'"),
        accepted({"server_type": "svn"}),
    ),
    Defect(
        CRASH,
        "repo-url-without-slash",
        "A repo_url without a slash has no second part.",
        crashing(
            lambda body: text(body, "repo_url") and "/" not in text(body, "repo_url"),
            "IndexError",
            "list index out of range",
        ),
        accepted({"repo_url": "nginx:1.27"}),
    ),
    Defect(
        CRASH,
        "username-alone",
        "username without password is joined with None.",
        crashing(
            lambda body: text(body, "username") and not text(body, "password"),
            "TypeError",
            'can only concatenate str (not "NoneType") to str',
        ),
        accepted({"username": "ci"}),
    ),
    Defect(
        CRASH,
        "all-properties",
        "All properties at once exceed a column.",
        crashing(
            lambda body: isinstance(body, dict) and all(body.get(name) for name in FULL),
            "DataError",
            "(1406, \"Data too long for column 'request_body'\")",
        ),
        accepted(FULL),
    ),
    Defect(
        CRASH,
        "null-branch",
        "A branch of null has no startswith().",
        crashing(
            lambda body: isinstance(body, dict) and body.get("branch", "") is None,
            "AttributeError",
            "'NoneType' object has no attribute 'startswith'",
        ),
        accepted({"branch": None}),
    ),
    Defect(
        CRASH,
        "too-long-for-column",
        "A repo_url over the limit is left to the database.",
        crashing(lambda body: len(text(body, "repo_url")) > 1024, "DataError", '(1406, "Data too long")'),
        invalid({"repo_url": "r" * 1025}, repo_url=message("maxLength", limit=1024)),
    ),
    Defect(
        CRASH,
        "blank-repo-url",
        "A blank repo_url is stripped and its first character asked for.",
        crashing(
            lambda body: isinstance(field(body, "repo_url"), str) and not text(body, "repo_url").strip(),
            "IndexError",
            "string index out of range",
        ),
        invalid({"repo_url": " "}, repo_url=message("blank")),
    ),
)
