"""Answers, compiled: whatever a contract can answer as bytes with slots, filled for each request.

The one place where answers are made: of a named example, else of the contract's schema, else of nothing but a status.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.media.written import concrete, header_text, written
from mock_server.contract.model import Contract, Example, Header, MediaType, Operation, Response
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema
from mock_server.contract.templates import Slot, Text, fill, template
from mock_server.engine import refusals
from mock_server.engine.messages import Answer

REQUEST_DIGEST = "request-digest"
PROBLEM = "application/problem+json"
REFUSAL = "X-Mock-Refusal"
"""The header that tells the reason of a refusal where the contract's own words do not."""

BODILESS = (204, 205, 304)
FRAMING = frozenset({"content-type", "content-length", "content-encoding", "transfer-encoding", "connection",
                     "keep-alive", "trailer", "upgrade", "date"})  # fmt: skip
"""Headers that are not a contract's to say: OpenAPI ignores them, or the server makes them."""
REALMS: Mapping[str, str] = {"bearer": "Bearer", "basic": 'Basic realm="mock"', "digest": 'Digest realm="mock"'}


@dataclass(frozen=True, slots=True)
class UniqueId:
    """The place of a property that has a value of its own for each request (`x-unique`)."""

    schema: Mapping[str, object]

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

    def fill(self, values: Mapping[str, object], digest: str, event_id: str | None = None) -> Answer:
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

    def _bytes(self, piece: Piece, values: Mapping[str, object], event_id: str | None) -> bytes:
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

    def refusal(
        self, operation: Operation | None, name: str, variables: Mapping[str, object], digest: str, methods: str = ""
    ) -> Answer:
        """The answer a request is refused with: the example of that name, else what the contract has for its status.

        Args:
            operation: the operation in whose words; None: there is none.
            name: of the refusal.
            variables: its variable parts.
            digest: stands in for ids of the request.
            methods: those of the path, for `Allow`.
        """
        detail = refusals.in_words(name, variables)
        found = self.of(operation).refusal(name, detail) if operation else None
        if found is None and name == "unknown-path":
            found = self._unknown_path
        if found is not None:
            answer = found.fill(variables, digest)
        else:
            errors = variables.get("errors")
            extra = {"errors": errors} if isinstance(errors, Mapping) and self._contract.error is None else {}
            answer = self.error(refusals.status_of(name), detail, **extra)
        return answer if answer.example else self._completed(answer, operation, name, methods)

    def _completed(self, answer: Answer, operation: Operation | None, name: str, methods: str) -> Answer:
        """The answer with the headers that HTTP asks of its status, where no example says what there is."""
        headers: dict[str, str | None] = {}
        if name == "method-not-allowed" and methods and answer.header("Allow") is None:
            headers["Allow"] = methods
        if answer.status == 401 and operation is not None and answer.header("WWW-Authenticate") is None:  # noqa: PLR2004
            schemes = [self._contract.security_schemes[key] for each in operation.security for key in each]
            told = (REALMS.get(each.scheme, f'ApiKey realm="{each.name}"') for each in schemes)
            headers["WWW-Authenticate"] = ", ".join(dict.fromkeys(told))
        return answer.with_headers(headers)

    def fault(self, operation: Operation | None, name: str, variables: Mapping[str, object], digest: str) -> Answer:
        """What one of the provider's own faults looks like."""
        example = self._contract.faults.get(name)
        if example is None:
            return self.error(500, refusals.in_words(name, variables))
        return _compiled(operation, example).fill(variables, digest)

    def error(self, status: int, detail: str, **extra: object) -> Answer:
        """A refusal that no example describes: in the contract's own shape, else RFC 9457's."""
        shape = self._contract.error
        if shape is not None:
            value = fill(self._error, {"status": status, "detail": detail})
            return Answer(status, (("Content-Type", shape.media_type),), json_bodies.dump({**value, **extra}))
        value = {"type": "about:blank", "title": refusals.phrase(status), "status": status, "detail": detail, **extra}
        return Answer(status, (("Content-Type", PROBLEM),), json_bodies.dump(value))

    @cached_property
    def _unknown_path(self) -> AnswerTemplate | None:
        example = self._contract.unknown_path
        return _compiled(None, example) if example else None

    @cached_property
    def _error(self) -> object:
        shape = self._contract.error
        return template(shape.value, shape.variables) if shape else None


