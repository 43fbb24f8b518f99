"""Whether an answer is one that the contract documents: status, media type, headers, schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.transport.answer import DECODED, Answer
from mock_server.contract.model import Example, Header, MediaType, Response
from mock_server.contract.schema.schemas import Schema

JSON_ENDINGS = ("/json", "+json")
LONGEST_MESSAGE = 200
METHOD_NOT_ALLOWED = 405
SAFE_CHARSETS = ("", "utf-8", "utf8", "us-ascii")


class NotJson(Exception):
    """The body is not one JSON value in UTF-8."""


def shape_problems(
    under_test: OperationUnderTest, answer: Answer, method: str, exception: Example | None = None
) -> Iterator[Problem]:
    """What the contract's description of this status does not allow about an answer.

    `exception` is the named example that the answer is, where its headers differ from the response's own.
    """
    response = under_test.operation.response(answer.status)
    allow = answer.header("Allow") if answer.status == METHOD_NOT_ALLOWED else None
    missing = set(under_test.item.operations) - {name.strip().upper() for name in (allow or "").split(",")}
    if allow is not None and missing:
        yield Problem(
            "answer-header", f"Allow with {', '.join(sorted(missing))}, which it has", f"Allow: {allow[:100]}"
        )
    if response is None:
        return
    yield from _headers(under_test, response, answer, exception)
    if method == "HEAD":
        return
    yield from _content(under_test, response, answer)


def read_json(answer: Answer) -> Any:
    """The JSON value of an answer, read strictly.

    Raises:
        NotJson: it is not one JSON value in UTF-8; the text says why.
    """
    try:
        text = answer.body.decode("utf-8")
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise NotJson("nested too deep") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


# ---- content


def _content(under_test: OperationUnderTest, response: Response, answer: Answer) -> Iterator[Problem]:
    documented = {media.name.split(";")[0].strip().lower(): media for media in response.content}
    if not documented:
        return
    ranges = (answer.media_type, f"{answer.media_type.partition('/')[0]}/*", "*/*")
    known = next((documented[name] for name in ranges if name in documented), None)
    if known is None:
        found = answer.header("Content-Type")
        yield Problem("answer-media-type", " or ".join(documented), "no Content-Type" if found is None else found)
        return
    if len([1 for name, _ in answer.headers if name.lower() == "content-type"]) > 1:
        yield Problem("answer-media-type", "one Content-Type", "several")
    charset = _charset(answer)
    if charset not in SAFE_CHARSETS:
        yield Problem("answer-media-type", "UTF-8", f"charset={charset}")
    if answer.media_type.endswith(JSON_ENDINGS):
        yield from _value(known, response, answer)


def _value(known: MediaType, response: Response, answer: Answer) -> Iterator[Problem]:
    """The body as JSON, and by its schema."""
    encoding = answer.header("Content-Encoding") or "identity"
    if encoding.lower() not in (*DECODED, "identity"):
        yield Problem("answer-not-json", "a plain body: no encoding was asked for", encoding)
        return
    try:
        value = read_json(answer)
    except NotJson as error:
        yield Problem("answer-not-json", "one JSON value in UTF-8", f"{error}: {_excerpt(answer.body)}")
        return
    problem = (_breach(known.schema, value) or _written_only(known.schema, value)) if known.schema else None
    if problem is not None:
        expected = f"the schema of status {response.status}"
        yield Problem("answer-schema", expected, f"{problem}; {_excerpt(answer.body)}")


def _charset(answer: Answer) -> str:
    for part in (answer.header("Content-Type") or "").split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def _excerpt(body: bytes) -> str:
    return body[:120].decode("utf-8", "replace")


def _breach(schema: Schema, value: Any) -> str | None:
    """The first point in which a value breaks its schema."""
    for violation in schema.violations(value):
        at = "/".join(str(step) for step in violation.path)
        return f"{at or 'the answer'}: {violation.message[:LONGEST_MESSAGE]}"
    return None


def _written_only(schema: Schema, value: Any, at: str = "") -> str | None:
    """The first property of an answer that only requests have (`writeOnly`)."""
    if isinstance(value, list):
        items = schema.items
        found = (_written_only(items, item, f"{at}/{index}") for index, item in enumerate(value)) if items else ()
        return next((one for one in found if one), None)
    for name, part in schema.properties.items() if isinstance(value, dict) else ():
        if name in value and part.node.get("writeOnly"):
            return f"{at}/{name}: it is writeOnly"
        deeper = _written_only(part, value[name], f"{at}/{name}") if name in value else None
        if deeper:
            return deeper
    return None


# ---- headers


def _headers(
    under_test: OperationUnderTest, response: Response, answer: Answer, exception: Example | None
) -> Iterator[Problem]:
    other = exception.headers if exception is not None else {}
    for header in response.headers:
        value = answer.header(header.name)
        if value is None:
            if header.required and header.name not in other:
                yield Problem("answer-header", f"the header {header.name}", "it is absent")
        elif header.name not in other:
            yield from _header_value(under_test, header, value)


def _header_value(under_test: OperationUnderTest, header: Header, value: str) -> Iterator[Problem]:
    is_text = header.schema is not None and header.schema.node.get("type", "string") == "string"
    if header.schema is not None and is_text and not header.schema.is_valid(value):
        yield Problem("answer-header", f"a documented value of {header.name}", value[:100])
    if header.name.lower() == "allow":
        named = {method.strip().upper() for method in value.split(",")}
        documented = set(under_test.item.operations)
        wrong = (documented - named) | (named - documented - {"OPTIONS", "HEAD"})
        if "HEAD" in named and not documented & {"GET", "HEAD"}:
            wrong.add("HEAD")
        if wrong:
            yield Problem("answer-header", f"Allow: {', '.join(sorted(documented))}", f"Allow: {value[:100]}")
