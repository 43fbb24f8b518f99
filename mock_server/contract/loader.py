"""Reads the contract: the only place that knows how facts about the API are written in YAML."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from mock_server.contract.builtin import default_spec
from mock_server.contract.document.elsewhere import Fetched, fetch, is_elsewhere
from mock_server.contract.document.references import BrokenReference, Documents, Target
from mock_server.contract.document.source import Source, SourceError, load_source, parse_source
from mock_server.contract.findings import Finding
from mock_server.contract.lint import METHODS, check_contract
from mock_server.contract.media.written import header_text
from mock_server.contract.model import (
    JSON_MEDIA_TYPE,
    Contract,
    Example,
    Header,
    MediaType,
    Operation,
    Parameter,
    PathItem,
    RequestBody,
    Response,
)
from mock_server.contract.nodes import (
    encoding_of,
    example_of,
    first_example,
    holds_json,
    meant_example,
    patterns_of,
    resources_of,
    security_scheme_of,
)
from mock_server.contract.resources import read_levels
from mock_server.contract.routes import path_pattern, segments_of
from mock_server.contract.schema.dialect import Direction
from mock_server.contract.schema.schemas import Schema, SchemaLibrary

Made = TypeVar("Made")

NO_PARAMETERS = ("accept", "content-type", "authorization")
"""Headers that OpenAPI has other words for; declared as parameters, they are to be ignored."""


Place = Path | str | Fetched
"""Where a contract is: a file, an address, standard input (`-`), or what was read from there."""


def load_contract(place: Place | None = None, base_path: str | None = None) -> Contract:
    """Read and check a contract; without a place, the one that travels with the kit.

    Args:
        place: where it is.
        base_path: what stands in front of its paths; None: the path of its server.

    Raises:
        SourceError: it is missing, not YAML, or not a valid OpenAPI 3 contract.
    """
    return read_contract(source_at(place), base_path)


def source_at(place: Place | None = None) -> Source:
    """The document at a place, not yet checked. Raises SourceError: there is none."""
    if isinstance(place, str) and is_elsewhere(place):
        place = fetch(place)
    if isinstance(place, Fetched):
        return parse_source(place.text, place.name)
    return load_source(place if place is not None else default_spec())


def read_contract(source: Source, base_path: str | None = None) -> Contract:
    """Make the contract's value objects; `base_path` as in `load_contract`.

    Raises:
        SourceError: the document is not a valid OpenAPI 3 contract; every fault is named.
    """
    documents = Documents(source)
    warnings = check_contract(source, documents)
    try:
        return _Reader(source, documents, base_path).contract(warnings)
    except BrokenReference as error:
        raise SourceError(f"{source.name}: {error}") from None


class _Reader:
    def __init__(self, source: Source, documents: Documents, base_path: str | None = None) -> None:
        self.base_path = base_path
        self.source = source
        self.document: Mapping[str, Any] = source.value
        self.documents = documents
        self.library = SchemaLibrary(documents, is_31=str(self.document["openapi"]).startswith("3.1"))
        self._made: dict[tuple[str, ...], Any] = {}

    def contract(self, warnings: tuple[Finding, ...]) -> Contract:
        document = self.document
        schemes = (document.get("components") or {}).get("securitySchemes") or {}
        path_items = tuple(self._path_items())
        return Contract(
            source=self.source,
            document=document,
            path_items=path_items,
            security_schemes={key: security_scheme_of(key, self._at(node).node) for key, node in schemes.items()},
            order_of_checks=tuple(document.get("x-order-of-checks", ())),
            messages={key: text for key, text in document.get("x-messages", {}).items() if key != "x-source"},
            faults={
                name: example_of(name, node, node["status"], node.get("media-type", JSON_MEDIA_TYPE))
                for name, node in document.get("x-faults", {}).items()
                if name != "x-source"
            },
            levels=read_levels(document.get("x-resources"), map(resources_of, path_items)),
            error=example_of("error", document["x-error"], 0, JSON_MEDIA_TYPE) if "x-error" in document else None,
            cors=document.get("x-cors"),
            unknown_path=self._unknown_path(),
            content_encodings=tuple(document["x-content-encodings"]) if "x-content-encodings" in document else None,
            warnings=warnings,
            files=tuple(Path(source.name) for source in self.documents.sources.values()),
        )

    def _at(self, node: Any, base: str | None = None) -> Target:
        """The object itself, where a reference stands for it."""
        return self.documents.follow(node, base)

    def _once(self, make: Callable[..., Made], *names: str, target: Target) -> Made:
        """What is made of an object, called by some names; made once, however many references lead to it."""
        if not target.pointer:
            return make(*names, target)
        key = make.__name__, *names, target.uri
        if key not in self._made:
            self._made[key] = make(*names, target)
        made: Made = self._made[key]
        return made

    # ---- paths and operations

    def _path_items(self) -> Iterator[PathItem]:
        """The paths that have operations; one whose operations have different servers, once for each."""
        for path, node in (self.document.get("paths") or {}).items():
            if not str(path).startswith("/") or not isinstance(node, Mapping):
                continue
            target = self._at(node)
            item = {**target.node, **{key: value for key, value in node.items() if key != "$ref"}}
            by_server: dict[str, dict[str, Operation]] = {}
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    server = self._server(item[method].get("servers") or item.get("servers"))
                    operation = self._operation(server + path, (path, method), item, target.base)
                    by_server.setdefault(server, {})[method.upper()] = operation
            steps, _, query = path.partition("?")
            for server, operations in by_server.items():
                yield PathItem(
                    template=server + path,
                    path=path,
                    segments=segments_of(server + steps, patterns_of(operations)),
                    query=frozenset(parse_qsl(query, keep_blank_values=True)),
                    operations=operations,
                    options_answer=item.get("x-options-answer", {}).get("value"),
                    keep=item.get("x-keep"),
                )

    def _server(self, own: Any) -> str:
        """The path of the first server, in front of the contract's own."""
        if self.base_path is not None:
            return self.base_path.rstrip("/")
        server = (own or self.document.get("servers") or [{}])[0]
        variables = server.get("variables") or {}

        def default(match: re.Match[str]) -> str:
            return str(variables.get(match[1], {}).get("default", ""))

        url = re.sub(r"\{([^}]+)\}", default, str(server.get("url") or "/"))
        path = re.sub(r"^([\w+.-]*:)?//[^/?#]*|[?#].*", "", url)
        return posixpath.normpath(f"/{path.strip('/')}").rstrip("/")

    def _operation(self, path: str, at: tuple[str, str], item: Mapping[str, Any], base: str) -> Operation:
        node: Mapping[str, Any] = item[at[1]]
        parameters: dict[tuple[str, str], Parameter] = {}
        for parameter_node in (*item.get("parameters", ()), *node.get("parameters", ())):
            parameter = self._once(self._parameter, target=self._at(parameter_node, base))
            if parameter.location != "header" or parameter.name.lower() not in NO_PARAMETERS:
                parameters[parameter.location, parameter.name] = parameter
        for name in re.findall(r"\{([^}]+)\}", at[0]):
            parameters.setdefault(
                ("path", name), Parameter(name, "path", True, None, None, None, None, "simple", False)
            )
        return Operation(
            id=str(node.get("operationId") or f"{at[1].upper()} {at[0]}"),
            method=at[1].upper(),
            path=path,
            location=("paths", *at),
            summary=str(node.get("summary", "")),
            parameters=tuple(parameters.values()),
            body=self._once(self._body, target=self._at(node["requestBody"], base)) if "requestBody" in node else None,
            responses=tuple(
                self._once(self._response, str(status), target=self._at(response, base))
                for status, response in (node.get("responses") or {}).items()
                if not str(status).startswith("x-")
            ),
            security=self._security(node),
            side_effect=node.get("x-side-effect"),
        )

    def _security(self, node: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        """The alternatives, but for schemes that nothing declares, and for what is proven below HTTP."""
        schemes = (self.document.get("components") or {}).get("securitySchemes") or {}
        known = [name for name, scheme in schemes.items() if self._at(scheme).node.get("type") != "mutualTLS"]
        asked = node.get("security", self.document.get("security", ())) or ()
        return tuple(tuple(name for name in alternative if name in known) for alternative in asked)

    def _parameter(self, target: Target) -> Parameter:
        node = target.node
        schema = self._schema_of(target, "request")
        style = node.get("style", "form" if node["in"] in ("query", "cookie") else "simple")
        pattern = path_pattern(node.get("x-path-pattern"), str(schema.node.get("pattern", "")) if schema else "")
        return Parameter(
            name=str(node["name"]),
            location=node["in"],
            required=bool(node.get("required", False)),
            schema=schema,
            example=node.get("example", first_example(node, schema.node.get("example") if schema else None)),
            resource=node.get("x-resource"),
            pattern=pattern,
            style=style,
            explode=bool(node.get("explode", style == "form")),
            is_json=holds_json(node),
            may_be_empty=node.get("allowEmptyValue") is True,
        )

    def _body(self, target: Target) -> RequestBody:
        return RequestBody(bool(target.node.get("required", False)), self._content(target, 200, "request"))

    # ---- answers

    def _response(self, status: str, target: Target) -> Response:
        node = target.node
        number = int(status) if status.isdigit() else int(status[0]) * 100 if status[0].isdigit() else 500
        headers = (node.get("headers") or {}).items()
        links = node.get("links") or {}
        return Response(
            status=status,
            description=str(node.get("description", "")),
            headers=tuple(
                self._once(self._header, name, target=self._at(header, target.base)) for name, header in headers
            ),
            content=self._content(target, number, "answer"),
            links=tuple(self._at(link, target.base).node.get("parameters") or {} for link in links.values()),
        )

    def _header(self, name: str, target: Target) -> Header:
        node = target.node
        example = node.get("example", first_example(node, None))
        return Header(
            name=name,
            required=bool(node.get("required", False)),
            schema=self._schema_of(target, "answer"),
            example=None if example is None else header_text(example, as_json=holds_json(node)),
            generator=node.get("x-mock"),
            is_json=holds_json(node),
        )

    def _content(self, target: Target, status: int, direction: Direction) -> tuple[MediaType, ...]:
        content = (target.node.get("content") or {}).items()
        return tuple(
            self._media_type(name, Target(node or {}, target.base), status, direction) for name, node in content
        )

    def _media_type(self, name: str, target: Target, status: int, direction: Direction) -> MediaType:
        node = target.node
        named = {key: self._at(item, target.base).node for key, item in (node.get("examples") or {}).items()}
        examples = [example_of(key, item, status, name) for key, item in named.items() if "value" in item]
        if not examples and "example" in node:
            examples = [Example("example", node["example"], status, name)]
        schema = self._schema_of(target, direction)
        examples = [replace(each, value=meant_example(each.value, name, schema)) for each in examples]
        encoding = {
            key: encoding_of(key, item, schema.known.get(key) if schema else None)
            for key, item in (node.get("encoding") or {}).items()
        }
        return MediaType(name, schema, tuple(examples), encoding)

    def _schema_of(self, target: Target, direction: Direction) -> Schema | None:
        node = target.node
        if "schema" in node:
            return self.library.schema(node["schema"], target.base, direction)
        content = node.get("content")
        return self._schema_of(Target(next(iter(content.values())), target.base), direction) if content else None

    def _unknown_path(self) -> Example | None:
        for node in ((self.document.get("components") or {}).get("responses") or {}).values():
            for example in self._response("404", self._at(node)).examples:
                if example.name == "unknown-path":
                    return example
        return None
