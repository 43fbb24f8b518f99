"""Answers, compiled: whatever a contract can answer as bytes with slots, filled for each request.

The one place where answers are made: of a named example, else of the contract's schema, else of nothing but a status.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any

from mock_server.contract import json_bodies, media_types
from mock_server.contract.model import Contract, Example, Header, MediaType, Operation, Response
from mock_server.contract.samples import sample
from mock_server.contract.templates import Slot, Text, fill, template
from mock_server.engine.messages import Answer

STATUS_OF: Mapping[str, int] = {
    "unknown-path": 404,
    "no-token": 401,
    "unknown-token": 401,
    "method-not-allowed": 405,
    "unsupported-media-type": 415,
    "parse-error": 400,
    "invalid-body": 400,
}
"""Statuses of the refusals that any contract knows; one with named examples says more."""

NOT_FOUND = "-not-found"
REQUEST_DIGEST = "request-digest"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class UniqueId:
    """The place of a property that has a value of its own for each request (`x-unique`)."""

    schema: Mapping[str, Any]

    def value(self, event_id: str) -> str | int:
        """The event id in the property's own form."""
        if self.schema.get("type") == "integer":
            return int(event_id[:8], 16)
        return str(uuid.UUID(event_id)) if self.schema.get("format") == "uuid" else event_id

    def json(self, event_id: str) -> bytes:
        """The same as JSON."""
        value = self.value(event_id)
        return f'"{value}"'.encode() if isinstance(value, str) else str(value).encode()


Piece = bytes | Slot | Text | UniqueId


@dataclass(frozen=True, slots=True)
class AnswerTemplate:
    """An answer with slots.

    Attributes:
        headers: names and values; a value of None is the request's digest.
        pieces: the body.
        is_json: whether slots are written as JSON.
    """

    status: int
    headers: tuple[tuple[str, str | None], ...]
    pieces: tuple[Piece, ...]
    is_json: bool = True
    example: str | None = None

    @property
    def has_digest(self) -> bool:
        return any(value is None for _, value in self.headers)

    def fill(self, values: Mapping[str, Any], digest: str, event_id: str | None = None) -> Answer:
        """The answer to one request.

        Args:
            values: this time's variable parts (`x-variables`).
            digest: stands in for ids of the request.
            event_id: 32 lower-case hex digits; None where the answer carries none.
        """
        headers = tuple((name, digest if value is None else value) for name, value in self.headers)
        body = b"".join(self._bytes(piece, values, event_id) for piece in self.pieces)
        ids = [piece for piece in self.pieces if isinstance(piece, UniqueId)] if event_id else []
        told = str(ids[0].value(event_id)) if ids and event_id else None
        return Answer(self.status, headers, body, self.example, told)

    def _bytes(self, piece: Piece, values: Mapping[str, Any], event_id: str | None) -> bytes:
        if isinstance(piece, bytes):
            return piece
        if isinstance(piece, UniqueId):
            return piece.json(event_id or "0" * 32)
        value = fill(piece, values)
        return json_bodies.dump(value) if self.is_json else str(value).encode()


class Responses:
    """Everything that a contract can answer, by operation."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._operations = {operation.id: OperationResponses(operation) for operation in contract.operations}

    def of(self, operation: Operation) -> OperationResponses:
        return self._operations[operation.id]

    def refusal(self, operation: Operation | None, name: str, variables: Mapping[str, Any], digest: str) -> Answer:
        """The answer a request is refused with: the example of that name, else what the contract has for its status."""
        if operation is not None:
            found = self.of(operation).refusal(name, variables)
            if found is not None:
                return found.fill(variables, digest)
        if name == "unknown-path" and self._unknown_path is not None:
            return self._unknown_path.fill(variables, digest)
        return self.error(status_of(name), f"{name}: {in_words(variables)}" if variables else name)

    def provider_error(self, operation: Operation | None, message: str, type_name: str, digest: str) -> Answer:
        """What the provider's own faults look like."""
        example = self._contract.faults.get("unhandled")
        if example is None:
            return self.error(500, message)
        return _compiled(operation, example).fill({"message": message, "type": type_name}, digest)

    def error(self, status: int, detail: str, **extra: object) -> Answer:
        """A refusal that no example describes: in the contract's own shape, else RFC 9457's."""
        shape = self._contract.error
        if shape is not None:
            value = fill(self._error, {"status": status, "detail": detail})
            return Answer(status, (("Content-Type", shape.media_type),), json_bodies.dump({**value, **extra}))
        value = {"type": "about:blank", "title": _phrase(status), "status": status, "detail": detail, **extra}
        return Answer(status, (("Content-Type", PROBLEM),), json_bodies.dump(value))

    @cached_property
    def _unknown_path(self) -> AnswerTemplate | None:
        example = self._contract.unknown_path
        return _compiled(None, example) if example else None

    @cached_property
    def _error(self) -> Any:
        shape = self._contract.error
        return template(shape.value, shape.variables) if shape else None


