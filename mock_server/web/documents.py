"""The contract as others read it: what Connexion routes and binds, and what the Swagger UI shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.media.media_types import essence, is_json
from mock_server.contract.model import Contract, MediaType, Operation, Parameter, PathItem
from mock_server.contract.routes import openness
from mock_server.contract.schema.schemas import Schema

NAME = re.compile(r"\{([^}]+)\}")


def for_connexion(contract: Contract) -> dict[str, object]:
    """All that Connexion needs to route and to bind: paths, concrete ones first, operations, what they take, by type.

    It knows OpenAPI 3.0 alone, stumbles over much that a valid document may hold, and follows what looks like a
    reference anywhere; whether a request is valid, the compiled contract judges.
    """
    items = sorted(contract.path_items, key=lambda item: [openness(segment) for segment in item.segments])
    paths: dict[str, Any] = {}
    for item in items:
        paths.setdefault(routable(item.template), {}).update(_methods(item))
    return {"openapi": "3.0.3", "info": {"title": "", "version": ""}, "servers": [{"url": "/"}], "paths": paths}


def routable(template: str) -> str:
    """A path template whose parameters have names that Connexion's router can read."""
    return NAME.sub(lambda found: f"{{{_plain_name(found[1])}}}", template)


def routable_path(operation: Operation, texts: Mapping[str, str]) -> str:
    """The path of a request as `routable` names it, with the texts of its parameters."""
    return NAME.sub(lambda found: texts.get(found[1], found[0]), operation.path)


def for_people(contract: Contract) -> dict[str, object]:
    """The document with whole paths and operationIds, and this server first."""
    paths: dict[str, object] = {}
    for item in contract.path_items:
        node = contract.document["paths"][item.path]
        ids = {method.lower(): {"operationId": operation.id} for method, operation in item.operations.items()}
        paths[item.template] = {key: {**value, **ids[key]} if key in ids else value for key, value in node.items()}
    return {**contract.document, "paths": paths, "servers": [{"url": ""}]}


def _methods(item: PathItem) -> Iterator[tuple[str, object]]:
    for method, operation in item.operations.items():
        described = {each.name: each for each in operation.parameters_in("path")}
        names = dict.fromkeys(NAME.findall(item.template))
        parameters = [{**_parameter(name, described.get(name)), "in": "path", "required": True} for name in names]
        parameters += [{**_parameter(each.name, each), "in": "query"} for each in operation.parameters_in("query")]
        node: dict[str, object] = {"operationId": operation.id, "responses": {"default": {"description": ""}}}
        if operation.body:
            node["requestBody"] = {"content": {each.name: {"schema": _shape(each)} for each in operation.body.content}}
        yield method.lower(), {**node, "parameters": parameters}


def _parameter(name: str, parameter: Parameter | None) -> dict[str, object]:
    """A parameter with the type that a handler gets it in."""
    schema = parameter.schema if parameter else None
    shape: dict[str, object] = {"type": _kind(schema)}
    if shape["type"] == "array":
        shape["items"] = {"type": _kind(schema.items if schema else None)}
    found: dict[str, object] = {"name": _plain_name(name), "schema": shape}
    return found if parameter is None or parameter.location == "path" else {**found, "explode": parameter.explode}


def _shape(media_type: MediaType) -> dict[str, object]:
    """The schema of a body, as far as its binding depends on it: the fields of a form."""
    schema = media_type.schema
    if schema is None or is_json(essence(media_type.name)):
        return {}
    fields = {name: {"type": _kind(part)} for name, part in schema.properties.items()}
    return {"type": "object", "properties": fields} if fields else {}


def _kind(schema: Schema | None) -> str:
    kind = schema.node.get("type") if schema else None
    return kind if kind in ("integer", "number", "boolean", "array") else "string"


def _plain_name(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII) if re.match(r"[A-Za-z_]", name) else f"_{name.encode().hex()}"
