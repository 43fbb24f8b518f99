"""The contract as frozen value objects: everything the mock and the verifier know about the API.

`loader.py` makes them from the YAML. The `x-` extensions are explained in `docs/contract.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mock_server.contract.document.source import Location, Source
from mock_server.contract.expressions import Expression
from mock_server.contract.findings import Finding
from mock_server.contract.resources import Level
from mock_server.contract.routes import RouteTable, Segment
from mock_server.contract.schema.schemas import Schema
from mock_server.contract.security import SecurityScheme

JSON_MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Example:
    """A named example: one answer (or request) the contract spells out.

    Attributes:
        variables: its parts that differ from request to request, as they stand in `value` (`x-variables`).
        headers: headers of this answer alone; None means the answer comes without it (`x-headers`).
    """

    name: str
    value: object
    status: int = 200
    media_type: str = JSON_MEDIA_TYPE
    summary: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a property of a form is written."""

    name: str
    schema: Schema | None
    style: str = "form"
    explode: bool = True
    is_json: bool = False

    @property
    def nested(self) -> Encoding:
        """The same written as `name[key]=…`."""
        return replace(self, style="deepObject")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type of a body. `encoding` says how properties of a form are written where that is not usual."""

    name: str
    schema: Schema | None
    examples: tuple[Example, ...]
    encoding: Mapping[str, Encoding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """A response header.

    Attributes:
        generator: how the mock makes a value that no example can give (`x-mock`).
        is_json: whether its text is JSON.
    """

    name: str
    required: bool
    schema: Schema | None
    example: str | None
    generator: str | None
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What an operation may answer.

    Attributes:
        status: a number, a range such as `4XX`, or `default`.
        links: for each of its links, where in the answer the parameters of the next request stand, by their names.
    """

    status: str
    description: str
    headers: tuple[Header, ...]
    content: tuple[MediaType, ...]
    links: tuple[Mapping[str, object], ...] = ()

    @property
    def examples(self) -> Iterator[Example]:
        return (example for media_type in self.content for example in media_type.examples)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter.

    Attributes:
        resource: what it names in a catalogue (`x-resource`).
        pattern: what a path parameter matches; None: any text.
        style: how values are written, with `explode`.
        is_json: whether its text is JSON.
        may_be_empty: whether nothing may stand behind its name, whatever its schema says.
    """

    name: str
    location: str
    required: bool
    schema: Schema | None
    example: object
    resource: str | None
    pattern: Expression | None
    style: str
    explode: bool
    is_json: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class RequestBody:
    required: bool
    content: tuple[MediaType, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `security` lists alternatives, each a set of schemes; empty means open to all."""

    id: str
    method: str
    path: str
    location: Location
    summary: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: tuple[Response, ...]
    security: tuple[tuple[str, ...], ...]
    side_effect: str | None

    def parameters_in(self, location: str) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.location == location)

    def response(self, status: int) -> Response | None:
        """The response that describes a status: the number itself, else its range, else `default`."""
        by_status = {response.status.upper(): response for response in self.responses}
        return by_status.get(str(status)) or by_status.get(f"{status // 100}XX") or by_status.get("DEFAULT")

    @property
    def examples(self) -> Iterator[Example]:
        """Every named example of an answer, in the order of the contract."""
        return (example for response in self.responses for example in response.examples)

    def example(self, name: str) -> Example | None:
        return next((example for example in self.examples if example.name == name), None)

    @property
    def success(self) -> Response | None:
        """The response of an accepted request: the first 2xx, else a redirect, else the default one, else any."""
        kinds = ("2", "3", "default", "")
        return next((each for kind in kinds for each in self.responses if each.status.startswith(kind)), None)


@dataclass(frozen=True, slots=True)
class PathItem:
    """A path with its operations by upper-case method.

    Attributes:
        template: the whole path, the server's part of it included.
        path: the path as it stands in the contract.
        keep: whether it keeps what is sent to it (`x-keep`); None: as the mock is told.
    """

    template: str
    path: str
    segments: tuple[Segment, ...]
    operations: Mapping[str, Operation]
    options_answer: object
    query: frozenset[tuple[str, str]] = frozenset()
    keep: bool | None = None

    def operation(self, method: str) -> Operation | None:
        """The operation of a method; HEAD is answered as GET is."""
        found = self.operations.get(method)
        return self.operations.get("GET") if found is None and method == "HEAD" else found

    @property
    def any_operation(self) -> Operation:
        """The operation whose answers stand for the path item's where the method has none of its own."""
        return next(iter(self.operations.values()))


@dataclass(frozen=True)
class Contract:
    """The whole contract.

    Attributes:
        document: the YAML as plain data.
        order_of_checks: names of the answers a request is refused with, in the order of the checks.
        messages: texts of validation errors by kind; empty where the contract has none.
        faults: answers that only a faithful copy of the provider's own faults needs.
        levels: what its paths name, level by level.
        error: the shape of a refusal that no example describes; None: RFC 9457's.
        cors: how browsers are answered; None where the contract says nothing.
        content_encodings: those that a body may come in; None where the contract says nothing.
        warnings: what is weak in it, though it can be served.
        files: all that it was read from.
    """

    source: Source
    document: Mapping[str, Any]
    path_items: tuple[PathItem, ...]
    security_schemes: Mapping[str, SecurityScheme]
    order_of_checks: tuple[str, ...]
    messages: Mapping[str, str]
    faults: Mapping[str, Example]
    levels: tuple[Level, ...]
    error: Example | None
    cors: Mapping[str, Any] | None
    unknown_path: Example | None
    content_encodings: tuple[str, ...] | None = None
    warnings: tuple[Finding, ...] = ()
    files: tuple[Path, ...] = ()

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(operation for item in self.path_items for operation in item.operations.values())

    @property
    def title(self) -> str:
        return str((self.document.get("info") or {}).get("title", "an API without a title"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the contract's content, to record which contract an answer or a finding goes back to."""
        return hashlib.sha256(repr(self.document).encode()).hexdigest()

    @cached_property
    def _routes(self) -> RouteTable[PathItem]:
        return RouteTable(self.path_items)

    @cached_property
    def _by_id(self) -> Mapping[str, Operation]:
        return {operation.id: operation for operation in self.operations}

    def find(self, raw_path: str, method: str | None = None) -> tuple[PathItem, dict[str, str]] | None:
        """The path item of a request's path (percent-encoded, without query), with its parameters as text.

        Of paths that differ in the names of their parameters only, the one that has the method.
        """
        return next(iter(self.candidates(raw_path, method)), None)

    def candidates(self, raw_path: str, method: str | None = None) -> list[tuple[PathItem, dict[str, str]]]:
        """The path items that a path may be, as `find` does: those that have the method, else the first."""
        found = list(self._routes.find(raw_path))
        return [each for each in found if method is None or each[0].operation(method)] or found[:1]

    def operation(self, operation_id: str) -> Operation | None:
        return self._by_id.get(operation_id)
