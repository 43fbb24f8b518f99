"""Answers: whatever a contract can answer, compiled when it is first needed.

The one place where answers are made: of a named example, else of the contract's schema, else of nothing but a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.model import Contract, Example, MediaType, Operation, Response
from mock_server.contract.schema.samples import sample
from mock_server.contract.templates import fill, template
from mock_server.engine import refusals
from mock_server.engine.answer_templates import AnswerTemplate, compiled, declared
from mock_server.engine.messages import Answer

PROBLEM = "application/problem+json"
REFUSAL = "X-Mock-Refusal"
"""The header that tells the reason of a refusal where the contract's own words do not."""

REALMS: Mapping[str, str] = {"bearer": "Bearer", "basic": 'Basic realm="mock"', "digest": 'Digest realm="mock"'}


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
        return compiled(operation, example).fill(variables, digest)

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
        return compiled(None, example) if example else None

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
            self._examples[key] = compiled(self.operation, replace(example, status=key[-1]))
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
            template = compiled(self.operation, Example("", value, status, media_type.name), media_type.schema)
        return replace(template, headers=(*template.headers, (REFUSAL, refusals.in_header(detail))), example=None)

    def _of_status(self, response: Response, status: int, media_type: MediaType | None) -> AnswerTemplate:
        if media_type is None:
            return AnswerTemplate(status, declared(response.headers), ())
        if media_type.examples:
            return self.example(media_type.examples[0], status)
        made = Example("", sample(media_type.schema), status, media_type.name)
        return replace(compiled(self.operation, made, media_type.schema), example=None)
