"""What a scenario's answer is by the contract: whether it is allowed, and the answer itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mock_server.contract import media_types
from mock_server.contract.diagnostics import shown
from mock_server.contract.model import JSON_MEDIA_TYPE, Contract, Example, Operation, Response
from mock_server.contract.source import Location, nearest
from mock_server.contract.validation import Validator
from mock_server.engine import responses
from mock_server.engine.profiles import ABSENT, typed
from mock_server.engine.responses import Answer
from mock_server.engine.scenarios import ResponseSpec
from mock_server.engine.stubs import Stub, Stubbed

LONGEST_REASON = 200

Objection = tuple[Location, str]


class AnswerChecks:
    """Finds what in a scenario's answer breaks the contract."""

    def __init__(self, contract: Contract) -> None:
        self._validator = Validator(contract)

    def objections(self, operation: Operation, scripted: ResponseSpec) -> Iterator[Objection]:
        """Each with its key inside the answer; nothing for an answer that may break the contract."""
        if scripted.example is not None:
            yield from self._example(operation, scripted.example)
        elif scripted.status is not None and not scripted.off_contract:
            yield from self._status(operation, scripted)

    @staticmethod
    def _example(operation: Operation, name: str) -> Iterator[Objection]:
        names = [example.name for example in operation.examples]
        if name not in names:
            listed = ", ".join(names) or "none"
            yield ("example",), f"example: {operation.id} has no {name!r}{nearest(name, names)}; allowed: {listed}"

    def _status(self, operation: Operation, scripted: ResponseSpec) -> Iterator[Objection]:
        response = operation.response(scripted.status or 0)
        if response is None:
            allowed = ", ".join(response.status for response in operation.responses)
            yield ("status",), f"status: {operation.id} never answers {scripted.status}; allowed: {allowed}"
            return
        yield from self._headers(response, scripted)
        if scripted.body is not ABSENT:
            yield from self._body(response, scripted)

    def _headers(self, response: Response, scripted: ResponseSpec) -> Iterator[Objection]:
        declared = {header.name.lower(): header for header in response.headers}
        for name, text in scripted.headers.items():
            header = declared.get(name.lower())
            if header is None or header.schema is None:
                continue
            try:
                wrong = bool(self._validator.errors(header.schema, typed(header.schema.node, text)))
            except ValueError:
                wrong = True
            if wrong:
                allowed = header.schema.node.get("enum") or header.schema.node.get("pattern") or header.schema.node
                yield ("headers", name), f"headers: {name}: {text!r} breaks the contract; allowed: {allowed}"

    def _body(self, response: Response, scripted: ResponseSpec) -> Iterator[Objection]:
        name = content_type(scripted)
        media_type = media_types.choose(response.content, name)
        if media_type is None:
            offered = ", ".join(item.name for item in response.content) or "no body at all"
            yield ("body",), f"body: {response.status} is never {name}; allowed: {offered}"
        elif media_type.schema is not None:
            for error in self._validator.errors(media_type.schema, scripted.body):
                at = tuple(error.absolute_path)
                place = "".join(f"/{step}" for step in at)
                is_short = len(error.message) <= LONGEST_REASON
                reason = error.message if is_short else f"{shown(error.instance)} breaks the contract"
                yield ("body", *at), f"body{place and ' ' + place}: {reason} (off_contract: true would allow it)"


def content_type(scripted: ResponseSpec) -> str:
    """The media type of a body that a scenario spells out."""
    named = {name.lower(): value for name, value in scripted.headers.items()}
    return named.get("content-type", JSON_MEDIA_TYPE)


def scenario_answer(stub: Stub, scripted: ResponseSpec, event_id: str, digest: str) -> Stubbed | None:
    """The answer in the words of an operation; None where the operation has no such example, or nothing is said."""
    operation = stub.operation
    if scripted.example is not None:
        example = operation.example(scripted.example)
        return _with_headers(stub.for_example(example, event_id, digest), scripted) if example else None
    if scripted.status is None:
        return None
    response = operation.response(scripted.status)
    if scripted.body is not ABSENT:
        return Stubbed(_spelled_out(operation, scripted, digest))
    if response is None:
        return _with_headers(Stubbed(Answer(scripted.status, (), b"")), scripted)
    example = next(response.examples, None)
    if example is not None:
        stubbed = stub.for_example(replace(example, status=scripted.status), event_id, digest)
    else:
        stubbed = Stubbed(responses.from_schema(operation, response, scripted.status, digest))
    return _with_headers(stubbed, scripted)


def _spelled_out(operation: Operation, scripted: ResponseSpec, digest: str) -> Answer:
    name = content_type(scripted)
    value: Any = scripted.body
    example = Example("", value, scripted.status or 200, media_types.essence(name))
    answer = replace(responses.from_example(operation, example, {}, digest), example=None)
    return answer.with_headers({**scripted.headers, "Content-Type": name})


def _with_headers(stubbed: Stubbed, scripted: ResponseSpec) -> Stubbed:
    return replace(stubbed, answer=stubbed.answer.with_headers(scripted.headers)) if scripted.headers else stubbed
