"""The contract as others read it: what Connexion routes and binds, and what the Swagger UI shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.model import Contract, Operation, PathItem
from mock_server.contract.routes import openness

NAME = re.compile(r"\{([^}]+)\}")


def for_connexion(contract: Contract) -> dict[str, Any]:
    """Paths, methods, operationIds and path parameters, concrete paths first: all that Connexion needs to route.

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


def for_people(contract: Contract) -> dict[str, Any]:
    """The document with whole paths and operationIds, and this server first."""
    paths: dict[str, Any] = {}
    for item in contract.path_items:
        node = contract.document["paths"][item.path]
        ids = {method.lower(): {"operationId": operation.id} for method, operation in item.operations.items()}
        paths[item.template] = {key: {**value, **ids[key]} if key in ids else value for key, value in node.items()}
    return {**contract.document, "paths": paths, "servers": [{"url": ""}]}


def _methods(item: PathItem) -> Iterator[tuple[str, Any]]:
    for method, operation in item.operations.items():
        parameters = [
            {"name": _plain_name(name), "in": "path", "required": True, "schema": {"type": "string"}}
            for name in dict.fromkeys(NAME.findall(item.template))
        ]
        responses = {"default": {"description": ""}}
        yield method.lower(), {"operationId": operation.id, "parameters": parameters, "responses": responses}


def _plain_name(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII) if re.match(r"[A-Za-z_]", name) else f"_{name.encode().hex()}"
