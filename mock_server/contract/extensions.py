"""What the kit's own `x-` extensions look like, of which OpenAPI's schema knows nothing; see docs/contract.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from mock_server.contract.document.source import Location
from mock_server.contract.expressions import Expression, ExpressionError

TEXT: Mapping[str, object] = {"type": "string", "minLength": 1}
TEXTS: Mapping[str, object] = {"type": "array", "items": TEXT}
MAPPING: Mapping[str, object] = {"type": "object"}
EXAMPLE: Mapping[str, object] = {
    "type": "object",
    "required": ["value"],
    "properties": {"status": {"type": "integer", "minimum": 200, "maximum": 599}},
}
LINK: Mapping[str, Any] = {
    "type": ["object", "null"],
    "required": ["level", "key", "otherwise"],
    "additionalProperties": TEXT,
}
LEVEL: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "list": TEXT,
        "keys": {**TEXTS, "minItems": 1},
        "within": {"type": ["string", "null"]},
        "of-caller": {"type": "boolean"},
        "same": TEXTS,
        "listed-by": LINK,
        "belongs-to": LINK,
        "states": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "no-state": {"type": ["string", "null"]},
        "properties": {"type": "object", "additionalProperties": {"type": "object"}},
        "required": TEXTS,
    },
}
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "x-content-encodings": TEXTS,
    "x-cors": {
        "type": "object",
        "properties": {
            "allow-headers": TEXTS,
            "allow-methods": TEXTS,
            "expose-headers": TEXTS,
            "max-age": {"type": "integer", "minimum": 0},
            "allow-credentials": {"type": "boolean"},
        },
    },
    "x-error": EXAMPLE,
    "x-faults": {
        "type": "object",
        "properties": {"x-source": True},
        "additionalProperties": {**EXAMPLE, "required": ["status", "value"]},
    },
    "x-headers": {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}},
    "x-keep": {"type": "boolean"},
    "x-messages": {"type": "object", "additionalProperties": TEXT},
    "x-mock": TEXT,
    "x-observed": TEXTS,
    "x-options-answer": MAPPING,
    "x-order-of-checks": TEXTS,
    "x-overwrites-stored-settings": {"type": "boolean"},
    "x-path-pattern": TEXT,
    "x-pattern": TEXT,
    "x-refused-with": TEXT,
    "x-resource": TEXT,
    "x-resources": {"type": "object", "properties": {"x-source": True}, "additionalProperties": LEVEL},
    "x-side-effect": TEXT,
    "x-source": TEXT,
    "x-typical-pattern": TEXT,
    "x-unique": {"type": "boolean"},
    "x-variables": MAPPING,
}
PATTERNS = ("x-path-pattern", "x-pattern")


def faults(node: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """What is wrong with the extensions of one mapping of a contract: each with its place inside, and a text."""
    for key, value in node.items():
        if key not in SCHEMAS:
            continue
        wrong = next(_validator(key).iter_errors(value), None)
        if wrong is not None:
            yield (key, *wrong.instance_path), wrong.message
        elif key in PATTERNS:
            try:
                Expression(value)
            except ExpressionError as error:
                yield (key,), f"{value!r} is no regular expression: {error}"


@lru_cache
def _validator(key: str) -> Draft202012Validator:
    return Draft202012Validator(dict(SCHEMAS[key]))
