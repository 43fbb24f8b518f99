"""One answer, compiled: a body as bytes with slots, and headers, filled for each request. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.media.written import concrete, header_text, written
from mock_server.contract.model import Example, Header, MediaType, Operation, Response
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema
from mock_server.contract.templates import Slot, Text, fill, template
from mock_server.engine.messages import Answer

REQUEST_DIGEST = "request-digest"
BODILESS = (204, 205, 304)
FRAMING = frozenset({"content-type", "content-length", "content-encoding", "transfer-encoding", "connection",
                     "keep-alive", "trailer", "upgrade", "date"})  # fmt: skip
"""Headers that are not a contract's to say: OpenAPI ignores them, or the server makes them."""


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


def made_up(operation: Operation, example: Example, schema: Schema | None = None) -> AnswerTemplate:
    """The answer of an example that stands in no contract, in an operation's words.

    Its schema says how it is written where it is no JSON.
    """
    return replace(compiled(operation, example, schema, with_ids=False), example=None)


def compiled(
    operation: Operation | None, example: Example, schema: Schema | None = None, *, with_ids: bool = True
) -> AnswerTemplate:
    """An example as an answer with slots: its body's variable parts, its ids, its headers."""
    response = operation.response(example.status) if operation else None
    name = concrete(example.media_type, example.value)
    is_json = media_types.is_json(media_types.essence(name))
    pattern = template(example.value, example.variables)
    if with_ids and is_json and isinstance(pattern, dict) and response is not None:
        unique = {name: UniqueId(schema) for name, schema in _unique(response).items() if name in pattern}
        pattern = {**pattern, **unique}
    given = dict(declared(response.headers if response else ()))
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


def declared(headers: Iterable[Header]) -> tuple[tuple[str, str | None], ...]:
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