class OperationResponses:
    """What one operation can answer, compiled when it is first needed."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._examples: dict[tuple[str, str, str, int], AnswerTemplate] = {}
        self._statuses: dict[tuple[str, int, str], AnswerTemplate] = {}

    @cached_property
    def named(self) -> Mapping[str, Example]:
        """Its examples by name; of several of one name, the first."""
        return {example.name: example for example in reversed(list(self.operation.examples))}

    @cached_property
    def success(self) -> AnswerTemplate:
        """The answer to an accepted request where nothing else was asked for."""
        return self.success_as("")

    def success_as(self, accept: str) -> AnswerTemplate:
        """The same in the media type that an Accept header likes best."""
        response = self.operation.success
        if response is None:
            return AnswerTemplate(200, (), ())
        return self.status(response, int(response.status) if response.status.isdigit() else 200, accept)

    @property
    def varies(self) -> bool:
        """Whether accepted requests may ask for one of several media types."""
        response = self.operation.success
        return response is not None and len(response.content) > 1

    def example(self, example: Example, status: int | None = None) -> AnswerTemplate:
        """A named example, with another status where one is given."""
        key = example.name, example.media_type, str(example.status), status or example.status
        if key not in self._examples:
            self._examples[key] = _compiled(self.operation, replace(example, status=key[-1]))
        return self._examples[key]

    def status(self, response: Response, status: int, accept: str = "") -> AnswerTemplate:
        """The first example of a response, else a value made from its schema, else an empty body."""
        media_type = media_types.preferred(response.content, accept)
        key = response.status, status, media_type.name if media_type else ""
        if key not in self._statuses:
            self._statuses[key] = self._of_status(response, status, media_type)
        return self._statuses[key]

    def refusal(self, name: str, detail: str) -> AnswerTemplate | None:
        """The answer for a reason to refuse; None where the contract describes none."""
        example = self.named.get(name)
        if example is not None:
            return self.example(example)
        found = refusals.documented(self.operation, name)
        if found is None or not found[1].content:
            return None
        status, response = found
        media_type = media_types.preferred(response.content)
        if media_type is None or media_type.examples or media_type.schema is None:
            template = self.status(response, status)
        else:
            value = refusals.explained(sample(media_type.schema), media_type.schema, status, detail)
            template = _compiled(self.operation, Example("", value, status, media_type.name), media_type.schema)
        return replace(template, headers=(*template.headers, (REFUSAL, refusals.in_header(detail))), example=None)

    def _of_status(self, response: Response, status: int, media_type: MediaType | None) -> AnswerTemplate:
        if media_type is None:
            return AnswerTemplate(status, _declared(response.headers), ())
        if media_type.examples:
            return self.example(media_type.examples[0], status)
        made = Example("", sample(media_type.schema), status, media_type.name)
        return replace(_compiled(self.operation, made, media_type.schema), example=None)


def made_up(operation: Operation, example: Example, schema: Schema | None = None) -> AnswerTemplate:
    """The answer of an example that stands in no contract, in an operation's words.

    Its schema says how it is written where it is no JSON.
    """
    return replace(_compiled(operation, example, schema, with_ids=False), example=None)


def _compiled(
    operation: Operation | None, example: Example, schema: Schema | None = None, *, with_ids: bool = True
) -> AnswerTemplate:
    response = operation.response(example.status) if operation else None
    name = concrete(example.media_type, example.value)
    is_json = media_types.is_json(media_types.essence(name))
    pattern = template(example.value, example.variables)
    if with_ids and is_json and isinstance(pattern, dict) and response is not None:
        unique = {name: UniqueId(schema) for name, schema in _unique(response).items() if name in pattern}
        pattern = {**pattern, **unique}
    given = dict(_declared(response.headers if response else ()))
    if example.status < 200 or example.status in BODILESS:  # noqa: PLR2004 - HTTP's classes
        return AnswerTemplate(example.status, tuple(_merged(given, example.headers).items()), (), example=example.name)
    headers = _merged({"Content-Type": name, **given}, example.headers)
    pieces = _joined(_json_pieces(pattern) if is_json else _text_pieces(pattern, name, schema))
    return AnswerTemplate(example.status, tuple(headers.items()), pieces, is_json, example.name)


def _merged(headers: dict[str, str | None], changed: Mapping[str, str | None]) -> dict[str, str | None]:
    """The headers with those of the example alone; None takes one away."""
    names = {name.lower() for name in changed}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return kept | {name: value for name, value in changed.items() if value is not None}


def _unique(response: Response) -> Mapping[str, Mapping[str, object]]:
    media_type: MediaType | None = next((item for item in response.content if media_types.is_json(item.name)), None)
    properties = media_type.schema.properties if media_type and media_type.schema else {}
    return {name: schema.node for name, schema in properties.items() if schema.node.get("x-unique")}


def _json_pieces(pattern: object) -> Iterable[Piece]:
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


def _text_pieces(pattern: object, media_type: str, schema: Schema | None) -> Iterable[Piece]:
    yield pattern if isinstance(pattern, (Slot, Text)) else written(pattern, media_type, schema).encode()


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
    """The headers that a response declares, with their examples or made-up values; None is the request's digest."""
    found: list[tuple[str, str | None]] = []
    for header in headers:
        if header.name.lower() in FRAMING:
            continue
        if header.generator == REQUEST_DIGEST:
            found.append((header.name, None))
        elif header.example is not None:
            found.append((header.name, header.example))
        elif header.schema:
            found.append((header.name, header_text(sample(header.schema), as_json=header.is_json)))
    return tuple(found)
