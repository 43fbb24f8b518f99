"""OpenAPI's schemas as JSON Schema 2020-12: what OpenAPI 3.0 says in its own way is translated, references are kept.

A schema travels with all that it refers to, each part once, as `$defs`: so the validator, too, reads each part once.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from jsonschema_rs import Draft202012Validator, ValidationError

from mock_server.contract.document.references import Documents, Target
from mock_server.contract.schema.patterns import ecma_pattern

Direction = Literal["request", "answer"]
"""Which way values travel: `readOnly` properties are not asked for in requests, `writeOnly` ones not in answers."""

DEEPEST = 200
"""Levels of `allOf` beyond which nobody looks."""

# Keywords by what stands in them.
ONE = frozenset({
    "items", "not", "additionalProperties", "contains", "propertyNames", "if", "then", "else", "additionalItems",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
PLAIN_30 = frozenset({
    "type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required",
    "format",
})  # fmt: skip
PLAIN_31 = PLAIN_30 | {"const", "maxContains", "minContains", "dependentRequired"}
INTEGERS: Mapping[str, int] = {"int32": 31, "int64": 63}


class Dialect:
    """Translates the schemas of one contract.

    Args:
        documents: where references lead.
        is_31: whether schemas are JSON Schema 2020-12 (OpenAPI 3.1), and not OpenAPI 3.0's own dialect.
    """

    def __init__(self, documents: Documents, is_31: bool) -> None:
        self._documents = documents
        self._is_31 = is_31
        self._named: dict[tuple[str, Direction | None], _Definition] = {}

    def bundled(self, node: object, base: str, direction: Direction | None) -> Any:
        """A schema with all that it refers to. Raises BrokenReference."""
        at = _At(base, direction, {})
        translated = self._translate(node, at)
        reached, waiting = dict(at.named), list(at.named.values())
        while waiting:
            definition = waiting.pop()
            if definition.schema is None:
                definition.schema = self._translate(definition.target.node, definition.at)
            new = {name: each for name, each in definition.at.named.items() if name not in reached}
            reached |= new
            waiting += new.values()
        return {**translated, "$defs": {name: each.schema for name, each in reached.items()}} if reached else translated

    def _define(self, reference: str, at: _At) -> str:
        """The name of what a reference leads to."""
        target = self._documents.follow({"$ref": reference}, at.base)
        key = target.uri, at.direction
        if key not in self._named:
            self._named[key] = _Definition(f"s{len(self._named)}", target, _At(target.base, at.direction, {}))
        definition = self._named[key]
        at.named[definition.name] = definition
        return definition.name

    def _translate(self, node: object, at: _At, unasked: frozenset[str] = frozenset()) -> Any:
        """A schema in the validator's dialect; `unasked` are properties that what it is a part of does not ask for."""
        if not isinstance(node, Mapping):
            return node if isinstance(node, bool) else {}
        result: dict[str, object] = {}
        if isinstance(node.get("$ref"), str):
            result["$ref"] = f"#/$defs/{self._define(node['$ref'], at)}"
            if not self._is_31:
                return result
        if at.direction and ("required" in node or "allOf" in node):
            unasked |= self._unasked(node, at.base, "readOnly" if at.direction == "request" else "writeOnly")
        result |= self._keywords(node, at, unasked)
        self._adapt(node, result)
        if unasked and isinstance(node.get("required"), list):
            result["required"] = [name for name in node["required"] if name not in unasked]
        return result

    def _keywords(self, node: Mapping[str, object], at: _At, unasked: frozenset[str]) -> dict[str, object]:
        plain = PLAIN_31 if self._is_31 else PLAIN_30
        result: dict[str, object] = {}
        for key, value in node.items():
            if key in ONE:
                result[key] = self._translate(value, at)
            elif key == "allOf" and isinstance(value, list) and value:
                result[key] = [self._part(item, at, unasked) for item in value]
            elif key in SEVERAL and isinstance(value, list) and value:
                result[key] = [self._translate(item, at) for item in value]
            elif key in NAMED and isinstance(value, Mapping):
                result[key] = {name: self._translate(item, at) for name, item in value.items()}
            elif key == "required" and isinstance(value, list):
                result[key] = list(dict.fromkeys(value))
            elif key in plain:
                result[key] = value
        return result

    def _part(self, node: object, at: _At, unasked: frozenset[str]) -> object:
        """A part of `allOf`: in its place where it asks for what another part says is not to be asked for."""
        target = self._documents.follow(node, at.base) if unasked else None
        if target is None or not isinstance(target.node, Mapping) or not target.pointer:
            return self._translate(node, at, unasked)
        if not unasked & {*map(str, target.node.get("required", ()))}:
            return self._translate(node, at)
        return self._translate(target.node, _At(target.base, at.direction, at.named), unasked)

    def _adapt(self, node: Mapping[str, Any], result: dict[str, Any]) -> None:
        """What OpenAPI 3.0 says in its own way, and what the validator would stumble over."""
        if not self._is_31:
            _nullable(node, result)
        for limit, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if isinstance(node.get(strict), bool):
                del result[strict]
                if node[strict] and limit in node:
                    result[strict] = result.pop(limit)
        if isinstance(node.get("enum"), list) and node.get("type") == "string":
            result["enum"] = as_texts(node["enum"])
        bits = INTEGERS.get(str(node.get("format")))
        if bits and node.get("type") in ("integer", "number"):
            result["allOf"] = [*result.get("allOf", ()), {"minimum": -(2**bits), "maximum": 2**bits - 1}]
        if "pattern" in node:
            result["pattern"] = ecma_pattern(str(node["pattern"]))
            if not is_pattern(str(node["pattern"])):
                del result["pattern"]

    def _unasked(self, node: Mapping[str, Any], base: str, mark: str, depth: int = 0) -> frozenset[str]:
        """The properties with a mark, those of `allOf` included."""
        found: set[str] = set()
        for name, part in (node.get("properties") or {}).items():
            if self._is_marked(part, base, mark):
                found.add(name)
        for part in node.get("allOf", ()) if depth < DEEPEST else ():
            target: Target = self._documents.follow(part, base)
            found |= self._unasked(target.node, target.base, mark, depth + 1)
        return frozenset(found)

    def _is_marked(self, node: object, base: str, mark: str, depth: int = 0) -> bool:
        """Whether a schema, or a part of its `allOf`, has a mark."""
        target = self._documents.follow(node, base)
        if not isinstance(target.node, Mapping) or depth > DEEPEST:
            return False
        parts = target.node.get("allOf", ())
        return target.node.get(mark) is True or any(
            self._is_marked(part, target.base, mark, depth + 1) for part in parts
        )


