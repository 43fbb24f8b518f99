"""One stub for each operation: what it answers when a request is accepted and nothing else was asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract import json_bodies, media_types
from mock_server.contract.model import Example, MediaType, Operation, Response
from mock_server.engine import responses
from mock_server.engine.responses import Answer


@dataclass(frozen=True, slots=True)
class Stubbed:
    """An answer, and the event id it carries, if it does."""

    answer: Answer
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stub:
    """Answers one operation with the contract's first success example, or a value made from its schema.

    A property that the contract marks as `x-unique` gets the request's event id: the same request has the same answer,
    another one a different answer.
    """

    operation: Operation

    def __call__(self, event_id: str, digest: str) -> Stubbed:
        """The answer to an accepted request; `event_id` is 32 lower-case hex digits."""
        response = self.operation.success
        if response is None:
            return Stubbed(Answer(200, (), b""))
        status = int(response.status) if response.status.isdigit() else 200
        answer = responses.from_schema(self.operation, response, status, digest)
        return self._with_id(answer, response, event_id)

    def for_example(self, example: Example, event_id: str, digest: str) -> Stubbed:
        """The answer that a named example gives; a success still gets its event id."""
        answer = responses.from_example(self.operation, example, {}, digest)
        response = self.operation.response(example.status)
        return self._with_id(answer, response, event_id) if response else Stubbed(answer)

    def _with_id(self, answer: Answer, response: Response, event_id: str) -> Stubbed:
        media_type = next((item for item in response.content if media_types.is_json(item.name)), None)
        unique = _unique_properties(media_type)
        if not unique or not answer.body:
            return Stubbed(answer)
        value = json_bodies.parse(answer.body.decode())
        if not isinstance(value, dict):
            return Stubbed(answer)
        ids = {name: _in_form(schema, event_id) for name, schema in unique.items() if name in value}
        told = Answer(answer.status, answer.headers, json_bodies.dump(value | ids), answer.example)
        return Stubbed(told, str(next(iter(ids.values()))) if ids else None)


def _unique_properties(media_type: MediaType | None) -> Mapping[str, Mapping[str, Any]]:
    node = media_type.schema.node if media_type and media_type.schema else {}
    return {name: schema for name, schema in node.get("properties", {}).items() if schema.get("x-unique")}


def _in_form(schema: Mapping[str, Any], event_id: str) -> str | int:
    if schema.get("type") == "integer":
        return int(event_id[:8], 16)
    return str(uuid.UUID(event_id)) if schema.get("format") == "uuid" else event_id
