"""Validation too lax: bodies that are no JSON object, or not said to be one, and pass."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from tests.defects.console import Console, ParseError
from tests.defects.mutation import LAX, Defect, Mutation, wrapping
from tests.defects.witness import Step, Witness, build, invalid, message, refused

XML_TYPE = "application/xml"


def wrong_type(media_type: str, body: Any = None) -> Witness:
    return refused("unsupported-media-type", body or {}, {"media_type": media_type}, media_type=media_type)


def reading_as_json(accepts: Any) -> Mutation:
    return wrapping("is_json", lambda is_json, request: is_json(request) or accepts(request))


def parsing(change: Any) -> Mutation:
    """Try another way of parsing where the strict one fails."""

    def parse(original: Any, raw: bytes) -> Any:
        try:
            return original(raw)
        except ParseError:
            return change(raw)

    return wrapping("parse", parse)


def strictly(content: bytes) -> Any:
    return Console().parse(content)


def form(raw: bytes) -> Any:
    return {name: value for name, _, value in (pair.partition("=") for pair in raw.decode().split("&"))}


def other_parser(media_type: str, parse: Any) -> Mutation:
    """Also accept bodies of another media type, read in their own way."""

    def seed(console: Console) -> None:
        reading_as_json(lambda request: request.media_type == media_type)(console)
        wrapping(
            "body",
            lambda body, visit: parse(visit.request.body) if visit.request.media_type == media_type else body(visit),
        )(console)

    return seed


def literal(raw: bytes) -> Any:
    try:
        return ast.literal_eval(raw.decode())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise ParseError(str(error)) from None


def nan_as_null(raw: bytes) -> Any:
    return strictly(re.sub(rb"\b(NaN|Infinity)\b", b"null", raw))


def leading(raw: bytes) -> Any:
    """The longest beginning that is JSON."""
    try:
        end = json.JSONDecoder().raw_decode(raw.decode())[1]
    except (ValueError, RecursionError) as error:
        raise ParseError(str(error)) from None
    return strictly(raw.decode()[:end].encode())


def with_control_characters(raw: bytes) -> Any:
    return strictly(re.sub(rb"[\n\r\t]", b" ", raw))


BROKEN = b'{"branch": "main"'


DEFECTS = (
    Defect(
        LAX,
        "text-as-json",
        "A JSON body sent as text/plain is accepted.",
        reading_as_json(lambda request: request.media_type == "text/plain"),
        wrong_type("text/plain"),
    ),
    Defect(
        LAX,
        "no-media-type",
        "A body without Content-Type is taken for JSON.",
        reading_as_json(lambda request: not request.media_type),
        refused("unsupported-media-type", {}, {"media_type": ""}, media_type=None),
    ),
    Defect(
        LAX,
        "json-suffix",
        "Any media type that ends in +json is accepted.",
        reading_as_json(lambda request: request.media_type.endswith("+json")),
        wrong_type("application/vnd.api+json"),
    ),
    Defect(
        LAX,
        "any-application-type",
        "Any application type is taken for JSON.",
        reading_as_json(lambda request: request.media_type.startswith("application/")),
        wrong_type(XML_TYPE),
    ),
    Defect(
        LAX,
        "form-body",
        "A form is accepted like JSON.",
        other_parser("application/x-www-form-urlencoded", form),
        wrong_type("application/x-www-form-urlencoded", b"branch=main"),
    ),
    Defect(
        LAX,
        "multipart-body",
        "A multipart body is accepted, and ignored.",
        other_parser("multipart/form-data", lambda _: {}),
        wrong_type(
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="branch"\r\n\r\nmain\r\n--b--\r\n',
        ),
    ),
    Defect(
        LAX, "nan-as-null", "NaN is read as null.", parsing(nan_as_null), refused("parse-error", b'{"branch": NaN}')
    ),
    Defect(
        LAX,
        "trailing-data",
        "What follows the JSON value is ignored.",
        parsing(leading),
        refused("parse-error", b'{"branch": "main"} x'),
    ),
    Defect(
        LAX,
        "single-quotes",
        "A Python literal is accepted as JSON.",
        parsing(literal),
        refused("parse-error", b"{'branch': 'main'}"),
    ),
    Defect(
        LAX,
        "trailing-comma",
        "A comma after the last property is accepted.",
        parsing(lambda raw: strictly(re.sub(rb",\s*}", b"}", raw))),
        refused("parse-error", b'{"branch": "main",}'),
    ),
    Defect(
        LAX,
        "control-characters",
        "Line breaks inside JSON strings need no escape.",
        parsing(with_control_characters),
        refused("parse-error", b'{"branch": "a\nb"}'),
    ),
    Defect(
        LAX,
        "malformed-as-absent",
        "Malformed JSON is silently taken for no body.",
        parsing(lambda _: {}),
        refused("parse-error", BROKEN),
    ),
    Defect(
        LAX,
        "latin-1-fallback",
        "A body that is not UTF-8 is read as Latin-1.",
        parsing(lambda raw: strictly(raw.decode("latin-1").encode())),
        refused("parse-error", b'{"branch": "caf\xe9"}'),
    ),
    Defect(
        LAX,
        "bom-skipped",
        "A byte order mark in front of the JSON is skipped.",
        parsing(lambda raw: strictly(raw.removeprefix(b"\xef\xbb\xbf"))),
        refused("parse-error", b'\xef\xbb\xbf{"branch": "a"}'),
    ),
    Defect(
        LAX,
        "blank-body-as-absent",
        "A body of blanks is taken for no body.",
        wrapping("parse", lambda parse, raw: parse(raw) if raw.strip() else {}),
        refused("parse-error", b"  \n"),
    ),
    Defect(
        LAX,
        "null-body",
        "null is taken for no body.",
        wrapping("errors", lambda errors, body: errors({} if body is None else body)),
        (Step(build(b"null"), "invalid-body", {"errors": {"non_field_errors": [message("absent")]}}),),
    ),
    Defect(
        LAX,
        "array-body",
        "An array is taken for an object without properties.",
        wrapping("errors", lambda errors, body: errors({} if isinstance(body, list) else body)),
        invalid([], non_field_errors=message("object", type="list")),
    ),
    Defect(
        LAX,
        "scalar-body",
        "A string or a number as the body passes.",
        wrapping("errors", lambda errors, body: errors(body if isinstance(body, dict | list | None) else {})),
        invalid("main", non_field_errors=message("object", type="str")),
    ),
)
