"""Single objects of an OpenAPI document as the model's values; `loader` says where they stand. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_server.contract.expressions import Expression
from mock_server.contract.media import media_types
from mock_server.contract.model import Encoding, Example, Operation, PathItem
from mock_server.contract.schema.schemas import Schema
from mock_server.contract.security import SecurityScheme


def meant_example(value: Any, media_type: str, schema: Schema | None) -> Any:
    """An example; the JSON that was written as a text where the schema knows no text."""
    is_json = media_types.is_json(media_types.essence(media_type))
    kinds = {*schema.kinds} if schema else set()
    if not is_json or not isinstance(value, str) or not kinds or not kinds <= {"object", "array"}:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def encoding_of(name: str, node: Mapping[str, Any], schema: Schema | None) -> Encoding:
    style = node.get("style", "form")
    is_json = media_types.is_json(media_types.essence(str(node.get("contentType", ""))))
    return Encoding(name, schema, style, bool(node.get("explode", style in ("form", "deepObject"))), is_json)


def holds_json(node: Mapping[str, Any]) -> bool:
    """Whether the text of a parameter or header is JSON."""
    return any(media_types.is_json(media_types.essence(name)) for name in node.get("content", ()))


def first_example(parameter: Mapping[str, Any], otherwise: Any) -> Any:
    """The first of a parameter's named examples that has a value."""
    named = parameter.get("examples")
    nodes = named.values() if isinstance(named, Mapping) else ()
    return next((node["value"] for node in nodes if isinstance(node, Mapping) and "value" in node), otherwise)


def example_of(name: str, node: Mapping[str, Any], status: int, media_type: str) -> Example:
    return Example(
        name=name,
        value=node["value"],
        status=status,
        media_type=media_type,
        summary=node.get("summary", ""),
        variables=node.get("x-variables", {}),
        headers={key: None if text is None else str(text) for key, text in node.get("x-headers", {}).items()},
    )


def security_scheme_of(key: str, node: Mapping[str, Any]) -> SecurityScheme:
    return SecurityScheme(
        key=key,
        kind=node["type"],
        location=node.get("in", "header"),
        name=node.get("name", "Authorization"),
        scheme=node.get("scheme", "" if node["type"] == "apiKey" else "bearer").lower(),
        pattern=Expression(node.get("x-pattern", r"^.+$")),
        refused_with=node.get("x-refused-with"),
    )


def patterns_of(operations: Mapping[str, Operation]) -> dict[str, Expression | None]:
    """What each path parameter matches, where the operations of the path agree; where not, each looks for itself."""
    found: dict[str, set[Expression | None]] = {}
    for operation in operations.values():
        for parameter in operation.parameters_in("path"):
            found.setdefault(parameter.name, set()).add(parameter.pattern)
    return {name: next(iter(patterns)) if len(patterns) == 1 else None for name, patterns in found.items()}


def resources_of(item: PathItem) -> tuple[str, ...]:
    """The resources that a path's parameters name, in the path's order."""
    parameters = {each.name: each for each in item.any_operation.parameters_in("path")} if item.operations else {}
    names = (name for segment in item.segments for name in segment.names)
    return tuple(resource for name in names if (resource := parameters[name].resource if name in parameters else None))
