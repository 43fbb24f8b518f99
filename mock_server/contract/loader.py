"""Reads the contract: the only place that knows how facts about the API are written in YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.lint import check_contract
from mock_server.contract.model import (
    JSON_MEDIA_TYPE,
    METHODS,
    Contract,
    Example,
    Header,
    MediaType,
    Operation,
    Parameter,
    PathItem,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
)
from mock_server.contract.resources import read_levels
from mock_server.contract.source import Location, Source, load_source

ANY_SEGMENT = r"(?s:.+)"


def default_spec() -> Path:
    """The contract that travels with the package, or the checkout's own."""
    package = Path(__file__).parent.parent
    packaged = package / "openapi.yaml"
    return packaged if packaged.exists() else package.parent / "spec" / "openapi.yaml"


def load_contract(path: Path | str | None = None) -> Contract:
    """Read and check a contract; without a path, the one that travels with the kit.

    Raises:
        SourceError: the file is missing, not YAML, or not a valid OpenAPI 3.0 contract.
    """
    return read_contract(load_source(path if path is not None else default_spec()))


def read_contract(source: Source) -> Contract:
    """Make the contract's value objects.

    Raises:
        SourceError: the document is not a valid OpenAPI 3.0 contract; every fault is named.
    """
    check_contract(source)
    return _Reader(source).contract()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.document: dict[str, Any] = source.value

    def contract(self) -> Contract:
        components = self.document.get("components", {})
        faults = self.document.get("x-faults", {})
        item_nodes = self.document["paths"].items()
        path_items = tuple(self._path_item(path, node) for path, node in item_nodes if path.startswith("/"))
        return Contract(
            source=self.source,
            document=self.document,
            path_items=path_items,
            security_schemes={
                key: self._security_scheme(key, self._follow(node))
                for key, node in components.get("securitySchemes", {}).items()
            },
            order_of_checks=tuple(self.document.get("x-order-of-checks", ())),
            messages={key: text for key, text in self.document.get("x-messages", {}).items() if key != "x-source"},
            faults={
                name: self._example(name, node, node["status"], "application/json")
                for name, node in faults.items()
                if name != "x-source"
            },
            levels=read_levels(self.document.get("x-resources"), map(_named_by, path_items)),
            error=self._example("error", self.document["x-error"], 0, JSON_MEDIA_TYPE)
            if "x-error" in self.document
            else None,
            cors=self.document.get("x-cors"),
            unknown_path=self._unknown_path(),
        )

    # ---- paths and operations

    def _path_item(self, path: str, node: Mapping[str, Any]) -> PathItem:
        shared = node.get("parameters", ())
        operations = {
            method.upper(): self._operation(path, method, node[method], shared) for method in METHODS if method in node
        }
        parameters = {
            parameter.name: parameter
            for operation in operations.values()
            for parameter in operation.parameters_in("path")
        }
        full_path = urlsplit(self._server()).path.rstrip("/") + path
        return PathItem(
            template=full_path,
            segments=tuple(_segment(text, parameters) for text in full_path.split("/")),
            operations=operations,
            options_answer=node.get("x-options-answer", {}).get("value"),
        )

    def _server(self) -> str:
        servers = self.document.get("servers") or [{"url": "/"}]
        variables = servers[0].get("variables", {})
        return re.sub(r"\{(\w+)\}", lambda match: str(variables[match[1]]["default"]), str(servers[0]["url"]))

    def _operation(self, path: str, method: str, node: Mapping[str, Any], shared: Any) -> Operation:
        parameters: dict[tuple[str, str], Parameter] = {}
        for parameter_node in (*shared, *node.get("parameters", ())):
            parameter = self._parameter(self._follow(parameter_node))
            parameters[parameter.location, parameter.name] = parameter
        body = self._follow(node["requestBody"]) if "requestBody" in node else None
        security = node.get("security", self.document.get("security", ()))
        location: Location = ("paths", path, method)
        return Operation(
            id=node.get("operationId") or f"{method.upper()} {path}",
            method=method.upper(),
            path=urlsplit(self._server()).path.rstrip("/") + path,
            location=location,
            summary=node.get("summary", ""),
            parameters=tuple(parameters.values()),
            body=self._body(body, location) if body else None,
            responses=tuple(
                self._response(str(status), response, (*location, "responses", str(status)))
                for status, response in node["responses"].items()
                if not str(status).startswith("x-")
            ),
            security=tuple(tuple(alternative) for alternative in security),
            side_effect=node.get("x-side-effect"),
        )

    def _parameter(self, node: Mapping[str, Any]) -> Parameter:
        schema = self._schema_of(node)
        pattern = node.get("x-path-pattern") or _inner_pattern(schema.node if schema else {})
        return Parameter(
            name=node["name"],
            location=node["in"],
            required=bool(node.get("required", False)),
            schema=schema,
            example=node.get("example", schema.node.get("example") if schema else None),
            resource=node.get("x-resource"),
            pattern=pattern,
            explode=bool(node.get("explode", node["in"] in ("query", "cookie"))),
        )

    def _body(self, node: Mapping[str, Any], location: Location) -> RequestBody:
        return RequestBody(bool(node.get("required", False)), self._content(node.get("content", {}), 200))

    # ---- answers

    def _response(self, status: str, node: Mapping[str, Any], location: Location) -> Response:
        node = self._follow(node)
        number = int(status) if status.isdigit() else int(status[0]) * 100 if status[0].isdigit() else 500
        return Response(
            status=status,
            description=node.get("description", ""),
            headers=tuple(self._header(name, self._follow(header)) for name, header in node.get("headers", {}).items()),
            content=self._content(node.get("content", {}), number),
        )

    def _header(self, name: str, node: Mapping[str, Any]) -> Header:
        schema = self._schema_of(node)
        example = node.get("example")
        return Header(
            name=name,
            required=bool(node.get("required", False)),
            schema=schema,
            example=None if example is None else str(example),
            generator=node.get("x-mock"),
        )

    def _content(self, node: Mapping[str, Any], status: int) -> tuple[MediaType, ...]:
        return tuple(self._media_type(name, media_type, status) for name, media_type in node.items())

    def _media_type(self, name: str, node: Mapping[str, Any], status: int) -> MediaType:
        named = {key: self._follow(example) for key, example in node.get("examples", {}).items()}
        examples = [self._example(key, example, status, name) for key, example in named.items() if "value" in example]
        if not examples and "example" in node:
            examples = [Example("example", node["example"], status, name)]
        return MediaType(name, self._schema_of(node), tuple(examples))

    def _example(self, name: str, node: Mapping[str, Any], status: int, media_type: str) -> Example:
        return Example(
            name=name,
            value=node["value"],
            status=status,
            media_type=media_type,
            summary=node.get("summary", ""),
            variables=node.get("x-variables", {}),
            headers=node.get("x-headers", {}),
        )

    def _unknown_path(self) -> Example | None:
        responses = self.document.get("components", {}).get("responses", {})
        for name, node in responses.items():
            for example in self._response("404", node, ("components", "responses", name)).examples:
                if example.name == "unknown-path":
                    return example
        return None

    def _error(self) -> Example | None:
        node = self.document.get("x-error")
        return self._example("error", node, 0, JSON_MEDIA_TYPE) if node else None

    def _security_scheme(self, key: str, node: Mapping[str, Any]) -> SecurityScheme:
        return SecurityScheme(
            key=key,
            kind=node["type"],
            location=node.get("in", "header"),
            name=node.get("name", "Authorization"),
            scheme=node.get("scheme", "" if node["type"] == "apiKey" else "bearer").lower(),
            pattern=node.get("x-pattern", r"^.+$"),
            refused_with=node.get("x-refused-with"),
        )

    # ---- references

    def _follow(self, node: Any) -> Any:
        """The object itself, where a local `$ref` stands for it."""
        while isinstance(node, Mapping) and "$ref" in node:
            node = self._at(str(node["$ref"]))
        return node

    def _at(self, reference: str) -> Any:
        node: Any = self.document
        for step in reference[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            node = node[int(step)] if isinstance(node, list) else node[step]
        return node

    def _schema_of(self, node: Mapping[str, Any]) -> Schema | None:
        if "schema" not in node:
            content = node.get("content", {})
            return self._schema_of(next(iter(content.values()))) if content else None
        schema = node["schema"]
        return Schema(schema.get("$ref", "")[1:], self._expand(schema, ()))

    def _expand(self, node: Any, open_references: tuple[str, ...]) -> Any:
        """A copy with every reference filled in; one that leads back into itself stays a `$ref`."""
        if isinstance(node, list):
            return [self._expand(item, open_references) for item in node]
        if not isinstance(node, Mapping):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in open_references:
                return {"$ref": reference}
            return self._expand(self._at(reference), (*open_references, reference))
        return {key: self._expand(value, open_references) for key, value in node.items()}


def _named_by(item: PathItem) -> tuple[str, ...]:
    """The resources that a path's parameters name, in the path's order."""
    parameters = {each.name: each for each in item.any_operation.parameters_in("path")} if item.operations else {}
    names = (name for _, names in item.segments for name in names)
    return tuple(resource for name in names if (resource := parameters[name].resource if name in parameters else None))


def _inner_pattern(schema: Mapping[str, Any]) -> str:
    """What a path parameter matches inside its segment: its own pattern where that is anchored, else anything."""
    pattern = schema.get("pattern", "")
    anchored = len(pattern) > 1 and pattern.startswith("^") and pattern.endswith("$")
    return pattern[1:-1] if anchored else ANY_SEGMENT


def _segment(text: str, parameters: Mapping[str, Parameter]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    pieces = re.split(r"\{([^}]+)\}", text)
    pattern = "".join(
        f"({_without_groups(parameters[piece].pattern)})" if index % 2 else re.escape(piece)
        for index, piece in enumerate(pieces)
    )
    return re.compile(pattern), tuple(pieces[1::2])


def _without_groups(pattern: str) -> str:
    """The pattern with its own groups made non-capturing, so that groups and parameters stay in step."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
