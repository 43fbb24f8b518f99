"""The real console's leniency and faults, as recorded: what `--profile console` adds to the contract.

The console's framework (Django REST framework) reads bodies by three parsers, turns numbers into text, trims text, and
fails on a few requests. All of this is observed, none of it documented.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.model import Operation, Parameter, PathItem
from mock_server.contract.resources import Level
from mock_server.contract.validation import NON_FIELD, Problems, message
from mock_server.engine.console.forms import FormData, FormError, read_form, read_multipart
from mock_server.engine.messages import ABSENT, Answer, ProviderError, Refused, Request
from mock_server.engine.profiles import ContractProfile

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
SMALLEST_COMPRESSED = 200
TRACE = b'"error_trace":'
"""In an answer that is long on the console, however short its recorded trace is."""
HOST = re.compile(r"(?:[a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::[0-9]+)?", re.IGNORECASE)
SURROGATE = re.compile("[\ud800-\udfff]")


class ConsoleProfile(ContractProfile):
    """The recorded console, its undocumented leniency and faults included."""

    name = "console"
    plain = False
    exact_membership = False

    def turned_away(self, request: Request) -> ProviderError | None:
        return None if HOST.fullmatch(request.headers.get("host", "localhost")) else ProviderError("bad-host")

    def path_value(self, parameter: Parameter, text: str) -> object:
        schema = parameter.schema.node if parameter.schema else {}
        if schema.get("type") != "integer":
            return text
        try:
            value = int(text)
        except ValueError:
            told = f"Field 'ID' expected a number but got {text!r}."
            raise ProviderError("unhandled", message=told, type="ValueError") from None
        if value < schema.get("minimum", value):
            raise ValueError(text)
        return value

    def media_type(self, operation: Operation, request: Request) -> str:
        # Its server hands a body on by its length alone, so one that comes in chunks never arrives.
        if operation.body is None or not request.body or request.chunked:
            return ""
        content_type = request.headers.get("content-type", "")
        for media_type in (JSON, FORM, MULTIPART):
            if _same_media_type(media_type, content_type):
                return media_type
        raise Refused("unsupported-media-type", media_type=content_type)

    def read_body(self, operation: Operation, request: Request, media_type: str) -> object:
        read = {JSON: self._json, FORM: self._form, MULTIPART: self._multipart}[media_type]
        return read(request.body, request.headers.get("content-type", ""))

    def _json(self, body: bytes, content_type: str) -> object:
        charset = media_types.charset(content_type)
        try:
            # The console's stream reader lets a sequence pass that is cut off at the very end.
            is_usual = charset == "utf-8"
            text = codecs.getreader(charset)(io.BytesIO(body)).read() if is_usual else json_bodies.decode(body, charset)
            return json_bodies.parse(text)
        except json_bodies.TooDeep as error:
            raise ProviderError("unhandled", message=str(error), type="RecursionError") from None
        except ValueError as error:
            raise Refused("parse-error", reason=message(self.contract, "json", reason=str(error))) from None

    def _form(self, body: bytes, content_type: str) -> FormData:
        return read_form(body, content_type)

    def _multipart(self, body: bytes, content_type: str) -> FormData:
        try:
            return read_multipart(body, content_type)
        except FormError as error:
            raise Refused("parse-error", reason=message(self.contract, "multipart", reason=str(error))) from None

    def problems(self, operation: Operation, request: Request, media_type: str, body: object) -> Problems:
        if operation.body is None or body is ABSENT:
            return {}
        schema = next((media_type.schema for media_type in operation.body.content if media_type.schema), None)
        if schema is None:
            return {}
        if body is None:
            return {NON_FIELD: [message(self.contract, "absent")]}
        if not isinstance(body, dict):
            return {NON_FIELD: [message(self.contract, "object", type=type(body).__name__)]}
        found = {
            name: self._field_problems(part.node, body[name], isinstance(body, FormData))
            for name, part in schema.properties.items()
            if name in body
        }
        if any(SURROGATE.search(text) for texts in found.values() for text in texts):
            raise ProviderError("unencodable")
        return {name: texts for name, texts in found.items() if texts}

    def _field_problems(self, schema: Mapping[str, Any], value: object, from_form: bool) -> list[str]:
        if value is None or (from_form and value == ""):
            return []
        if "enum" in schema:
            allowed = [str(choice) for choice in schema["enum"] if choice is not None]
            return [] if str(value) in allowed else [message(self.contract, "enum", value=value)]
        if schema.get("type") != "string":
            return []
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return [message(self.contract, "string")]
        text = str(value).strip()
        if not text:
            return [message(self.contract, "blank")]
        return self._text_problems(schema, text)

    def _text_problems(self, schema: Mapping[str, Any], text: str) -> list[str]:
        found = []
        limit = schema.get("maxLength")
        if limit is not None and len(text) > limit:
            found.append(message(self.contract, "maxLength", limit=limit))
        if "\0" in text:
            found.append(message(self.contract, "nul"))
        lone = SURROGATE.search(text)
        if lone:
            found.append(message(self.contract, "surrogate", code_point=f"{ord(lone[0]):X}"))
        return found

    def damaged(self, level: Level) -> None:
        told = 'can only concatenate str (not "NoneType") to str'
        raise ProviderError("unhandled", message=told, type="TypeError")

    def options(self, item: PathItem, refusal: Answer) -> Answer | None:
        if item.options_answer is None:
            return None
        return Answer(200, refusal.headers, json_bodies.dump(item.options_answer))

    def finish(self, answer: Answer, request: Request) -> Answer:
        """Long answers are compressed for those who accept it, and say so to caches."""
        if len(answer.body) < SMALLEST_COMPRESSED and TRACE not in answer.body:
            return answer
        vary = ", ".join(filter(None, (answer.header("Vary"), "Accept-Encoding")))
        answer = answer.with_headers({"Vary": vary})
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return answer
        compressed = gzip.compress(answer.body, mtime=0)
        return replace(answer.with_headers({"Content-Encoding": "gzip"}), body=compressed)


def _same_media_type(offered: str, content_type: str) -> bool:
    """Whether the framework takes a Content-Type for a parser's media type; it honours ranges on either side."""
    sent_kind, _, sent_subtype = media_types.essence(content_type).partition("/")
    kind, _, subtype = offered.partition("/")
    return sent_kind in (kind, "*") and sent_subtype in (subtype, "*") and bool(sent_subtype)
