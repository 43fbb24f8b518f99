"""JSON schemas at work: what a schema consists of, whether a value is valid, and what is wrong with it.

There is one opinion about validity: each schema is compiled once, by jsonschema-rs, as JSON Schema 2020-12.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from jsonschema_rs import Draft202012Validator, ValidationError

from mock_server.contract.document.references import Documents, Target
from mock_server.contract.schema.dialect import Dialect, Direction
from mock_server.contract.schema.violations import Violation, violations_of

Check = Callable[[Any], bool]

SCHEMAS = "#/components/schemas/"
ANNOTATIONS = frozenset({"$ref", "description", "summary", "title", "deprecated", "$comment", "xml", "externalDocs"})
"""Keys beside a reference that change nothing about values."""

TYPE_NAMES: Mapping[type, str] = {
    str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null", list: "array", dict: "object",
}  # fmt: skip
DEEPEST = 200
"""Levels of a value beyond which the validator does not go."""


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

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The JSON types of its values, in its order, as far as it tells: alternatives and `allOf` included."""
        found = [kind for part in self.all_parts for kind in _told(part.node)]
        return tuple(dict.fromkeys(found))

    @cached_property
    def known(self) -> Mapping[str, Schema]:
        """The properties that its objects may have by name, those of alternatives and `allOf` included."""
        found: dict[str, Schema] = {}
        for part in self.all_parts:
            for name, schema in part.properties.items():
                found.setdefault(name, schema)
        return found

    @cached_property
    def items_schema(self) -> Schema | None:
        """The schema of the items of its arrays, of whatever part has one."""
        return next((part.items for part in self.all_parts if part.items is not None), None)

    @cached_property
    def all_parts(self) -> tuple[Schema, ...]:
        """Itself, the parts of its `allOf` and its alternatives, and theirs; each once."""
        return self._parts_of("allOf", "oneOf", "anyOf")

    @cached_property
    def hidden(self) -> bool:
        """Whether its values do not travel this way: a property that is `readOnly` or `writeOnly`."""
        mark = "readOnly" if self.direction == "request" else "writeOnly"
        return any(part.node.get(mark) is True for part in self._parts_of("allOf"))

    @cached_property
    def subtypes(self) -> tuple[Schema, ...]:
        """The schemas that its discriminator leads to, where it has no alternatives of its own."""
        has_alternatives = "oneOf" in self.node or "anyOf" in self.node
        if not self.pointer or has_alternatives or not isinstance(self.node.get("discriminator"), Mapping):
            return ()
        return self.library.subtypes(self)

    def _parts_of(self, *keywords: str) -> tuple[Schema, ...]:
        found: dict[int, Schema] = {}
        waiting = [self]
        while waiting:
            part = waiting.pop(0)
            if id(part.node) not in found:
                found[id(part.node)] = part
                waiting += (each for key in keywords for each in part.parts(key))
        return tuple(found.values())

    def resolve(self, node: object) -> Schema:
        """The schema of any node inside this one. Raises BrokenReference."""
        return self.library.schema(node, self.base, self.direction)

    def property(self, name: str) -> Schema | None:
        """The schema of a property: its own, else that of all that have no name; None where none is known."""
        own = self.known.get(name)
        if own is None and isinstance(self.node.get("additionalProperties"), Mapping):
            return self.resolve(self.node["additionalProperties"])
        return own

    def parts(self, keyword: str) -> tuple[Schema, ...]:
        """The schemas of `allOf`, `anyOf` or `oneOf`."""
        nodes = self.node.get(keyword)
        return tuple(self.resolve(node) for node in nodes) if isinstance(nodes, list) else ()

    # ---- values

    @cached_property
    def check(self) -> Check:
        """A quick judgement of values that are plain JSON: no half surrogates, no endless nesting."""
        return self._validator.is_valid

    def is_valid(self, value: object) -> bool:
        """Whether a value satisfies the schema."""
        try:
            return self.check(value)
        except ValueError:  # half a surrogate, nested too deeply, or nothing that JSON has
            return self.check(_plain(value, DEEPEST))

    def violations(self, value: object) -> tuple[Violation, ...]:
        """Every point in which a value breaks the schema, in the order of its properties."""
        if self.is_valid(value):
            return ()
        try:
            errors = list(self._validator.iter_errors(value))
        except ValueError:
            errors = list(self._validator.iter_errors(_plain(value, DEEPEST)))
        found = tuple(violations_of(errors, value))
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
        self._dialect = Dialect(documents, is_31)
        self._schemas: dict[tuple[str, Direction | None], Schema] = {}

    def schema(self, node: object, base: str | None = None, direction: Direction | None = None) -> Schema:
        """The schema that a node stands for. Raises BrokenReference."""
        if self._is_31 and isinstance(node, Mapping) and "$ref" in node and not node.keys() <= ANNOTATIONS:
            return self._made(Target(_beside(node), base or self._documents.base), direction)
        target = self._documents.follow(node, base)
        if not target.pointer:
            return self._made(target, direction)
        key = target.uri, direction
        if key not in self._schemas:
            self._schemas[key] = self._made(target, direction)
        return self._schemas[key]

    def subtypes(self, schema: Schema) -> tuple[Schema, ...]:
        """The schemas that a discriminator's mapping names; without one, those that are built on the schema."""
        mapping = schema.node["discriminator"].get("mapping") or {}
        references = [where if "/" in where or "." in where else f"{SCHEMAS}{where}" for where in mapping.values()]
        found = references or self._built_on.get(schema.pointer, [])
        return tuple(self.schema({"$ref": each}, schema.base, schema.direction) for each in found)

    @cached_property
    def _built_on(self) -> Mapping[str, list[str]]:
        """References to the named schemas with the pointers of what they have in `allOf`."""
        found: dict[str, list[str]] = {}
        named = (self._documents.main.value.get("components") or {}).get("schemas") or {}
        for name, node in named.items():
            parts = node.get("allOf") if isinstance(node, Mapping) else ()
            for part in parts or ():
                pointer = self._documents.follow(part).pointer
                if pointer:
                    escaped = name.replace("~", "~0").replace("/", "~1")
                    found.setdefault(pointer, []).append(SCHEMAS + quote(escaped, safe="~"))
        return found

    def compile(self, schema: Schema) -> Draft202012Validator:
        """The validator of a schema; keywords that mean nothing as they stand are left out."""
        bundled = self._dialect.bundled(schema.node, schema.base, schema.direction)
        while True:
            try:
                return Draft202012Validator(bundled, validate_formats=True, formats=FORMATS)
            except ValidationError as error:
                *steps, keyword = error.instance_path
                at = bundled
                for step in steps:
                    at = at[step]
                del at[keyword]

    def _made(self, target: Target, direction: Direction | None) -> Schema:
        # Schemas may be `true` and `false` in OpenAPI 3.1.
        node = target.node if isinstance(target.node, Mapping) else {"not": {}} if target.node is False else {}
        return Schema(node, target.pointer, target.base, self, direction)


def _beside(node: Mapping[str, Any]) -> dict[str, object]:
    """A reference with other keywords beside it, which count too in OpenAPI 3.1, as one of the parts of `allOf`."""
    others = {key: value for key, value in node.items() if key != "$ref"}
    return {**others, "allOf": [*others.get("allOf", ()), {"$ref": node["$ref"]}]}


def _told(node: Mapping[str, Any]) -> Iterator[str]:
    """The JSON types that the keywords of a schema tell of."""
    kind = node.get("type")
    yield from kind if isinstance(kind, list) else [kind] if isinstance(kind, str) else ()
    if node.get("nullable") is True:
        yield "null"
    if kind is None:
        values = node.get("enum", [node["const"]] if "const" in node else ())
        yield from (TYPE_NAMES[type(value)] for value in values if type(value) in TYPE_NAMES)
        yield from ("object" for key in ("properties", "additionalProperties") if key in node)
        yield from ("array" for key in ("items",) if key in node)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


FORMATS: dict[str, Check] = {"byte": _is_base64}
"""The formats of OpenAPI that JSON Schema does not know."""


def _plain(value: object, levels: int) -> object:
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
