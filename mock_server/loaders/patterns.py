r"""Reads patterns (what a request must be like) from documents, checked against the contract.

    operation: buildComponent
    path: {service_id: 5c000000000000000000000000000001}
    headers: {x-ci-job: {$present: true}}
    body: {/build_type: docker_image, /repo_url: {$matches: '^registry\.'}}

A body's keys are JSON pointers, or property names of a subset. A mapping with a matcher (`$min`) is a question, any
other one a subset; `$equals` takes whatever stands behind it by the letter. Without the `$`, a matcher is understood
where no object can stand: for parameters, headers, and values that the contract makes texts, numbers or booleans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.document.diagnostics import Diagnostics, shown
from mock_server.contract.document.source import Location, nearest
from mock_server.contract.expressions import Expression, ExpressionError
from mock_server.contract.media.media_types import is_json
from mock_server.contract.media.parameters import typed
from mock_server.contract.model import Contract, Operation, Parameter
from mock_server.contract.schema.schemas import Schema
from mock_server.contract.secrets.secret_names import SecretNames
from mock_server.engine.matching import TESTS, Condition, Matcher, Pattern, Pointer, pointer_steps, pointer_text

PARTS = ("path", "query", "headers", "body")
SIGIL = "$"
MATCHERS = tuple(SIGIL + kind for kind in TESTS)
DEEPEST = 10
"""Levels of `allOf`, `anyOf` and `oneOf` whose properties are known."""
SCALARS = ("string", "integer", "number", "boolean")


class PatternReader:
    """Reads patterns of one document; what is wrong goes to its diagnostics.

    Attributes:
        strict: whether a pattern must be one that a request of the contract can meet.
    """

    def __init__(self, contract: Contract, diagnostics: Diagnostics, secrets: SecretNames) -> None:
        self.contract = contract
        self.diagnostics = diagnostics
        self.strict = True
        self._secrets = secrets

    def read(self, node: Mapping[str, Any], at: Location) -> Pattern:
        """The pattern in a mapping of the right form: `operation`, and what its parts are like."""
        operation = self._operation(node, at)
        conditions: list[Condition] = []
        for part in PARTS:
            place = (*at, part)
            if part == "body" and part in node:
                conditions += self._body(operation, node[part], place)
            elif node.get(part):
                conditions += self._named(operation, part, node[part], place)
        return Pattern(operation.id if operation else None, tuple(conditions))

    def _operation(self, node: Mapping[str, Any], at: Location) -> Operation | None:
        name = node.get("operation")
        if name is None:
            return None
        names = [operation.id for operation in self.contract.operations]
        if not self.diagnostics.one_of("operation", name, names, (*at, "operation")):
            return None
        return self.contract.operation(name)

    # ---- path, query and headers

    def _named(
        self, operation: Operation | None, part: str, node: Mapping[str, Any], at: Location
    ) -> Iterator[Condition]:
        declared = self._declared(operation, part)
        for key, expected in node.items():
            name = key.lower() if part == "headers" else key
            place = (*at, key)
            parameter = declared.get(name)
            if parameter is None:
                self._check_name(part, name, list(declared), place)
            for matcher in self._matchers(expected, f"{part} {key}", place):
                yield Condition(part, (name,), self._as_text(matcher, parameter, f"{part} {key}", place))

    def _declared(self, operation: Operation | None, part: str) -> dict[str, Parameter]:
        operations = [operation] if operation else self.contract.operations
        location = "header" if part == "headers" else part
        found = (parameter for each in operations for parameter in each.parameters_in(location))
        return {item.name.lower() if part == "headers" else item.name: item for item in found}

    def _check_name(self, part: str, name: str, known: list[str], at: Location) -> None:
        """The contract's path parameters are all there are; elsewhere only what looks like a slip is refused."""
        hint = nearest(name, known)
        if part == "path" or (hint and self.strict):
            self.diagnostics.add(at, f"{part}: unknown {name!r}{hint}; allowed: {', '.join(known) or 'none'}")

    def _as_text(self, matcher: Matcher, parameter: Parameter | None, key: str, at: Location) -> Matcher:
        """The matcher for values that travel as text; expected values are checked by the contract's types."""
        if matcher.kind not in ("equals", "not", "one_of") or matcher.expected is None:
            return matcher
        if isinstance(matcher.expected, list):
            return Matcher(matcher.kind, [self._text(item, parameter, key, at) for item in matcher.expected])
        return Matcher(matcher.kind, self._text(matcher.expected, parameter, key, at))

    def _text(self, expected: Any, parameter: Parameter | None, key: str, at: Location) -> str:
        text = str(expected).lower() if isinstance(expected, bool) else str(expected)
        schema = parameter.schema if parameter else None
        if schema is None or schema.node.get("type") == "array":
            return text
        if schema.node.get("type") == "string" and not isinstance(expected, str):
            quoted = "; quote it" if isinstance(expected, (int, float)) else ""
            self.diagnostics.add(at, f"{key}: {shown(expected)} is not text, as the contract has it{quoted}")
            return text
        value = typed(schema, text)
        kind = schema.node.get("type")
        if isinstance(value, str) and kind in ("integer", "number", "boolean"):
            self.diagnostics.add(at, f"{key}: {shown(expected)} is not a value of the contract's type, {kind}")
        else:
            self._tell_impossible(key, expected, schema.node, self.strict and not schema.is_valid(value), at)
        return text

    # ---- the body

    def _body(self, operation: Operation | None, node: Any, at: Location) -> Iterator[Condition]:
        if not isinstance(node, dict) or not node or self._asks(node, self._body_schemas(operation), "body", at):
            yield from self._value(operation, (), node, at)
            return
        for key, expected in node.items():
            place = (*at, key)
            steps = pointer_steps(key) if key.startswith("/") else (key,)
            yield from self._value(operation, steps, expected, place)

    def _value(self, operation: Operation | None, steps: Pointer, expected: Any, at: Location) -> Iterator[Condition]:
        schemas = self._schemas(operation, steps, at) if steps else self._body_schemas(operation)
        key = f"body {pointer_text(steps)}".rstrip()
        if isinstance(expected, dict) and not self._asks(expected, schemas, key, at):
            if not expected:
                yield Condition("body", steps, Matcher("contains", {}))
            for name, value in expected.items():
                yield from self._value(operation, (*steps, name), value, (*at, name))
            return
        for matcher in self._matchers(expected, key, at):
            if steps and len(schemas) == 1:
                self._check_possible(matcher, schemas[0], key, steps, at)
            yield Condition("body", steps, matcher)

    def _asks(self, node: Mapping[str, Any], schemas: list[Schema], key: str, at: Location) -> bool:
        """Whether a mapping asks with matchers, rather than being a subset of an object.

        A matcher without its sigil that could as well be a property is told.
        """
        if any(name.startswith(SIGIL) for name in node):
            return True
        if schemas and all(map(_is_scalar, schemas)):
            return True
        declared = {name for schema in schemas for name in _properties(schema)}
        for name in node:
            if name in TESTS and name not in declared:
                text = f"{key}: {name!r} may be a matcher or a property; allowed: {SIGIL}{name} for the matcher"
                self.diagnostics.add((*at, name), f"{text}, {{{SIGIL}contains: {{{name}: …}}}} for the property")
        return False

    def _schemas(self, operation: Operation | None, steps: Pointer, at: Location) -> list[Schema]:
        """The schemas of a value of the body; none where the contract leaves it open."""
        nodes = self._body_schemas(operation)
        for index, step in enumerate(steps):
            properties = [known[step] for known in map(_properties, nodes) if step in known]
            found = properties or [schema.items for schema in nodes if schema.items and step.isdecimal()]
            if not found:
                self._tell_slip(steps[: index + 1], nodes, at)
                return []
            nodes = found
        return nodes

    def _tell_slip(self, steps: Pointer, schemas: list[Schema], at: Location) -> None:
        """Tell of a property that looks like a slip of the pen."""
        known = list(dict.fromkeys(name for schema in schemas for name in _properties(schema)))
        hint = nearest(steps[-1], known)
        if hint and self.strict:
            text = f"body {pointer_text(steps)}: unknown property{hint}; allowed: {', '.join(known)}"
            self.diagnostics.add(at, text)

    def _body_schemas(self, operation: Operation | None) -> list[Schema]:
        operations = [operation] if operation else self.contract.operations
        return [
            media_type.schema
            for each in operations
            if each.body
            for media_type in each.body.content
            if media_type.schema and is_json(media_type.name)
        ]

    def _check_possible(self, matcher: Matcher, schema: Schema, key: str, steps: Pointer, at: Location) -> None:
        if not self.strict or matcher.kind not in ("equals", "one_of"):
            return
        for expected in matcher.expected if matcher.kind == "one_of" else [matcher.expected]:
            hidden = "the value" if steps[-1] in self._secrets else None
            self._tell_impossible(key, expected, schema.node, not schema.is_valid(expected), at, hidden)

    def _tell_impossible(
        self, key: str, expected: Any, schema: Mapping[str, Any], wrong: bool, at: Location, hidden: str | None = None
    ) -> None:
        if not wrong:
            return
        choices = [str(item) for item in schema.get("enum", ()) if item is not None]
        allowed = f"{nearest(expected, choices)}; allowed: {', '.join(choices)}" if choices else ""
        limits = {
            name: schema[name] for name in ("type", "maxLength", "minimum", "maximum", "pattern") if name in schema
        }
        allowed = allowed or f"; allowed: {', '.join(f'{name} {value}' for name, value in limits.items())}"
        self.diagnostics.add(at, f"{key}: no valid request has {hidden or shown(expected)}{allowed}")

    # ---- matchers

    def _matchers(self, expected: Any, key: str, at: Location) -> Iterator[Matcher]:
        if not isinstance(expected, dict):
            yield Matcher("equals", expected)
            return
        if not expected:
            self.diagnostics.add(at, f"{key}: empty; give a value or a matcher: {', '.join(MATCHERS)}")
        for name, value in expected.items():
            kind = name.removeprefix(SIGIL)
            if kind not in TESTS:
                self.diagnostics.one_of(f"{key}: matcher", name, MATCHERS, (*at, name))
                continue
            matcher = self._matcher(kind, value, key, (*at, name))
            if matcher is not None:
                yield matcher

    def _matcher(self, kind: str, value: Any, key: str, at: Location) -> Matcher | None:
        needed = {
            "matches": (str, "a regular expression"),
            "one_of": (list, "a list of values"),
            "min": ((int, float), "a number"),
            "max": ((int, float), "a number"),
            "present": (bool, "true or false"),
        }.get(kind)
        is_number = kind in ("min", "max")
        if needed and (not isinstance(value, needed[0]) or (is_number and isinstance(value, bool))):  # type: ignore[arg-type]
            self.diagnostics.add(at, f"{key}: {kind}: {shown(value)} is not {needed[1]}")
            return None
        if kind != "matches":
            return Matcher(kind, value)
        try:
            return Matcher(kind, Expression(value))
        except ExpressionError as error:
            self.diagnostics.add(at, f"{key}: matches: {shown(value)} is not a regular expression: {error}")
            return None


def _is_scalar(schema: Schema, depth: int = 0) -> bool:
    """Whether no object or list can be valid."""
    kinds = schema.node.get("type")
    if kinds is not None:
        return set(kinds if isinstance(kinds, list) else [kinds]) <= {*SCALARS, "null"}
    if "enum" in schema.node:
        return not any(isinstance(item, (dict, list)) for item in schema.node["enum"])
    choices = schema.parts("anyOf") or schema.parts("oneOf")
    return bool(choices) and depth < DEEPEST and all(_is_scalar(choice, depth + 1) for choice in choices)


def _properties(schema: Schema, depth: int = 0) -> dict[str, Schema]:
    found = dict(schema.properties)
    if depth < DEEPEST:
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.parts(key):
                found |= _properties(part, depth + 1)
    return found
