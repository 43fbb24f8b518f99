"""What the contract says about a value that breaks its schema: its own words (`x-messages`), or ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mock_server.contract.model import Contract
from mock_server.contract.schema.schemas import TYPE_NAMES, Schema
from mock_server.contract.schema.violations import Violation

Problems = dict[str, list[str]]
"""Messages by field; `non_field_errors` holds what concerns the body as a whole."""

NON_FIELD = "non_field_errors"

FALLBACK_MESSAGES: Mapping[str, str] = {
    "required": "This property is required.",
    "enum": "{value} is not one of the values allowed.",
    "maxLength": "Must have at most {limit} characters.",
    "minLength": "Must have at least {limit} characters.",
    "pattern": "Does not match the pattern {limit}.",
    "surrogate": "Half of a surrogate pair is no text: U+{code_point}.",
    "string": "Must be a text.",
    "type": "Must be of type {limit}.",
    "object": "Must be of type {limit}, not {type}.",
    "minimum": "Must be at least {limit}.",
    "maximum": "Must be at most {limit}.",
    "exclusiveMinimum": "Must be above {limit}.",
    "exclusiveMaximum": "Must be below {limit}.",
    "multipleOf": "Must be a multiple of {limit}.",
    "minItems": "Must have at least {limit} items.",
    "maxItems": "Must have at most {limit} items.",
    "uniqueItems": "No two items may be the same.",
    "minProperties": "Must have at least {limit} properties.",
    "maxProperties": "Must have at most {limit} properties.",
    "format": "Must be of format {limit}.",
    "const": "Must be {limit}.",
    "additionalProperties": "Has properties that are not allowed: {limit}.",
    "oneOf": "Must be exactly one of the alternatives.",
    "anyOf": "Must be one of the alternatives.",
    "falseSchema": "Must not be there.",
    "not": "Is what is not allowed.",
    "absent": "A body is required.",
    "json": "JSON parse error - {reason}",
    "multipart": "Multipart form parse error - {reason}",
}
"""Texts for a contract that has no `x-messages` of its own."""


def message(contract: Contract, kind: str, /, **values: object) -> str:
    """The contract's text for a kind of violation, with the variable parts filled in."""
    template = contract.messages.get(kind) or FALLBACK_MESSAGES.get(kind) or "Does not satisfy {kind}: {limit}."
    return re.sub(r"\{(\w+)\}", lambda part: str({**values, "kind": kind}.get(part[1], part[0])), template)


def problems(contract: Contract, schema: Schema, value: object) -> Problems:
    """What the contract says about each invalid field; empty where the value is valid."""
    found: Problems = {}
    for violation in schema.violations(value):
        for field, text in _explained(contract, violation):
            texts = found.setdefault(field, [])
            if text not in texts:
                texts.append(text)
    for field, text in _surrogates(contract, schema, value):
        found.setdefault(field, []).append(text)
    return found


def _explained(contract: Contract, violation: Violation) -> Iterator[tuple[str, str]]:
    at = ".".join(str(step) for step in violation.path) or NON_FIELD
    value, rule = violation.value, violation.rule
    if violation.keyword == "required":
        yield ".".join(map(str, (*violation.path, rule))), message(contract, "required")
    elif violation.keyword == "type" and at == NON_FIELD:
        kind = "absent" if value is None else "object"
        # A contract's own words are those of its provider's Python.
        named = type(value).__name__ if kind in contract.messages else TYPE_NAMES.get(type(value), "something else")
        yield at, message(contract, kind, type=named, limit=_words(rule))
    elif violation.keyword == "type" and "string" in rule:
        yield at, message(contract, "string")
    elif violation.keyword == "pattern":
        yield at, message(contract, _broken_text(contract, value), value=value, limit=rule)
    else:
        yield at, message(contract, violation.keyword, value=value, limit=_words(rule))


def _broken_text(contract: Contract, value: str) -> str:
    """Which of the contract's texts tells best what is wrong with a text that its pattern does not allow."""
    kind = "blank" if not value.strip() else "nul" if "\0" in value else "pattern"
    return kind if kind in contract.messages else "pattern"


def _surrogates(contract: Contract, schema: Schema, value: object) -> Iterator[tuple[str, str]]:
    """Lone surrogates are no text, whatever a schema says; free-form properties are left alone."""
    if not isinstance(value, dict):
        return
    for name, text in value.items():
        part = schema.properties.get(name) if isinstance(text, str) and not text.isascii() else None
        lone = re.search(r"[\ud800-\udfff]", text) if part and "enum" not in part.node else None
        if lone:
            yield name, message(contract, "surrogate", code_point=f"{ord(lone[0]):X}")


def _words(rule: object) -> str:
    return " or ".join(map(str, rule)) if isinstance(rule, list) else str(rule)
