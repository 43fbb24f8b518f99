"""Is this a contract that can be served, and what is weak in it? Every fault with its rule, its line and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract import extensions
from mock_server.contract.document.references import BrokenReference, Documents, Target
from mock_server.contract.document.source import Location, Source, SourceError, nearest
from mock_server.contract.findings import ERROR, LONGEST_TEXT, WARNING, Finding
from mock_server.contract.schema.dialect import is_pattern
from mock_server.contract.schema.schemas import SchemaLibrary
from mock_server.contract.structure import structure_findings

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LITERAL = ("example", "examples", "default", "enum", "const", "value")
"""Keys whose values are data, whatever they look like."""
NAMING = frozenset({
    "properties", "patternProperties", "schemas", "responses", "parameters", "examples", "requestBodies", "headers",
    "securitySchemes", "links", "callbacks", "pathItems", "paths", "$defs", "definitions", "content", "encoding",
    "variables", "mapping", "scopes", "dependentSchemas",
})  # fmt: skip
"""Keys of mappings whose keys are names, and no keywords."""


def check_contract(source: Source, documents: Documents) -> tuple[Finding, ...]:
    """Check that a document is a contract that can be served; what is merely weak in it is returned.

    Raises:
        SourceError: it is not; a fault a line.
    """
    found = findings(source, documents)
    if errors := [each for each in found if each.severity == ERROR]:
        raise SourceError("\n".join(f"{error.place}: {error.text}" for error in errors))
    return found


def findings(source: Source, documents: Documents) -> tuple[Finding, ...]:
    """What is wrong with a document, so that it cannot be served; else what is weak in it, its values aside."""
    found: list[Finding] = []
    # Each kind of fault makes the next kind's messages misleading.
    for look in (_version, _references, _structure, _extensions, _repeated_ids, _warnings):
        found += look(source, documents)
        if errors := [each for each in found if each.severity == ERROR]:
            return tuple(dict.fromkeys(errors))
    return tuple(dict.fromkeys(found))


def _structure(source: Source, _documents: Documents) -> Iterator[Finding]:
    return structure_findings(source)


def _version(source: Source, _documents: Documents) -> Iterator[Finding]:
    document = source.value if isinstance(source.value, dict) else {}
    version = str(document.get("openapi", ""))
    if re.fullmatch(r"3\.[01](\.\d+(-.+)?)?", version):
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


def walk(document: object) -> Iterator[tuple[Location, Any]]:
    """Every mapping of a document that is no data, with its place, in the document's order."""
    # What is to be looked at, the next one last: the node, its place, whether its keys are names, and its own key.
    waiting: list[tuple[object, Location, bool, str]] = [(document, (), False, "")]
    while waiting:
        node, at, names, parent = waiting.pop()
        if isinstance(node, list):
            waiting += [(item, (*at, index), False, "") for index, item in reversed(list(enumerate(node)))]
        elif isinstance(node, dict):
            yield at, node
            inside = [
                (value, (*at, key), not names and key in NAMING, str(key))
                for key, value in node.items()
                if isinstance(value, (dict, list)) and not _is_data(key, value, names, parent)
            ]
            waiting += reversed(inside)


def _is_data(key: object, value: object, names: bool, parent: str) -> bool:
    """Whether the value of a key is data, or an extension's own; `names`: the keys beside it are names."""
    if not names and key in LITERAL and not (key == "examples" and isinstance(value, dict)):
        return True
    return str(key).startswith("x-") and (not names or parent in ("paths", "responses"))


def _extensions(_source: Source, documents: Documents) -> Iterator[Finding]:
    """The kit's own extensions, in every file of the contract."""
    for source in documents.sources.values():
        for at, node in walk(source.value):
            for inside, text in extensions.faults(node):
                place = (*at, *inside)
                text = f"{'/'.join(map(str, place))}: {text[:LONGEST_TEXT]}"
                yield Finding("extension", ERROR, source.place(place), text)


# ---- sense


def operations(document: Any, documents: Documents) -> Iterator[tuple[Location, Any, Target]]:
    """Every operation with its place, and the path item it belongs to."""
    for path, node in (document.get("paths") or {}).items():
        target = documents.follow(node)
        if str(path).startswith("/") and isinstance(target.node, Mapping):
            for method in METHODS:
                if isinstance(target.node.get(method), Mapping):
                    yield ("paths", path, method), target.node[method], target


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
    source: Source, documents: Documents, at: Location, operation: Any, item: Target
) -> Iterator[Finding]:
    described = (*item.node.get("parameters", ()), *operation.get("parameters", ()))
    nodes = (documents.follow(node, item.base).node for node in described)
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
