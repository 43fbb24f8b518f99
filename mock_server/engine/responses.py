"""Answers: a named example of the contract, or what the contract's schema makes, as status, headers and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mock_server.contract import json_bodies, media_types
from mock_server.contract.model import Contract, Example, Header, Operation, Response
from mock_server.contract.samples import sample
from mock_server.contract.templates import fill, template

Headers = tuple[tuple[str, str], ...]

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. `example` is the name of the example it was made from, if it was."""

    status: int
    headers: Headers
    body: bytes
    example: str | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_headers(self, headers: Mapping[str, str | None]) -> Answer:
        """The same answer with some headers set; None takes one away."""
        changed = {name.lower() for name in headers}
        kept = tuple((name, value) for name, value in self.headers if name.lower() not in changed)
        added = tuple((name, value) for name, value in headers.items() if value is not None)
        return replace(self, headers=(*kept, *added))


def from_example(operation: Operation | None, example: Example, variables: Mapping[str, Any], digest: str) -> Answer:
    """A named example, its variable parts filled in; `digest` stands in for ids of the request."""
    value = fill(template(example.value, example.variables), variables)
    response = operation.response(example.status) if operation else None
    headers = _declared_headers(response.headers if response else (), digest)
    body = json_bodies.dump(value) if media_types.is_json(example.media_type) else str(value).encode()
    answer = Answer(example.status, (("Content-Type", example.media_type), *headers), body, example.name)
    return answer.with_headers(example.headers) if example.headers else answer


def from_schema(operation: Operation, response: Response, status: int, digest: str) -> Answer:
    """The first example of a response, else a value made from its schema, else an empty body."""
    headers = _declared_headers(response.headers, digest)
    content = sorted(response.content, key=lambda media_type: not media_types.is_json(media_type.name))
    if not content:
        return Answer(status, headers, b"")
    media_type = content[0]
    if media_type.examples:
        return replace(from_example(operation, replace(media_type.examples[0], status=status), {}, digest))
    value = sample(media_type.schema.node if media_type.schema else {})
    is_json = media_types.is_json(media_types.essence(media_type.name))
    body = json_bodies.dump(value) if is_json else str(value).encode()
    return Answer(status, (("Content-Type", media_type.name), *headers), body)


def refusal(
    contract: Contract, operation: Operation | None, name: str, variables: Mapping[str, Any], digest: str
) -> Answer:
    """The answer a request is refused with: the example of that name, else what the contract has for its status."""
    example = operation.example(name) if operation else None
    if example is None and name == "unknown-path":
        example = contract.unknown_path
    if example is not None:
        return from_example(operation, example, variables, digest)
    status = STATUS_OF.get(name, 400)
    response = operation.response(status) if operation else None
    if operation and response is None and name == "invalid-body":
        status, response = 422, operation.response(422)
    if operation and response is not None and response.content:
        return from_schema(operation, response, status, digest)
    return plain_error(STATUS_OF.get(name, 400), f"{name}: {_in_words(variables)}" if variables else name)


def plain_error(status: int, text: str) -> Answer:
    """An error in the shape of the console's services, for what no contract describes."""
    value = {"code": status, "msg": text, "msg_show": text, "data": {"bean": {}, "list": []}}
    return Answer(status, (("Content-Type", "application/json"),), json_bodies.dump(value))


def _declared_headers(headers: tuple[Header, ...], digest: str) -> Headers:
    return tuple((header.name, value) for header in headers if (value := _header_value(header, digest)) is not None)


def _header_value(header: Header, digest: str) -> str | None:
    if header.mock == "request-digest":
        return digest
    if header.example is not None:
        return header.example
    return str(sample(header.schema.node)) if header.required and header.schema else None


def _in_words(variables: Mapping[str, Any]) -> str:
    return "; ".join(str(value) for value in variables.values())
