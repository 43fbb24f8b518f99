"""Is a document built as OpenAPI says? Judged by OpenAPI's own schema, with the fault itself and its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema_rs import ValidationError, validator_for

from mock_server.contract.document.source import Location, Source, nearest
from mock_server.contract.findings import ERROR, LONGEST_TEXT, WARNING, Finding
from mock_server.contract.schema.violations import located

SPARED = ("description", "info", "title", "version", "responses")
"""What OpenAPI asks for, and nobody needs to serve a contract."""
TEXTS = ["string"]
OPEN = {"Schema", "Components"}
"""Objects of OpenAPI whose unknown keys do no harm: most programs that read contracts let them be."""


def structure_findings(source: Source) -> Iterator[Finding]:
    """What in a document is not as OpenAPI says; a warning where it can be served all the same."""
    schema, validator = _openapi_schema(str(source.value["openapi"])[:3])
    for error in validator.iter_errors(_as_it_counts(source.value)):
        yield from _explained(source, schema, error)


@lru_cache
def _openapi_schema(minor: str) -> tuple[Any, Any]:
    """OpenAPI's own schema of its documents, and its validator.

    openapi-spec-validator brings it; its file alone is read, because importing the package takes half a second.
    """
    package = find_spec("openapi_spec_validator")
    if package is None or package.origin is None:
        raise ImportError("openapi-spec-validator is not installed")
    version = "v3.1" if minor == "3.1" else "v3.0"
    file = Path(package.origin).parent / "resources" / "schemas" / version / "schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    if minor == "3.1":
        # It leaves open what a schema is; the default is JSON Schema's own dialect.
        schema["$defs"]["schema"] = {"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}
    return schema, validator_for(schema, validate_formats=False)


def _as_it_counts(document: Any) -> Any:
    """The document with its whole version, and without paths that have nothing at all: they do no harm."""
    changed: dict[str, Any] = {"openapi": f"{str(document['openapi'])[:3]}.0"}
    paths = document.get("paths")
    if isinstance(paths, Mapping):
        changed["paths"] = {path: _without_reference(item) for path, item in paths.items() if item is not None}
    return {**document, **changed}


def _without_reference(item: Any) -> Any:
    """A path item without the reference that may stand beside its operations."""
    if isinstance(item, Mapping) and len(item) > 1:
        return {key: value for key, value in item.items() if key != "$ref"}
    return item


def _explained(source: Source, schema: Any, error: ValidationError) -> Iterator[Finding]:
    cause = _cause(error)
    path, value = located(source.value, cause.instance_path)
    kind: Any = cause.kind
    if kind.name == "additionalProperties":
        allowed = _allowed(schema, cause)
        for key in kind.unexpected:
            text = f"unknown key {key!r}{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
            is_open = bool(OPEN & {*map(str, cause.schema_path)})
            yield _finding(source, (*path, key), text, harmless=is_open or _is_range(key))
    elif kind.name == "required":
        text = f"{kind.property!r} is required{nearest(kind.property, value)}"
        yield _finding(source, path, text, harmless=kind.property in SPARED)
    elif kind.name == "type" and kind.types == TEXTS and isinstance(value, bool | int | float):
        yield _finding(source, path, f"{value!r} is no text; write '{value}' with quotes", harmless=True)
    else:
        yield _finding(source, path, cause.message, harmless=False)


def _finding(source: Source, path: Location, text: str, *, harmless: bool) -> Finding:
    place = source.place(path)
    told = f"{'/'.join(map(str, path)) or 'the contract'}: {text[:LONGEST_TEXT]}"
    if harmless:
        return Finding("structure-harmless", WARNING, place, told)
    return Finding("structure", ERROR, place, told)


def _is_range(key: str) -> bool:
    """Whether a key stands for a range of statuses, in lower case."""
    return re.fullmatch(r"[1-5]xx", key) is not None


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
