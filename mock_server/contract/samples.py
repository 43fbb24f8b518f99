"""A deterministic value for any schema, where the contract gives no example."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from rstr import Rstr

DEEPEST = 6

FORMATS: Mapping[str, str] = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def sample(schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that satisfies the schema wherever its keywords can be met one by one; always the same one."""
    for key in ("example", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return sample(schema[key][0], depth)
    if schema.get("allOf"):
        return sample(_merged(schema), depth)
    makers: Mapping[str, Callable[[Mapping[str, Any], int], Any]] = {
        "object": _an_object,
        "array": _an_array,
        "string": lambda schema, _depth: _a_text(schema),
        "integer": lambda schema, _depth: math.ceil(_a_number(schema, 1)),
        "number": lambda schema, _depth: _a_number(schema, 0.5),
        "boolean": lambda _schema, _depth: True,
    }
    maker = makers.get(str(schema.get("type", "object" if "properties" in schema else "")))
    return maker(schema, depth) if maker else {}


def _merged(schema: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        part = _merged(part) if part.get("allOf") else part
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", ()), *part.get("required", ())]
        merged = {**merged, **part, "properties": properties, "required": required}
    return {key: value for key, value in merged.items() if value not in ({}, [])}


def _an_object(schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    # A schema that leads back into itself ends where it may.
    names = [name for name in properties if name in required or (depth < DEEPEST and "$ref" not in properties[name])]
    return {name: sample(properties[name], depth + 1) for name in names}


def _an_array(schema: Mapping[str, Any], depth: int) -> list[Any]:
    is_recursive = "$ref" in schema.get("items", {})
    count = max(schema.get("minItems", 0), 1 if depth < DEEPEST and not is_recursive else 0)
    return [sample(schema.get("items", {}), depth + 1) for _ in range(count)]


def _a_text(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema:
        texts = Rstr(random.Random(0))  # noqa: S311 - a fixed seed, no secret
        return str(texts.xeger(schema["pattern"]))
    text = FORMATS.get(schema.get("format", ""), "string")
    shortest = schema.get("minLength", 0)
    return text.ljust(shortest, "x")[: max(shortest, schema.get("maxLength", len(text)))]


def _a_number(schema: Mapping[str, Any], usual: float) -> float:
    step = schema.get("multipleOf", 1 if usual == 1 else 0.5)
    lowest = schema.get("minimum", -math.inf)
    highest = schema.get("maximum", math.inf)
    value: float = math.ceil(min(max(usual, lowest), highest) / step) * step
    if schema.get("exclusiveMinimum") and value <= lowest:
        value += step
    if value > highest or (schema.get("exclusiveMaximum") and value >= highest):
        value -= step
    return value
