"""Is this a contract that can be served, and what is weak in it? Every fault with its rule, its line and a way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema_rs import ValidationError, validator_for

from mock_server.contract.document.references import BrokenReference, Documents, Target
from mock_server.contract.document.source import Location, Source, SourceError, nearest
from mock_server.contract.schema.dialect import is_pattern
from mock_server.contract.schema.schemas import SchemaLibrary, located

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LITERAL = ("example", "examples", "default", "enum", "const", "value")
"""Keys whose values are data, whatever they look like."""
NAMING = frozenset({
    "properties", "patternProperties", "schemas", "responses", "parameters", "examples", "requestBodies", "headers",
    "securitySchemes", "links", "callbacks", "pathItems", "paths", "$defs", "definitions", "content", "encoding",
    "variables", "mapping", "scopes", "dependentSchemas",
})  # fmt: skip
"""Keys of mappings whose keys are names, and no keywords."""
LONGEST_TEXT = 300

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a contract that is wrong, or weak.

    Attributes:
        rule: what kind of thing it is; these names stay.
        severity: `error` where it keeps the contract from being served, else `warning`.
        place: `FILE:LINE`.
        text: what is wrong, the value, and what is allowed.
    """

    rule: str
    severity: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.text} [{self.rule}]"


def check_contract(source: Source, documents: Documents) -> tuple[Finding, ...]:
    """Check that a document is a contract that can be served; what is merely weak in it is returned.

    Raises:
        SourceError: it is not; a fault a line.
    """
    found = errors(source, documents)
    if found:
        raise SourceError("\n".join(f"{error.place}: {error.text}" for error in found))
    return tuple(dict.fromkeys(_warnings(source, documents)))


def errors(source: Source, documents: Documents) -> tuple[Finding, ...]:
    # Each kind of fault makes the next kind's messages misleading.
    for look in (_version, _references, _structure, _repeated_ids):
        found = tuple(dict.fromkeys(look(source, documents)))
        if found:
            return found
    return ()


def _version(source: Source, _documents: Documents) -> Iterator[Finding]:
    document = source.value if isinstance(source.value, dict) else {}
    version = str(document.get("openapi", ""))
    if re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
        return
    if "swagger" in document:
        text = f"swagger: {document['swagger']}; convert it to OpenAPI 3: npx swagger2openapi FILE -o openapi.yaml"
        yield Finding("openapi-version", ERROR, source.place(["swagger"]), text)
        return
    found = f"openapi: {version}" if version else "no `openapi` version"
    text = f"{found}; an OpenAPI 3.0 or 3.1 contract is needed (openapi: 3.0.3)"
    yield Finding("openapi-version", ERROR, source.place(["openapi"]), text)


# ---- references


def _references(_source: Source, documents: Documents) -> Iterator[Finding]:
    """References that lead nowhere, in every file of the contract."""
    seen: set[str] = set()
    while waiting := [uri for uri in documents.sources if uri not in seen]:
        for uri in waiting:
            seen.add(uri)
            source = documents.sources[uri]
            for at, node in walk(source.value):
                if not isinstance(node.get("$ref"), str):
                    continue
                try:
                    documents.follow(node, uri)
                except BrokenReference as error:
                    text = f"$ref: {node['$ref']!r}: {error}"
                    yield Finding("broken-reference", ERROR, source.place((*at, "$ref")), text)


