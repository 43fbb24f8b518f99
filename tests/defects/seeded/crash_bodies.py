"""Crashes: bodies that a console answers with 500 where the contract has an answer."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from typing import Any

from tests.defects.messages import Request
from tests.defects.mutation import CRASH, Defect, Mutation, crashing, crashing_on
from tests.defects.witness import Step, accepted, build, invalid, message, refused

DEEP = b'{"branch": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"


HUGE = b'{"branch": ' + b"9" * 5_000 + b"}"


UNKNOWN_CHARSET = "application/json; charset=x-unknown"


def parser_crash(when: Any, error_type: str, reason: str, *, bare: bool = False) -> Mutation:
    """Fall over on raw bodies that `when` is true of, before they are parsed."""
    return crashing_on(
        lambda request: bool(request.body) and when(request.body), error_type, reason, at="parse-error", bare=bare
    )


def raises(error: type[Exception]) -> Callable[[bytes], bool]:
    """Whether the plain JSON parser gives up on a body with just this error."""

    def check(body: bytes) -> bool:
        try:
            json.loads(body)
        except (ValueError, RecursionError) as problem:
            return type(problem) is error
        return False

    return check


def has_constant(body: bytes) -> bool:
    found: list[str] = []
    try:
        json.loads(body, parse_constant=found.append)
    except (ValueError, RecursionError):
        return False
    return bool(found)


def charset_unknown(request: Request) -> bool:
    charset = request.headers.get("content-type", "").partition("charset=")[2]
    try:
        return bool(charset) and not codecs.lookup(charset)
    except LookupError:
        return True


def repeats_a_key(body: bytes) -> bool:
    pairs: list[Any] = []
    try:
        json.loads(body, object_pairs_hook=pairs.append)
    except (ValueError, RecursionError):
        return False
    return any(len(dict(found)) < len(found) for found in pairs)


DEFECTS = (
    Defect(
        CRASH,
        "array-body-crashes",
        "An array as the body has no get().",
        crashing(lambda body: isinstance(body, list), "AttributeError", "'list' object has no attribute 'get'"),
        invalid([], non_field_errors=message("object", type="list")),
    ),
    Defect(
        CRASH,
        "null-body-crashes",
        "null as the body has no get().",
        crashing(lambda body: body is None, "AttributeError", "'NoneType' object has no attribute 'get'", bare=True),
        (Step(build(b"null"), "invalid-body", {"errors": {"non_field_errors": [message("absent")]}}),),
    ),
    Defect(
        CRASH,
        "scalar-body-crashes",
        "A string or number as the body cannot be unpacked.",
        crashing(lambda body: isinstance(body, str | int), "TypeError", "argument after ** must be a mapping"),
        invalid("main", non_field_errors=message("object", type="str")),
    ),
    Defect(
        CRASH,
        "not-utf-8",
        "A body that is not UTF-8 is not expected.",
        parser_crash(
            raises(UnicodeDecodeError), "UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff", bare=True
        ),
        refused("parse-error", b'{"branch": "\xff\xfe"}'),
    ),
    Defect(
        CRASH,
        "byte-order-mark",
        "A byte order mark in front of the body is not expected.",
        parser_crash(lambda body: body.startswith(b"\xef\xbb\xbf"), "JSONDecodeError", "Unexpected UTF-8 BOM"),
        refused("parse-error", b'\xef\xbb\xbf{"branch": "a"}'),
    ),
    Defect(
        CRASH,
        "nan",
        "NaN passes the parser and falls over in the database.",
        parser_crash(has_constant, "ValueError", "Out of range float values are not JSON compliant"),
        refused("parse-error", b'{"branch": NaN}'),
    ),
    Defect(
        CRASH,
        "huge-number",
        "A number of thousands of digits exceeds what Python converts.",
        parser_crash(raises(ValueError), "ValueError", "Exceeds the limit (4300 digits)"),
        refused("parse-error", HUGE),
    ),
    Defect(
        CRASH,
        "deep-nesting",
        "A body nested ten thousand times overflows the stack.",
        parser_crash(raises(RecursionError), "RecursionError", "maximum recursion depth exceeded"),
        refused("parse-error", DEEP),
    ),
    Defect(
        CRASH,
        "malformed-json",
        "Malformed JSON is not caught.",
        parser_crash(raises(json.JSONDecodeError), "JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
        refused("parse-error", b'{"branch": '),
    ),
    Defect(
        CRASH,
        "duplicate-keys",
        "A key that comes twice is not expected.",
        parser_crash(repeats_a_key, "MultipleObjectsReturned", "get() returned more than one"),
        (Step(build(b'{"branch": "a", "branch": "b"}'), "accepted"),),
    ),
    Defect(
        CRASH,
        "media-type-unknown",
        "There is no parser for text/csv.",
        crashing_on(
            lambda request: bool(request.body) and request.media_type.startswith("text/"),
            "KeyError",
            "text/csv",
            at="unsupported-media-type",
        ),
        refused("unsupported-media-type", b"a,b", {"media_type": "text/csv"}, media_type="text/csv"),
    ),
    Defect(
        CRASH,
        "media-type-missing",
        "A body without Content-Type is not expected.",
        crashing_on(
            lambda request: bool(request.body) and not request.media_type,
            "KeyError",
            "CONTENT_TYPE",
            at="unsupported-media-type",
            bare=True,
        ),
        refused("unsupported-media-type", {}, {"media_type": ""}, media_type=None),
    ),
    Defect(
        CRASH,
        "charset-unknown",
        "A charset that Python does not know is looked up.",
        crashing_on(charset_unknown, "LookupError", "unknown encoding: x-unknown", at="parse-error"),
        accepted({}, media_type=UNKNOWN_CHARSET),
    ),
    Defect(
        CRASH,
        "large-body",
        "A body over 100 kB meets a limit of the framework that nobody catches.",
        crashing_on(
            lambda request: len(request.body) > 100_000,
            "RequestDataTooBig",
            "Request body exceeded limit",
            at="parse-error",
        ),
        accepted({"note": "n" * 120_000}),
    ),
)
