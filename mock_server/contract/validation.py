"""Whether a value satisfies the contract, and what the contract says where it does not.

A schema is compiled once. OpenAPI 3.0 schemas are JSON Schema draft 4 but for `nullable`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from mock_server.contract.model import Contract, Schema

Problems = dict[str, list[str]]
"""Messages by field; `non_field_errors` holds what concerns the body as a whole."""

NON_FIELD = "non_field_errors"
DOCUMENT = "contract:"

FALLBACK_MESSAGES: Mapping[str, str] = {
    "required": "This field is required.",
    "enum": "“{value}” is not a valid choice.",
    "maxLength": "Ensure this field has no more than {limit} characters.",
    "minLength": "Ensure this field has at least {limit} characters.",
    "blank": "This field may not be blank.",
    "nul": "Null characters are not allowed.",
    "surrogate": "Surrogate characters are not allowed: U+{code_point}.",
    "string": "Not a valid string.",
    "object": "Invalid data. Expected a dictionary, but got {type}.",
    "absent": "No data provided",
    "json": "JSON parse error - {reason}",
    "multipart": "Multipart form parse error - {reason}",
}
"""Texts for a contract that has no `x-messages` of its own."""


def message(contract: Contract, kind: str, /, **values: object) -> str:
    """The contract's text for a kind of violation, with the variable parts filled in."""
    template = contract.messages.get(kind) or FALLBACK_MESSAGES.get(kind) or "Does not satisfy {kind}."
    return re.sub(r"\{(\w+)\}", lambda part: str({**values, "kind": kind}.get(part[1], part[0])), template)


class Validator:
    """Judges values by the schemas of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        document = as_draft4({"components": contract.document.get("components", {})})
        resource = Resource.from_contents(document, default_specification=DRAFT4)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
        self._compiled: dict[int, tuple[Schema, Draft4Validator]] = {}

    def errors(self, schema: Schema, value: Any) -> list[ValidationError]:
        """Every violation, in the order of the schema's properties."""
        order = {name: index for index, name in enumerate(schema.node.get("properties", {}))}

        def rank(error: ValidationError) -> tuple[int, int]:
            field = error.absolute_path[0] if error.absolute_path else ""
            return order.get(str(field), len(order)), 0 if error.validator == "maxLength" else 1

        return sorted(self._compile(schema).iter_errors(value), key=rank)

    def problems(self, schema: Schema, value: Any) -> Problems:
        """What the contract says about each invalid field; empty where the value is valid."""
        found: Problems = {}
        for error in self.errors(schema, value):
            for field, text in self._explained(error):
                texts = found.setdefault(field, [])
                if text not in texts:
                    texts.append(text)
        for field, text in self._surrogates(schema, value):
            found.setdefault(field, []).append(text)
        return found

    def _compile(self, schema: Schema) -> Draft4Validator:
        known = self._compiled.get(id(schema))
        if known is None:
            node = {"$ref": f"{DOCUMENT}#{schema.pointer}"} if schema.pointer else _absolute(as_draft4(schema.node))
            known = schema, _ConsoleOrder(node, registry=self._registry)
            self._compiled[id(schema)] = known
        return known[1]

    def _explained(self, error: ValidationError) -> Iterator[tuple[str, str]]:
        at = ".".join(str(step) for step in error.absolute_path) or NON_FIELD
        contract = self._contract
        value: Any = error.instance
        rule: Any = error.validator_value
        if error.validator == "required":
            missing = [name for name in rule if name not in value]
            yield from ((name, message(contract, "required")) for name in missing)
        elif error.validator == "type" and at == NON_FIELD:
            kind = "absent" if value is None else "object"
            yield at, message(contract, kind, type=type(value).__name__)
        elif error.validator == "type" and "string" in _types(rule):
            yield at, message(contract, "string")
        elif error.validator == "pattern":
            yield at, message(contract, _broken_text(value), value=value, pattern=rule)
        elif error.validator in ("enum", "maxLength", "minLength"):
            yield at, message(contract, str(error.validator), value=value, limit=rule)
        else:
            yield at, message(contract, str(error.validator))

    def _surrogates(self, schema: Schema, value: Any) -> Iterator[tuple[str, str]]:
        """Lone surrogates are no text, whatever a schema says; free-form properties are left alone."""
        if not isinstance(value, dict):
            return
        for name, node in schema.node.get("properties", {}).items():
            text = value.get(name)
            lone = re.search(r"[\ud800-\udfff]", text) if isinstance(text, str) and "enum" not in node else None
            if lone:
                yield name, message(self._contract, "surrogate", code_point=f"{ord(lone[0]):X}")


def as_draft4(node: Any) -> Any:
    """The schema with `nullable: true` said as draft 4 says it."""
    if isinstance(node, list):
        return [as_draft4(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    result = {key: value if key in ("enum", "default", "example") else as_draft4(value) for key, value in node.items()}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        result["type"] = [node["type"], "null"]
    return result


def _absolute(node: Any) -> Any:
    """The schema with references that hold outside the document too."""
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: f"{DOCUMENT}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
        for key, value in node.items()
    }


def _types(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _broken_text(value: str) -> str:
    if not value.strip():
        return "blank"
    return "nul" if "\0" in value else "pattern"


@lru_cache(maxsize=1024)
def _regular_expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _pattern(_validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterable[ValidationError]:
    """A text beyond its `maxLength` is refused for that alone: no pattern is run over megabytes."""
    if not isinstance(instance, str) or len(instance) > schema.get("maxLength", len(instance)):
        return
    if not _regular_expression(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _format(_validator: Any, name: str, instance: Any, _schema: Mapping[str, Any]) -> Iterable[ValidationError]:
    bits = {"int32": 31, "int64": 63}.get(name)
    is_integer = isinstance(instance, int) and not isinstance(instance, bool)
    if bits and is_integer and not -(2**bits) <= instance < 2**bits:
        yield ValidationError(f"{instance} is not an {name}")


_Keyword = Callable[[Any, Any, Any, Mapping[str, Any]], Iterable[ValidationError]]
_KEYWORDS: Mapping[str, _Keyword] = {"pattern": _pattern, "format": _format}
_ConsoleOrder = extend(Draft4Validator, _KEYWORDS)