def walk(node: Any, at: Location = (), names: bool = False, parent: str = "") -> Iterator[tuple[Location, Any]]:
    """Every mapping of a document that is no data, with its place. `names`: whether its keys are names."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from walk(item, (*at, index))
    elif isinstance(node, Mapping):
        yield at, node
        for key, value in node.items():
            is_data = not names and key in LITERAL and not (key == "examples" and isinstance(value, Mapping))
            if is_data or (str(key).startswith("x-") and (not names or parent in ("paths", "responses"))):
                continue
            yield from walk(value, (*at, key), not names and key in NAMING, str(key))


# ---- structure


@lru_cache
def _structure_schema(minor: str) -> tuple[Any, Any]:
    """OpenAPI's own schema of its documents, and its validator.

    openapi-spec-validator brings it; its file alone is read, because importing the package takes half a second.
    """
    package = find_spec("openapi_spec_validator")
    if package is None or package.origin is None:
        raise ImportError("openapi-spec-validator is not installed")
    version = "v3.1" if minor == "3.1" else "v3.0"
    file = Path(package.origin).parent / "resources" / "schemas" / version / "schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    return schema, validator_for(schema, validate_formats=False)


def _structure(source: Source, _documents: Documents) -> Iterator[Finding]:
    schema, validator = _structure_schema(str(source.value["openapi"])[:3])
    for error in validator.iter_errors(_without_empty_paths(source.value)):
        yield _explained(source, schema, error)
    for path, item in (source.value.get("paths") or {}).items():
        if isinstance(item, Mapping) and not isinstance(item.get("x-keep", False), bool):
            text = f"x-keep: {item['x-keep']!r} is not allowed; allowed: true, false"
            yield Finding("structure", ERROR, source.place(("paths", path, "x-keep")), text)


def _without_empty_paths(document: Any) -> Any:
    """The document without paths that have nothing at all: they do no harm."""
    paths = document.get("paths")
    if not isinstance(paths, Mapping):
        return document
    return {**document, "paths": {path: item for path, item in paths.items() if item is not None}}


def _explained(source: Source, schema: Any, error: ValidationError) -> Finding:
    cause = _cause(error)
    path, value = located(source.value, cause.instance_path)
    text = cause.message
    if cause.kind.name == "additionalProperties":
        key = next(iter(cause.kind.unexpected))  # type: ignore[attr-defined]
        allowed = _allowed(schema, cause)
        path = (*path, key)
        text = f"unknown key {key!r}{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
    elif cause.kind.name == "required":
        text = f"{cause.kind.property!r} is required{nearest(cause.kind.property, value)}"  # type: ignore[attr-defined]
    at = "/".join(str(step) for step in path)
    return Finding("structure", ERROR, source.place(path), f"{at or 'the contract'}: {text[:LONGEST_TEXT]}")


def _cause(error: ValidationError) -> ValidationError:
    """The fault itself: of alternatives that all fail, the one that was meant."""
    branches = [branch for branch in getattr(error.kind, "context", ()) if branch]
    if not branches:
        return error
    meant = min(branches, key=lambda branch: (sum(map(_is_another, branch)), -_depth(branch), len(branch)))
    return max(map(_cause, meant), key=lambda cause: len(cause.instance_path))


def _is_another(error: ValidationError) -> bool:
    """Whether an error says that another alternative was meant: no reference, another `type`."""
    if error.kind.name == "required":
        return bool(error.kind.property == "$ref")  # type: ignore[attr-defined]
    return error.kind.name in ("enum", "const") and error.instance_path[-1:] in (["type"], ["in"], ["style"])


def _depth(branch: Iterable[ValidationError]) -> int:
    return max(len(error.instance_path) for error in branch)


def _allowed(schema: Any, error: ValidationError) -> list[str]:
    """The keys a schema knows; a pattern that is a list of words counts as these words."""
    for step in error.schema_path[:-1]:
        schema = schema[step]
    found = set(schema.get("properties", {}))
    for pattern in schema.get("patternProperties", {}):
        words = re.fullmatch(r"\^\(([\w|]+)\)\$", pattern)
        found |= set(words[1].split("|")) if words else {pattern.removeprefix("^").replace("\\", "") + "…"}
    return sorted(found)


# ---- sense


def operations(document: Any, documents: Documents) -> Iterator[tuple[Location, Any, Any]]:
    """Every operation with its place, and the path item it belongs to."""
    for path, node in (document.get("paths") or {}).items():
        item = documents.follow(node).node
        if str(path).startswith("/") and isinstance(item, Mapping):
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    yield ("paths", path, method), item[method], item


def _repeated_ids(source: Source, documents: Documents) -> Iterator[Finding]:
    seen: dict[str, Location] = {}
    for at, operation, _ in operations(source.value, documents):
        name = operation.get("operationId")
        if name in seen:
            text = f"operationId: {name!r} stands twice; first in {source.place((*seen[name], 'operationId'))}"
            yield Finding("operation-id-repeated", ERROR, source.place((*at, "operationId")), text)
        elif name is not None:
            seen[name] = at


def _warnings(source: Source, documents: Documents) -> Iterator[Finding]:
    document = source.value
    for path, node in (document.get("paths") or {}).items():
        item = documents.follow(node).node or {}
        if str(path).startswith("/") and not any(method in item for method in METHODS):
            text = f"{path} has no operations, so it is not served"
            yield Finding("path-without-operations", WARNING, source.place(("paths", path)), text)
    for at, operation, item in operations(document, documents):
        yield from _undeclared_parameters(source, documents, at, operation, item)
        yield from _undeclared_security(source, (*at, "security"), operation.get("security"))
    yield from _undeclared_security(source, ("security",), document.get("security"))
    for at, node in walk(document):
        pattern = node.get("pattern")
        if isinstance(pattern, str) and not is_pattern(pattern):
            text = f"pattern: {pattern!r} is no regular expression of ECMA 262, so nothing is checked by it"
            yield Finding("pattern-unreadable", WARNING, source.place((*at, "pattern")), text)


def _undeclared_parameters(
    source: Source, documents: Documents, at: Location, operation: Any, item: Any
) -> Iterator[Finding]:
    nodes = (documents.follow(node).node for node in (*item.get("parameters", ()), *operation.get("parameters", ())))
    declared = [str(node.get("name")) for node in nodes if isinstance(node, Mapping) and node.get("in") == "path"]
    for name in re.findall(r"\{([^}]+)\}", str(at[1])):
        if name not in declared:
            text = f"{at[1]}: the path parameter {name!r} is not declared{nearest(name, declared)}; any text fits"
            yield Finding("path-parameter-undeclared", WARNING, source.place(at), text)


def _undeclared_security(source: Source, at: Location, security: Any) -> Iterator[Finding]:
    known = list((source.value.get("components") or {}).get("securitySchemes") or {})
    for index, alternative in enumerate(security or ()):
        for name in alternative:
            if name not in known:
                text = f"security: there is no scheme {name!r}{nearest(name, known)}; it is not asked for"
                yield Finding("security-scheme-undeclared", WARNING, source.place((*at, index, name)), text)


def broken_values(source: Source, documents: Documents) -> Iterator[Finding]:
    """Examples and defaults that their own schema does not allow."""
    library = SchemaLibrary(documents, is_31=str(source.value["openapi"]).startswith("3.1"))
    for at, node in walk(source.value):
        schema = node.get("schema") if isinstance(node.get("schema"), Mapping) else node
        is_schema = schema is not node or any(key in node for key in ("type", "enum", "allOf", "oneOf", "anyOf"))
        for keys, value in _values(documents, node, schema is not node) if is_schema else ():
            for violation in library.schema(schema).violations(value):
                where = "".join(f"/{step}" for step in violation.path)
                text = f"{'/'.join(map(str, keys))}{where}: {violation.message[:LONGEST_TEXT]}"
                rule = "default-breaks-schema" if keys[0] == "default" else "example-breaks-schema"
                yield Finding(rule, WARNING, source.place((*at, *keys, *violation.path)), text)


def _values(documents: Documents, node: Any, has_schema: bool) -> Iterator[tuple[Location, Any]]:
    yield from (((key,), node[key]) for key in ("example", "default") if key in node)
    for name, example in (node.get("examples") or {}).items() if has_schema else ():
        target: Target = documents.follow(example)
        if isinstance(target.node, Mapping) and "value" in target.node:
            yield ("examples", name, "value"), target.node["value"]
