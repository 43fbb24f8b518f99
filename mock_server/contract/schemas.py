"""JSON schemas at work: what a schema consists of, whether a value is valid, and what is wrong with it.

There is one opinion about validity: each schema is compiled once, by jsonschema-rs, as JSON Schema 2020-12. What
OpenAPI 3.0 says in its own way is translated then; what a reference names is translated when the validator asks for it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from jsonschema_rs import Draft202012Validator, ValidationError

from mock_server.contract.references import Documents, Target

Direction = Literal["request", "answer"]
"""Which way values travel: `readOnly` properties are not asked for in requests, `writeOnly` ones not in answers."""
Check = Callable[[Any], bool]

DEEPEST = 200
"""Levels of a value beyond which the validator does not go."""

# Keywords by what stands in them.
ONE = frozenset({
    "items", "not", "additionalProperties", "contains", "propertyNames", "if", "then", "else", "additionalItems",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
PLAIN_30 = frozenset({
    "type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required",
    "format",
})  # fmt: skip
PLAIN_31 = PLAIN_30 | {"const", "maxContains", "minContains", "dependentRequired"}
INTEGERS: Mapping[str, int] = {"int32": 31, "int64": 63}


@dataclass(frozen=True, slots=True)
class Violation:
    """One point in which a value breaks a schema.

    Attributes:
        path: the keys and indices that lead to the part of the value that is wrong.
        keyword: the keyword that is broken.
        rule: what the keyword says; for `required` the missing property, for `type` the allowed types.
        value: that part of the value, as it was given.
        message: what is wrong, in plain English.
        schema_path: the keys that lead to the keyword inside the schema.
    """

    path: tuple[str | int, ...]
    keyword: str
    rule: Any
    value: Any
    message: str
    schema_path: tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Schema:
    """A JSON schema of the contract.

    Attributes:
        node: the schema, its own reference followed; references inside are left as they are.
        pointer: where the reference led, e.g. `/components/schemas/Event`; empty where the schema stands in its place.
    """

    node: Mapping[str, Any]
    pointer: str
    base: str = field(repr=False)
    library: SchemaLibrary = field(repr=False, compare=False)
    direction: Direction | None = None

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        found = self.node.get("properties")
        return {name: self.resolve(node) for name, node in found.items()} if isinstance(found, Mapping) else {}

    @cached_property
    def items(self) -> Schema | None:
        node = self.node.get("items")
        return self.resolve(node) if isinstance(node, Mapping) else None

    def resolve(self, node: Any) -> Schema:
        """The schema of any node inside this one. Raises BrokenReference."""
        return self.library.schema(node, self.base, self.direction)

    def parts(self, keyword: str) -> tuple[Schema, ...]:
        """The schemas of `allOf`, `anyOf` or `oneOf`."""
        nodes = self.node.get(keyword)
        return tuple(self.resolve(node) for node in nodes) if isinstance(nodes, list) else ()

    # ---- values

    @cached_property
    def check(self) -> Check:
        """A quick judgement of values that are plain JSON: no half surrogates, no endless nesting."""
        return self._validator.is_valid

    def is_valid(self, value: Any) -> bool:
        """Whether a value satisfies the schema."""
        try:
            return self.check(value)
        except ValueError:  # half a surrogate, nested too deeply, or nothing that JSON has
            return self.check(_plain(value, DEEPEST))

    def violations(self, value: Any) -> tuple[Violation, ...]:
        """Every point in which a value breaks the schema, in the order of its properties."""
        try:
            errors = list(self._validator.iter_errors(value))
        except ValueError:
            errors = list(self._validator.iter_errors(_plain(value, DEEPEST)))
        found = [_violation(error, value) for error in errors]
        too_long = {violation.path for violation in found if violation.keyword == "maxLength"}
        # A text beyond its length is refused for that alone; one that is no choice at all, for that alone.
        no_choice = {violation.path for violation in found if violation.keyword == "enum"}
        kept = (
            each
            for each in found
            if not (each.keyword == "pattern" and each.path in too_long)
            and not (each.keyword == "type" and each.path in no_choice)
        )
        return tuple(sorted(kept, key=self._rank))

    def _rank(self, violation: Violation) -> tuple[int, int]:
        names = self._order
        field_name = str(violation.path[0]) if violation.path else ""
        return names.get(field_name, len(names)), 0 if violation.keyword == "maxLength" else 1

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {name: index for index, name in enumerate(self.node.get("properties", ()))}

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return self.library.compile(self)


class SchemaLibrary:
    """The schemas of one contract, each made once.

    Args:
        documents: where references lead.
        is_31: whether schemas are JSON Schema 2020-12 (OpenAPI 3.1), and not OpenAPI 3.0's own dialect.
    """

    def __init__(self, documents: Documents, is_31: bool = False) -> None:
        self._documents = documents
        self._is_31 = is_31
        self._schemas: dict[tuple[str, Direction | None], Schema] = {}
        self._addresses: dict[str, Schema] = {}
        self._translated: dict[str, Any] = {}

    def schema(self, node: Any, base: str | None = None, direction: Direction | None = None) -> Schema:
        """The schema that a node stands for. Raises BrokenReference."""
        target = self._documents.follow(node, base)
        if not target.pointer:
            return self._made(target, direction)
        key = target.uri, direction
        if key not in self._schemas:
            self._schemas[key] = self._made(target, direction)
        return self._schemas[key]

    def compile(self, schema: Schema) -> Draft202012Validator:
        return Draft202012Validator(
            self._translate(schema.node, schema.base, schema.direction),
            retriever=self._retrieve,
            validate_formats=True,
            formats=FORMATS,
        )

    def _made(self, target: Target, direction: Direction | None) -> Schema:
        # Schemas may be `true` and `false` in OpenAPI 3.1.
        node = target.node if isinstance(target.node, Mapping) else {"not": {}} if target.node is False else {}
        return Schema(node, target.pointer, target.base, self, direction)

    # ---- OpenAPI's schemas as JSON Schema 2020-12

    def _retrieve(self, uri: str) -> Any:
        """The translated schema that a reference names, by the address that `_reference` gave it."""
        if uri not in self._translated:
            schema = self._addresses[uri]
            self._translated[uri] = self._translate(schema.node, schema.base, schema.direction)
        return self._translated[uri]

    def _reference(self, reference: str, base: str, direction: Direction | None) -> str:
        target = self._documents.target(reference, base)
        schema = self.schema({"$ref": reference}, base, direction)
        address = f"contract:/{direction or 'any'}/{binascii.hexlify(target.uri.encode()).decode()}"
        self._addresses[address] = schema
        return address

    def _translate(self, node: Any, base: str, direction: Direction | None) -> Any:
        if not isinstance(node, Mapping):
            return node if isinstance(node, bool) else {}
        result: dict[str, Any] = {}
        if isinstance(node.get("$ref"), str):
            result["$ref"] = self._reference(node["$ref"], base, direction)
            if not self._is_31:
                return result
        plain = PLAIN_31 if self._is_31 else PLAIN_30
        for key, value in node.items():
            if key in ONE:
                result[key] = self._translate(value, base, direction)
            elif key in SEVERAL and isinstance(value, list) and value:
                result[key] = [self._translate(item, base, direction) for item in value]
            elif key in NAMED and isinstance(value, Mapping):
                result[key] = {name: self._translate(item, base, direction) for name, item in value.items()}
            elif key in plain:
                result[key] = value
        self._adapt(node, result)
        if direction and isinstance(node.get("required"), list):
            unasked = self._unasked(node, base, "readOnly" if direction == "request" else "writeOnly")
            result["required"] = [name for name in node["required"] if name not in unasked]
        return result

    def _adapt(self, node: Mapping[str, Any], result: dict[str, Any]) -> None:
        """What OpenAPI 3.0 says in its own way, and what the validator would stumble over."""
        if not self._is_31:
            _nullable(node, result)
            for limit, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
                if isinstance(node.get(strict), bool):
                    del result[strict]
                    if node[strict] and limit in node:
                        result[strict] = result.pop(limit)
        bits = INTEGERS.get(str(node.get("format")))
        if bits and node.get("type") in ("integer", "number"):
            result["allOf"] = [*result.get("allOf", ()), {"minimum": -(2**bits), "maximum": 2**bits - 1}]
        if "pattern" in node and not is_pattern(node["pattern"]):
            del result["pattern"]

    def _unasked(self, node: Mapping[str, Any], base: str, mark: str, depth: int = 0) -> frozenset[str]:
        """The properties with a mark, those of `allOf` included."""
        found: set[str] = set()
        for name, part in (node.get("properties") or {}).items():
            if self._documents.follow(part, base).node.get(mark) is True:
                found.add(name)
        for part in node.get("allOf", ()) if depth < DEEPEST else ():
            target = self._documents.follow(part, base)
            found |= self._unasked(target.node, target.base, mark, depth + 1)
        return frozenset(found)


def _nullable(node: Mapping[str, Any], result: dict[str, Any]) -> None:
    if node.get("nullable") is not True:
        return
    if isinstance(node.get("type"), str):
        result["type"] = [node["type"], "null"]
    elif any(key in result for key in SEVERAL):
        # Beside alternatives that know no null, it is what authors of such contracts mean.
        inner = dict(result)
        result.clear()
        result["anyOf"] = [{"type": "null"}, inner]


@lru_cache(maxsize=10_000)
def is_pattern(pattern: str) -> bool:
    """Whether a pattern is one that can be checked."""
    with contextlib.suppress(ValidationError, ValueError, TypeError):
        Draft202012Validator({"pattern": pattern})
        return True
    return False


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


FORMATS: dict[str, Check] = {"byte": _is_base64}
"""The formats of OpenAPI that JSON Schema does not know."""


def located(value: Any, steps: Iterable[str | int]) -> tuple[tuple[str | int, ...], Any]:
    """The keys that lead to a part of a value, and the part; the validator gives keys of digits as numbers."""
    path: list[str | int] = []
    for step in steps:
        key = str(step) if isinstance(value, Mapping) else step
        path.append(key)
        value = value[key]
    return tuple(path), value


def _violation(error: ValidationError, value: Any) -> Violation:
    path, part = located(value, error.instance_path)
    return Violation(path, error.kind.name, error.kind.value, part, error.message, tuple(error.schema_path))


def _plain(value: Any, levels: int) -> Any:
    """The value as JSON has it: texts without half surrogates, no endless nesting, a file's bytes as an object."""
    if isinstance(value, str):
        return re.sub(r"[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {str(_plain(key, levels)): _plain(item, levels - 1) for key, item in value.items()} if levels else {}
    if isinstance(value, list | tuple):
        return [_plain(item, levels - 1) for item in value] if levels else []
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float) else {}
