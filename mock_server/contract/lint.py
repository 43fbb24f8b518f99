"""Is this a contract that can be served? Every fault is named at once, with its line and the nearest valid spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft4Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from openapi_spec_validator.schemas import schema_v30

from mock_server.contract.source import Location, Source, SourceError, nearest

LITERAL = ("example", "examples", "default", "enum", "value")
"""Keys whose values are data, whatever they look like."""


def check_contract(source: Source) -> None:
    """Check that a document is a valid OpenAPI 3.0 contract.

    Raises:
        SourceError: it is not; a fault a line.
    """
    document = source.value
    version = str(document.get("openapi", "")) if isinstance(document, dict) else ""
    if not re.fullmatch(r"3\.0\.\d+", version):
        found = f"openapi: {version}" if version else "no `openapi` version"
        raise SourceError(f"{source.place(['openapi'])}: {found}; an OpenAPI 3.0 contract is needed (openapi: 3.0.3)")
    # Each kind of fault makes the next kind's messages misleading. The validator's own look at the structure words
    # itself by the libraries it finds installed; this one says the same everywhere.
    for look in (_broken_details, _broken_structure, _broken_sense):
        problems = list(dict.fromkeys(look(source)))
        if problems:
            raise SourceError("\n".join(problems))


def _broken_details(source: Source) -> Iterator[str]:
    """References that lead nowhere, and patterns that are no regular expressions."""
    for at, node in _walk(source.value, ()):
        reference, pattern = node.get("$ref"), node.get("pattern")
        if isinstance(reference, str):
            text = _broken_reference(source.value, reference)
            if text:
                yield f"{source.place((*at, '$ref'))}: $ref: {reference!r}: {text}"
        if isinstance(pattern, str):
            try:
                re.compile(pattern)
            except re.error as error:
                yield f"{source.place((*at, 'pattern'))}: pattern: {pattern!r} is no regular expression: {error}"


def _broken_reference(document: Any, reference: str) -> str | None:
    if not reference.startswith("#/"):
        return "only references inside the file are read (#/…)"
    node = document
    for step in reference[2:].split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, Mapping) and key in node:
            node = node[key]
        else:
            return f"there is no {key!r}{nearest(key, node if isinstance(node, Mapping) else ())}"
    return None


def _broken_structure(source: Source) -> Iterator[str]:
    return (_problem(source, error) for error in Draft4Validator(dict(schema_v30)).iter_errors(source.value))


def _broken_sense(source: Source) -> Iterator[str]:
    """What the structure cannot say: names that are not unique, path parameters that nothing declares."""
    paths = source.value["paths"]
    for error in OpenAPIV30SpecValidator(source.value).iter_errors():
        text = str(getattr(error, "message", error))
        quoted = re.findall(r"'([^']*)'", text)
        path = next((word for word in quoted if word in paths), None)
        method = next((word for word in quoted if path and word in paths[path]), None)
        at = tuple(getattr(error, "absolute_path", ())) or tuple(filter(None, ("paths" if path else "", path, method)))
        yield f"{source.place(at)}: {text[:300]}"


def _problem(source: Source, error: Any) -> str:
    """One line about a fault: of alternatives that all fail, the one that comes furthest."""
    cause = max((error, *_leaves(error)), key=lambda leaf: len(leaf.absolute_path))
    path = list(cause.absolute_path)
    text = str(cause.message)
    if cause.validator == "additionalProperties" and isinstance(cause.instance, Mapping):
        key = next(iter(_unexpected(cause.instance, cause.schema)))
        allowed = _allowed(cause.schema)
        path.append(key)
        text = f"unknown key {key!r}{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
    at = "/".join(str(step) for step in path)
    return f"{source.place(path)}: {at or 'the contract'}: {text[:300]}"


def _unexpected(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    patterns = schema.get("patternProperties", {})
    for key in instance:
        if key not in schema.get("properties", {}) and not any(re.search(pattern, key) for pattern in patterns):
            yield key


def _allowed(schema: Mapping[str, Any]) -> list[str]:
    """The keys a schema knows; a pattern that is a list of words counts as these words."""
    found = set(schema.get("properties", {}))
    for pattern in schema.get("patternProperties", {}):
        words = re.fullmatch(r"\^\(([\w|]+)\)\$", pattern)
        found |= set(words[1].split("|")) if words else {pattern.removeprefix("^").replace("\\", "") + "…"}
    return sorted(found)


def _leaves(error: Any) -> Iterator[Any]:
    for child in getattr(error, "context", None) or ():
        yield child
        yield from _leaves(child)


def _walk(node: Any, at: Location) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _walk(item, (*at, index))
    elif isinstance(node, Mapping):
        yield at, node
        for key, value in node.items():
            is_name = bool(at) and at[-1] in ("properties", "schemas", "examples")
            if is_name or (key not in LITERAL and not str(key).startswith("x-")):
                yield from _walk(value, (*at, key))