@dataclass(frozen=True, slots=True)
class _At:
    """Where a schema stands, which way its values travel, and what it refers to, by name."""

    base: str
    direction: Direction | None
    named: dict[str, _Definition]


@dataclass(slots=True)
class _Definition:
    """A schema that others refer to; it is translated when the first that reaches it is compiled."""

    name: str
    target: Target
    at: _At
    schema: object = None


def _nullable(node: Mapping[str, object], result: dict[str, object]) -> None:
    if node.get("nullable") is not True:
        return
    if isinstance(node.get("type"), str):
        result["type"] = [node["type"], "null"]
    elif any(key in result for key in SEVERAL):
        # Beside alternatives that know no null, it is what authors of such contracts mean.
        inner = dict(result)
        result.clear()
        result["anyOf"] = [{"type": "null"}, inner]


def as_texts(values: list[object]) -> list[object]:
    """The values that a text may have, where authors left out the quotes: `enum: [1, true]`."""
    return [json.dumps(value) if isinstance(value, bool | int | float) else value for value in values]


@lru_cache(maxsize=10_000)
def is_pattern(pattern: str) -> bool:
    """Whether a pattern is one that can be checked."""
    with contextlib.suppress(ValidationError, ValueError, TypeError):
        Draft202012Validator({"pattern": ecma_pattern(pattern)})
        return True
    return False
