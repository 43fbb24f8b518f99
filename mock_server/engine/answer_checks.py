"""Is an answer one that the contract describes? For answers that the mock did not make itself."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.document.source import nearest
from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.model import Contract, Operation, Response
from mock_server.contract.schema.violations import Violation
from mock_server.engine.messages import Answer


def answer_faults(contract: Contract, operation: Operation, answer: Answer) -> tuple[str, ...]:
    """Every point in which an answer breaks the contract: the field, what is wrong, and the contract's line."""
    return tuple(_faults(contract, operation, answer))


def _faults(contract: Contract, operation: Operation, answer: Answer) -> Iterator[str]:
    responses = (*operation.location, "responses")
    response = operation.response(answer.status)
    if response is None:
        documented = ", ".join(each.status for each in operation.responses)
        yield f"status {answer.status} is not documented; there are: {documented} ({contract.source.place(responses)})"
        return
    place = contract.source.place((*responses, response.status))
    for header in response.headers:
        if header.required and header.generator is None and header.example is None and not answer.header(header.name):
            yield f"header {header.name} is missing ({place})"
    if answer.body or response.content:
        yield from (f"{fault} ({place})" for fault in _body_faults(response, answer))


def _body_faults(response: Response, answer: Answer) -> Iterator[str]:
    given = answer.header("Content-Type") or ""
    media_type = media_types.choose(response.content, given)
    if media_type is None:
        if answer.body:
            names = [each.name for each in response.content]
            there_are = ", ".join(names) or "none"
            yield f"Content-Type {given!r} is not documented{nearest(given, names)}; there are: {there_are}"
        return
    if media_type.schema is None or not media_types.is_json(media_types.essence(media_type.name)):
        return
    try:
        value = json_bodies.parse(json_bodies.decode(answer.body))
    except (ValueError, RecursionError):
        yield "body: not JSON"
        return
    yield from (_told(violation) for violation in media_type.schema.violations(value))


def _told(violation: Violation) -> str:
    field = ".".join(str(step) for step in violation.path)
    return f"body{f' {field}' if field else ''}: {violation.message}"
