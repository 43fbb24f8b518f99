"""Whether a value satisfies the contract, and what the contract says where it does not.

One compiled validator a schema, shared by all who judge values. It speaks draft 7, where 1.0 is an integer and OpenAPI
3.0 differs by little; patterns are ECMA's, with a limit on backtracking.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft7, Draft7Validator, Registry, ValidationError

from mock_server.contract.model import Contract, Schema

Problems = dict[str, list[str]]
"""Messages by field; `non_field_errors` holds what concerns the body as a whole."""

NON_FIELD = "non_field_errors"
DOCUMENT = "contract:"
DEEPEST = 100
"""Levels of a value that is nested too deeply for the validator, which it judges all the same."""

LITERALS = ("enum", "default", "example")

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
    "absent": "A body is required.",
    "json": "JSON parse error - {reason}",
    "multipart": "Multipart form parse error - {reason}",
}
"""Texts for a contract that has no `x-messages` of its own."""

Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule of a schema that a value breaks.

    Attributes:
        path: the keys and indices that lead to the value.
        keyword: of the schema, e.g. `maxLength`.
        rule: what the schema says there.
        value: what was found.
        message: what is wrong, in plain English.
    """

    path: tuple[str | int, ...]
    keyword: str
    rule: Any
    value: Any
    message: str


def message(contract: Contract, kind: str, /, **values: object) -> str:
    """The contract's text for a kind of violation, with the variable parts filled in."""
    template = contract.messages.get(kind) or FALLBACK_MESSAGES.get(kind) or "Does not satisfy {kind}: {limit}."
    return re.sub(r"\{(\w+)\}", lambda part: str({**values, "kind": kind}.get(part[1], part[0])), template)


class Validator:
    """Judges values by the schemas of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        document = as_draft7({"components": contract.document.get("components", {})})
        self._registry = Registry([(DOCUMENT, document)], draft=Draft7)
        self._compiled: dict[int, tuple[Schema, Draft7Validator]] = {}

    def accepts(self, schema: Schema) -> Check:
        """A quick judgement of values that are plain JSON: no half surrogates."""
        return self._compile(schema).is_valid

    def errors(self, schema: Schema, value: Any) -> list[Violation]:
        """Every violation, in the order of the schema's properties."""
        order = {name: index for index, name in enumerate(schema.node.get("properties", {}))}

        def rank(violation: Violation) -> tuple[int, int]:
            field = violation.path[0] if violation.path else ""
            return order.get(str(field), len(order)), 0 if violation.keyword == "maxLength" else 1

        found = [_violation(error, value) for error in self._raw(schema, value)]
        too_long = {violation.path for violation in found if violation.keyword == "maxLength"}
        # A text beyond its length is refused for that alone; one that is no choice at all, for that alone.
        no_choice = {violation.path for violation in found if violation.keyword == "enum"}
        kept = [
            each
            for each in found
            if not (each.keyword == "pattern" and each.path in too_long)
            and not (each.keyword == "type" and each.path in no_choice)
        ]
        return sorted(kept, key=rank)

    def _raw(self, schema: Schema, value: Any) -> list[ValidationError]:
        validator = self._compile(schema)
        try:
            return list(validator.iter_errors(value))
        except UnicodeEncodeError:
            return list(validator.iter_errors(_without_surrogates(value)))
        except ValueError:  # nested deeper than the validator goes
            return list(validator.iter_errors(_pruned(value, DEEPEST)))

    def problems(self, schema: Schema, value: Any) -> Problems:
        """What the contract says about each invalid field; empty where the value is valid."""
        found: Problems = {}
        for violation in self.errors(schema, value):
            for field, text in self._explained(violation):
                texts = found.setdefault(field, [])
                if text not in texts:
                    texts.append(text)
        for field, text in self._surrogates(schema, value):
            found.setdefault(field, []).append(text)
        return found

    def _compile(self, schema: Schema) -> Draft7Validator:
        known = self._compiled.get(id(schema))
        if known is None:
            node = {"$ref": f"{DOCUMENT}#{schema.pointer}"} if schema.pointer else _absolute(as_draft7(schema.node))
            known = schema, Draft7Validator(node, registry=self._registry, validate_formats=True, offline=True)
            self._compiled[id(schema)] = known
        return known[1]

    def _explained(self, violation: Violation) -> Iterator[tuple[str, str]]:
        at = ".".join(str(step) for step in violation.path) or NON_FIELD
        contract, value, rule = self._contract, violation.value, violation.rule
        if violation.keyword == "required":
            yield ".".join(map(str, (*violation.path, rule))), message(contract, "required")
        elif violation.keyword == "type" and at == NON_FIELD:
            kind = "absent" if value is None else "object"
            yield at, message(contract, kind, type=type(value).__name__, limit=_words(rule))
        elif violation.keyword == "type" and "string" in rule:
            yield at, message(contract, "string")
        elif violation.keyword == "pattern":
            yield at, message(contract, self._broken_text(value), value=value, limit=rule)
        else:
            yield at, message(contract, violation.keyword, value=value, limit=_words(rule))

    def _broken_text(self, value: str) -> str:
        """Which of the contract's texts tells best what is wrong with a text that its pattern does not allow."""
        kind = "blank" if not value.strip() else "nul" if "\0" in value else "pattern"
        return kind if kind in self._contract.messages else "pattern"

    def _surrogates(self, schema: Schema, value: Any) -> Iterator[tuple[str, str]]:
        """Lone surrogates are no text, whatever a schema says; free-form properties are left alone."""
        if not isinstance(value, dict):
            return
        for name, node in schema.node.get("properties", {}).items():
            text = value.get(name)
            lone = re.search(r"[\ud800-\udfff]", text) if isinstance(text, str) and "enum" not in node else None
            if lone:
                yield name, message(self._contract, "surrogate", code_point=f"{ord(lone[0]):X}")


