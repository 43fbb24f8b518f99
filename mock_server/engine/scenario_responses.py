"""What a scenario's answer is by the contract: whether it is allowed, and the answer itself."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.source import Location, nearest
from mock_server.contract.media import media_types
from mock_server.contract.media.parameters import typed
from mock_server.contract.model import JSON_MEDIA_TYPE, Example, Operation, Response
from mock_server.engine.answer_templates import made_up
from mock_server.engine.messages import ABSENT, Answer
from mock_server.engine.responses import OperationResponses
from mock_server.engine.scenarios import ResponseSpec

LONGEST_REASON = 200

Objection = tuple[Location, str]


class AnswerChecks:
    """Finds what in a scenario's answer breaks the contract."""

    def objections(self, operation: Operation, spec: ResponseSpec) -> Iterator[Objection]:
        """Each with its key inside the answer; nothing for an answer that may break the contract."""
        if spec.example is not None:
            yield from self._example(operation, spec.example)
        elif spec.status is not None and not spec.off_contract:
            yield from self._status(operation, spec)

    @staticmethod
    def _example(operation: Operation, name: str) -> Iterator[Objection]:
        names = [example.name for example in operation.examples]
        if name not in names:
            listed = ", ".join(names) or "none"
            yield ("example",), f"example: {operation.id} has no {name!r}{nearest(name, names)}; allowed: {listed}"

    def _status(self, operation: Operation, spec: ResponseSpec) -> Iterator[Objection]:
        response = operation.response(spec.status or 0)
        if response is None:
            allowed = ", ".join(response.status for response in operation.responses)
            yield ("status",), f"status: {operation.id} never answers {spec.status}; allowed: {allowed}"
            return
        yield from self._headers(response, spec)
        if spec.body is not ABSENT:
            yield from self._body(response, spec)

    def _headers(self, response: Response, spec: ResponseSpec) -> Iterator[Objection]:
        declared = {header.name.lower(): header for header in response.headers}
        for name, text in spec.headers.items():
            header = declared.get(name.lower())
            if header is None or header.schema is None:
                continue
            if not header.schema.is_valid(typed(header.schema, text)):
                allowed = header.schema.node.get("enum") or header.schema.node.get("pattern") or header.schema.node
                yield ("headers", name), f"headers: {name}: {text!r} breaks the contract; allowed: {allowed}"

    def _body(self, response: Response, spec: ResponseSpec) -> Iterator[Objection]:
        name = content_type(spec)
        media_type = media_types.choose(response.content, name)
        if media_type is None:
            offered = ", ".join(item.name for item in response.content) or "no body at all"
            yield ("body",), f"body: {response.status} is never {name}; allowed: {offered}"
        elif media_type.schema is not None:
            for error in media_type.schema.violations(spec.body):
                at = tuple(error.path)
                place = "".join(f"/{step}" for step in at)
                is_short = len(error.message) <= LONGEST_REASON
                reason = error.message if is_short else f"{shown(error.value)} breaks the contract"
                yield ("body", *at), f"body{place and ' ' + place}: {reason} (off_contract: true would allow it)"


def content_type(spec: ResponseSpec) -> str:
    """The media type of a body that a scenario spells out."""
    named = {name.lower(): value for name, value in spec.headers.items()}
    return named.get("content-type", JSON_MEDIA_TYPE)


def scenario_answer(own: OperationResponses, spec: ResponseSpec, event_id: str, digest: str) -> Answer | None:
    """The answer in the words of an operation; None where the operation has no such example, or nothing is said."""
    operation = own.operation
    if spec.example is not None:
        example = own.named.get(spec.example)
        return own.example(example).fill({}, digest, event_id).with_headers(spec.headers) if example else None
    if spec.status is None:
        return None
    if spec.body is not ABSENT:
        name = content_type(spec)
        example = Example("", spec.body, spec.status, media_types.essence(name))
        answer = made_up(operation, example).fill({}, digest)
        return answer.with_headers({**spec.headers, "Content-Type": name})
    response = operation.response(spec.status)
    if response is None:
        return Answer(spec.status).with_headers(spec.headers)
    example = next(response.examples, None)
    template = own.example(example, spec.status) if example else own.status(response, spec.status)
    return template.fill({}, digest, event_id).with_headers(spec.headers)
