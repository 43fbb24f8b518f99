"""The two ways to read a request: by the letter of the contract, or with the real provider's leniency and faults.

`ContractProfile` is never more lenient than the provider and never fails. `console/profile.py` holds the other.
"""

from __future__ import annotations

from typing import Protocol

from mock_server.contract.media import bodies, json_bodies, media_types, parameters
from mock_server.contract.model import Contract, Operation, Parameter, PathItem
from mock_server.contract.resources import Level
from mock_server.contract.validation import NON_FIELD, Problems, message, problems
from mock_server.engine.messages import ABSENT, Answer, ProviderError, Refused, Request

ANY = "*/*"


class Profile(Protocol):
    """How a request is read. All methods are pure.

    Attributes:
        name: what the option and the settings call it.
        exact_membership: whether a thing must belong to its owner, even to one that owns nothing.
        plain: whether what satisfies the contract is accepted, and answered as it is: what the compiled way relies on.
    """

    name: str
    plain: bool
    exact_membership: bool

    def turned_away(self, request: Request) -> ProviderError | None:
        """What the provider fails on before it looks at the path; None where that is nothing."""

    def path_value(self, parameter: Parameter, text: str) -> object:
        """The value of a path parameter. Raises ValueError: it can name nothing; ProviderError."""

    def media_type(self, operation: Operation, request: Request) -> str:
        """The media type by which the body is read; empty where there is no body. Raises Refused: none fits."""

    def read_body(self, operation: Operation, request: Request, media_type: str) -> object:
        """The body's value. Raises Refused: not readable; ProviderError."""

    def problems(self, operation: Operation, request: Request, media_type: str, body: object) -> Problems:
        """What is invalid in parameters and body, by field; `body` is ABSENT where there is none."""

    def damaged(self, level: Level) -> None:
        """A thing was found whose record is damaged. Raises ProviderError where the provider fails on it."""

    def options(self, item: PathItem, refusal: Answer) -> Answer | None:
        """The answer to OPTIONS beside its refusal, or None where that is a method like any other."""

    def finish(self, answer: Answer, request: Request) -> Answer:
        """The answer as it travels."""


class ContractProfile:
    """A request must satisfy the contract; nothing else is accepted."""

    name = "contract"
    plain = True
    exact_membership = True

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def turned_away(self, request: Request) -> ProviderError | None:
        return None

    def path_value(self, parameter: Parameter, text: str) -> object:
        value = parameters.read_path(parameter, text)
        if parameter.schema and not parameter.schema.is_valid(value):
            raise ValueError(text)
        return value

    def media_type(self, operation: Operation, request: Request) -> str:
        if operation.body is None or not request.body:
            return ""
        content_type = request.headers.get("content-type", "")
        if media_types.choose(operation.body.content, content_type) is None:
            raise Refused("unsupported-media-type", media_type=content_type)
        return media_types.essence(content_type) or ANY

    def read_body(self, operation: Operation, request: Request, media_type: str) -> object:
        content_type = request.headers.get("content-type", "")
        content = media_types.choose(operation.body.content if operation.body else (), content_type)
        try:
            raw = bodies.unpacked(request.body, self._coding(request))
            return bodies.read(content, content_type, raw)
        except bodies.UnknownCoding as error:
            raise Refused("unsupported-media-type", media_type=f"Content-Encoding: {error}") from None
        except json_bodies.JsonError as error:
            raise Refused("parse-error", reason=message(self.contract, "json", reason=str(error))) from None
        except bodies.MultipartError as error:
            raise Refused("parse-error", reason=message(self.contract, "multipart", reason=str(error))) from None

    def _coding(self, request: Request) -> str:
        """The Content-Encoding to undo; one that the contract does not name is read as if it were none."""
        coding = request.headers.get("content-encoding", "")
        known = self.contract.content_encodings
        return coding if known is None or coding.strip().lower() in known else ""

    def problems(self, operation: Operation, request: Request, media_type: str, body: object) -> Problems:
        found = self._parameter_problems(operation, request)
        if operation.body is None:
            return found
        if body is ABSENT:
            return found | ({NON_FIELD: [message(self.contract, "absent")]} if operation.body.required else {})
        content = media_types.choose(operation.body.content, request.headers.get("content-type", ""))
        if content is None or content.schema is None or not bodies.is_checked(media_type, content):
            return found
        for field, texts in problems(self.contract, content.schema, body).items():
            found[field] = [*found.get(field, ()), *texts]
        return found

    def _parameter_problems(self, operation: Operation, request: Request) -> Problems:
        beside = [each for each in operation.parameters if each.location != "path"]
        if not beside:
            return {}
        sent = parameters.Sent.read(request.query, request.headers)
        names = frozenset(each.name for each in beside)
        found: Problems = {}
        for parameter in beside:
            if parameter.may_be_empty and sent.query.get(parameter.name) == [""]:
                continue
            told = self._problems_of(parameter, parameters.read(parameter, sent, names))
            if told:
                found[parameter.name] = told
        return found

    def _problems_of(self, parameter: Parameter, value: object) -> list[str]:
        schema = parameter.schema
        if value is parameters.MISSING:
            is_empty_object = schema is not None and schema.kinds == ("object",) and schema.is_valid({})
            return [message(self.contract, "required")] if parameter.required and not is_empty_object else []
        found = problems(self.contract, schema, value) if schema else {}
        return [text if at == NON_FIELD else f"{at}: {text}" for at, texts in found.items() for text in texts]

    def damaged(self, level: Level) -> None:
        """A damaged record has an answer of its own in the contract, or none."""

    def options(self, item: PathItem, refusal: Answer) -> Answer | None:
        return None

    def finish(self, answer: Answer, request: Request) -> Answer:
        return answer
