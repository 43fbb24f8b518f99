"""What the contract says about an answer that somebody else gave."""

from __future__ import annotations

from mock_server.contract import json_bodies, media_types
from mock_server.contract.model import Contract, Operation
from mock_server.contract.validation import problems
from mock_server.engine.messages import Answer


def answer_problems(contract: Contract, operation: Operation | None, answer: Answer, *, whole: bool) -> tuple[str, ...]:
    """Everything that breaks the contract; nothing is said of an operation that it does not know.

    Args:
        contract: what was promised.
        operation: what was asked for.
        answer: what came; a body in a content coding is not looked at.
        whole: whether the body is complete.
    """
    if operation is None:
        return ()
    response = operation.response(answer.status)
    if response is None:
        allowed = ", ".join(each.status for each in operation.responses)
        return (f"status: {operation.id} never answers {answer.status}; allowed: {allowed}",)
    sent = answer.header("Content-Type") or ""
    if not response.content or answer.header("Content-Encoding") or not (answer.body or sent):
        return ()
    media_type = media_types.choose(response.content, sent)
    if media_type is None:
        offered = ", ".join(each.name for each in response.content)
        return (f"Content-Type: {answer.status} is never {sent or 'without one'}; allowed: {offered}",)
    if media_type.schema is None or not whole or not media_types.is_json(media_types.essence(sent)):
        return ()
    try:
        value = json_bodies.parse(json_bodies.decode(answer.body))
    except json_bodies.JsonError as error:
        return (f"body: {error}",)
    found = problems(contract, media_type.schema, value)
    return tuple(f"body {field}: {text}" for field, texts in found.items() for text in texts)
