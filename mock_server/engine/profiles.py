"""The two ways to read a request: by the letter of the contract, or with the real provider's leniency and faults.

`ContractProfile` is never more lenient than the provider and never fails. `console/profile.py` holds the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

from mock_server.contract import json_bodies, media_types
from mock_server.contract.model import Contract, Operation, Parameter, PathItem
from mock_server.contract.resources import Level
from mock_server.contract.validation import NON_FIELD, Problems, message, problems
from mock_server.engine.messages import ABSENT, Answer, Refused, Request

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

    def path_value(self, parameter: Parameter, text: str) -> Any:
        """The value of a path parameter. Raises ValueError: it can name nothing; ProviderError."""

    def media_type(self, operation: Operation, request: Request) -> str:
        """The media type by which the body is read; empty where there is no body. Raises Refused: none fits."""

    def read_body(self, request: Request, media_type: str) -> Any:
        """The body's value. Raises Refused: not readable; ProviderError."""

    def problems(self, operation: Operation, request: Request, media_type: str, body: Any) -> Problems:
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

    def path_value(self, parameter: Parameter, text: str) -> Any:
        value = typed(parameter.schema.node if parameter.schema else {}, text)
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

    def read_body(self, request: Request, media_type: str) -> Any:
        if media_types.is_json(media_type):
            return self._read_json(request.body)
        text = request.body.decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True)) if media_type == media_types.FORM else text

    def _read_json(self, body: bytes) -> Any:
        try:
            return json_bodies.parse(json_bodies.decode(body))
        except json_bodies.JsonError as error:
            raise Refused("parse-error", reason=message(self.contract, "json", reason=str(error))) from None

    def problems(self, operation: Operation, request: Request, media_type: str, body: Any) -> Problems:
        found: Problems = {}
        for parameter in operation.parameters:
            if parameter.location != "path":
                found.update(self._parameter_problems(parameter, request))
        if operation.body is None:
            return found
        if body is ABSENT:
            return found | ({NON_FIELD: [message(self.contract, "absent")]} if operation.body.required else {})
        content = media_types.choose(operation.body.content, request.headers.get("content-type", ""))
        schema = content.schema if content else None
        return found | (problems(self.contract, schema, body) if schema else {})

    def _parameter_problems(self, parameter: Parameter, request: Request) -> Problems:
        texts = _sent(parameter, request)
        if not texts:
            return {parameter.name: [message(self.contract, "required")]} if parameter.required else {}
        schema = parameter.schema
        if schema is None:
            return {}
        is_array = schema.node.get("type") == "array"
        try:
            if is_array:
                parts = texts if parameter.explode else texts[0].split(",")
                value: Any = [typed(schema.items.node if schema.items else {}, part) for part in parts]
            else:
                value = typed(schema.node, texts[-1])
        except ValueError:
            return {parameter.name: [message(self.contract, "type")]}
        found = problems(self.contract, schema, value)
        return {parameter.name: [text for texts in found.values() for text in texts]} if found else {}

    def damaged(self, level: Level) -> None:
        """A damaged record has an answer of its own in the contract, or none."""

    def options(self, item: PathItem, refusal: Answer) -> Answer | None:
        return None

    def finish(self, answer: Answer, request: Request) -> Answer:
        return answer


def typed(schema: Mapping[str, Any], text: str) -> Any:
    """The value a parameter's text stands for by its schema.

    Raises:
        ValueError: the text is none of that type.
    """
    kind = schema.get("type")
    if kind == "integer":
        if not re.fullmatch(r"-?(0|[1-9][0-9]{0,99})", text):
            raise ValueError(text)
        return int(text)
    if kind == "number":
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?", text):
            raise ValueError(text)
        return float(text)
    if kind == "boolean":
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    return text


def _sent(parameter: Parameter, request: Request) -> list[str]:
    if parameter.location == "query":
        pairs = parse_qsl(request.query, keep_blank_values=True)
    elif parameter.location == "cookie":
        pairs = [
            (name.strip(), unquote(value))
            for name, _, value in (cookie.partition("=") for cookie in request.headers.get("cookie", "").split(";"))
        ]
    else:
        value = request.headers.get(parameter.name.lower())
        pairs = [] if value is None else [(parameter.name, value)]
    return [value for name, value in pairs if name == parameter.name]
