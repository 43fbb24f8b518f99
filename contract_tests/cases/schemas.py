"""JSON schemas of the contract at work: is a value valid, what is wrong with it, and what would a valid one be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from openapi_schema_validator import OAS30Validator

SAMPLES = ("main", "sample", "a", "1", "abcdefgh", "a" * 32, "2026-11-22", "2026-11-22T10:00:00Z", "a@example.com")
FORMATS: Mapping[str, str] = {
    "date": "2026-11-22",
    "date-time": "2026-11-22T10:00:00Z",
    "email": "ci@example.com",
    "uri": "https://example.com/",
    "uuid": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "ipv4": "192.0.2.1",
    "byte": "YQ==",
}


class Validator:
    """Compiled once for each schema; says what is wrong with a value in one line."""

    def __init__(self, node: Mapping[str, Any], components: Mapping[str, Any] | None = None) -> None:
        root = {**node, "components": components} if components is not None else dict(node)
        self._validator = OAS30Validator(root)

    def problem(self, value: Any) -> str | None:
        error = next(iter(self._validator.iter_errors(value)), None)
        if error is None:
            return None
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda child: len(child.absolute_path))
        at = "/".join(str(step) for step in deepest.absolute_path)
        return f"{at or 'the answer'}: {deepest.message[:200]}"


_validators: dict[str, Validator] = {}


def is_valid(node: Mapping[str, Any], value: Any) -> bool:
    """Whether a value satisfies a schema."""
    key = json.dumps(node, sort_keys=True, default=str)
    if key not in _validators:
        _validators[key] = Validator(node)
    return _validators[key].problem(value) is None


def sample(node: Mapping[str, Any]) -> Any:  # noqa: C901 - one line a keyword
    """A plain valid value of a schema, always the same."""
    for key in ("example", "default"):
        if key in node:
            return node[key]
    if "enum" in node:
        return next((value for value in node["enum"] if value is not None), None)
    for key in ("allOf", "oneOf", "anyOf"):
        if key in node:
            parts = [sample(part) for part in node[key]]
            if key == "allOf" and all(isinstance(part, dict) for part in parts):
                return {name: value for part in parts for name, value in part.items()}
            return parts[0]
    match node.get("type"):
        case "object":
            required = node.get("required", ())
            return {name: sample(child) for name, child in node.get("properties", {}).items() if name in required}
        case "array":
            return [sample(node.get("items", {})) for _ in range(node.get("minItems", 0))]
        case "integer" | "number":
            return _number(node)
        case "boolean":
            return True
    return _text(node)


def _number(node: Mapping[str, Any]) -> int | float:
    low = node.get("minimum", 1 if node.get("maximum", 1) >= 1 else node.get("maximum", 1))
    step = node.get("multipleOf", 1)
    value = low + (step if node.get("exclusiveMinimum") is True else 0)
    remainder = value % step
    result: int | float = value if not remainder else value + step - remainder
    return result


def _text(node: Mapping[str, Any]) -> str:
    if node.get("format") in FORMATS:
        return FORMATS[str(node["format"])]
    lengths: tuple[int, int] = (node.get("minLength", 0), node.get("maxLength", 1 << 20))
    for text in SAMPLES:
        fitted = text.ljust(lengths[0], "a")[: lengths[1]]
        if re.search(node.get("pattern", ""), fitted):
            return str(fitted)
    return "a" * max(1, lengths[0])