class OperationResponses:
    """What one operation can answer, compiled when it is first needed."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._examples: dict[tuple[str, int], AnswerTemplate] = {}
        self._statuses: dict[tuple[str, int], AnswerTemplate] = {}

    @cached_property
    def success(self) -> AnswerTemplate:
        """The answer to an accepted request where nothing else was asked for."""
        response = self.operation.success
        if response is None:
            return AnswerTemplate(200, (), ())
        return self.status(response, int(response.status) if response.status.isdigit() else 200)

    def example(self, example: Example, status: int | None = None) -> AnswerTemplate:
        """A named example, with another status where one is given."""
        key = example.name, status or example.status
        if key not in self._examples:
            self._examples[key] = _compiled(self.operation, replace(example, status=key[1]))
        return self._examples[key]

    def status(self, response: Response, status: int) -> AnswerTemplate:
        """The first example of a response, else a value made from its schema, else an empty body."""
        key = response.status, status
        if key not in self._statuses:
            self._statuses[key] = self._of_status(response, status)
        return self._statuses[key]

    def refusal(self, name: str, variables: Mapping[str, Any]) -> AnswerTemplate | None:
        """The answer for a reason to refuse; None where the contract describes none."""
        example = self.operation.example(name)
        if example is not None:
            return self.example(example)
        status = status_of(name)
        response = self.operation.response(status)
        if response is None and name == "invalid-body":
            status, response = 422, self.operation.response(422)
        return self.status(response, status) if response is not None and response.content else None

    def _of_status(self, response: Response, status: int) -> AnswerTemplate:
        content = sorted(response.content, key=lambda media_type: not media_types.is_json(media_type.name))
        if not content:
            return AnswerTemplate(status, _declared(response.headers), ())
        media_type = content[0]
        if media_type.examples:
            return self.example(media_type.examples[0], status)
        value = sample(media_type.schema)
        made = _compiled(self.operation, Example("", value, status, media_type.name))
        return replace(made, example=None)


def made_up(operation: Operation, example: Example) -> AnswerTemplate:
    """The answer of an example that stands in no contract, in an operation's words."""
    return replace(_compiled(operation, example, with_ids=False), example=None)


def status_of(name: str) -> int:
    """The status of a refusal that has no example."""
    return STATUS_OF.get(name, 404 if name.endswith(NOT_FOUND) else 400)


def in_words(variables: Mapping[str, Any]) -> str:
    """What is wrong, in one line."""
    return "; ".join(_listed(value) for value in variables.values())


def _listed(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return "; ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in value.items())


def _compiled(operation: Operation | None, example: Example, *, with_ids: bool = True) -> AnswerTemplate:
    response = operation.response(example.status) if operation else None
    is_json = media_types.is_json(media_types.essence(example.media_type))
    pattern = template(example.value, example.variables)
    if with_ids and is_json and isinstance(pattern, dict) and response is not None:
        unique = {name: UniqueId(schema) for name, schema in _unique(response).items() if name in pattern}
        pattern = {**pattern, **unique}
    headers: dict[str, str | None] = {"Content-Type": example.media_type}
    given = dict(_declared(response.headers if response else ()))
    headers = _merged({**headers, **given}, example.headers)
    pieces = _joined(_json_pieces(pattern) if is_json else _text_pieces(pattern))
    return AnswerTemplate(example.status, tuple(headers.items()), pieces, is_json, example.name)


def _merged(headers: dict[str, str | None], changed: Mapping[str, str | None]) -> dict[str, str | None]:
    """The headers with those of the example alone; None takes one away."""
    names = {name.lower() for name in changed}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return kept | {name: value for name, value in changed.items() if value is not None}


def _unique(response: Response) -> Mapping[str, Mapping[str, Any]]:
    media_type: MediaType | None = next((item for item in response.content if media_types.is_json(item.name)), None)
    properties = media_type.schema.properties if media_type and media_type.schema else {}
    return {name: schema.node for name, schema in properties.items() if schema.node.get("x-unique")}


def _json_pieces(pattern: Any) -> Iterable[Piece]:
    if isinstance(pattern, (Slot, Text, UniqueId)):
        yield pattern
    elif isinstance(pattern, dict) and pattern:
        for index, (key, value) in enumerate(pattern.items()):
            yield (b"," if index else b"{") + json_bodies.dump(key) + b":"
            yield from _json_pieces(value)
        yield b"}"
    elif isinstance(pattern, list) and pattern:
        for index, value in enumerate(pattern):
            yield b"," if index else b"["
            yield from _json_pieces(value)
        yield b"]"
    else:
        yield json_bodies.dump(pattern)


def _text_pieces(pattern: Any) -> Iterable[Piece]:
    yield pattern if isinstance(pattern, (Slot, Text)) else str(pattern).encode()


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces with fixed neighbours made one."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            found[-1] = last + piece
        else:
            found.append(piece)
    return tuple(found)


def _declared(headers: Iterable[Header]) -> tuple[tuple[str, str | None], ...]:
    """Headers that a response declares and the mock can give a value; None is the request's digest."""
    found: list[tuple[str, str | None]] = []
    for header in headers:
        if header.generator == REQUEST_DIGEST:
            found.append((header.name, None))
        elif header.example is not None:
            found.append((header.name, header.example))
        elif header.required and header.schema:
            found.append((header.name, str(sample(header.schema))))
    return tuple(found)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else str(status)