def as_draft7(node: Any) -> Any:
    """The schema with what OpenAPI 3.0 says in its own way said as draft 7 says it."""
    if isinstance(node, list):
        return [as_draft7(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    result = {str(key): value if key in LITERALS else as_draft7(value) for key, value in node.items()}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        result["type"] = [node["type"], "null"]
    for limit, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(node.get(strict), bool):
            del result[strict]
            if node[strict] and limit in node:
                result[strict] = result.pop(limit)
    bits = {"int32": 31, "int64": 63}.get(str(node.get("format")))
    if bits and node.get("type") in ("integer", "number"):
        result["allOf"] = [*result.get("allOf", ()), {"minimum": -(2**bits), "maximum": 2**bits - 1}]
    if isinstance(node.get("pattern"), str) and not is_pattern(node["pattern"]):
        del result["pattern"]
    return result


@lru_cache(maxsize=10_000)
def is_pattern(pattern: str) -> bool:
    """Whether a pattern is one that can be checked."""
    with contextlib.suppress(ValidationError, ValueError):
        Draft7Validator({"pattern": pattern})
        return True
    return False


def _violation(error: ValidationError, value: Any) -> Violation:
    path = tuple(error.instance_path)
    for step in path:
        value = value[step]
    return Violation(path, error.kind.name, error.kind.value, value, error.message)


def _words(rule: Any) -> str:
    return " or ".join(map(str, rule)) if isinstance(rule, list) else str(rule)


def _without_surrogates(value: Any) -> Any:
    """The value with U+FFFD for each half of a surrogate pair: as long, and a text."""
    if isinstance(value, str):
        return re.sub(r"[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return [_without_surrogates(item) for item in value] if isinstance(value, list) else value


def _pruned(value: Any, levels: int) -> Any:
    """The value with empty lists and mappings where it goes deeper than so many levels."""
    if isinstance(value, dict):
        return {key: _pruned(item, levels - 1) for key, item in value.items()} if levels else {}
    if isinstance(value, list):
        return [_pruned(item, levels - 1) for item in value] if levels else []
    return _without_surrogates(value)


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
