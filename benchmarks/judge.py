"""Is an answer what a document says? Judged by the document itself and a validator that the mock does not use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from openapi_schema_validator import OAS30ReadValidator, OAS31Validator
from referencing import Registry, Resource

from mock_server.contract.document.source import load_source
from mock_server.contract.media import media_types
from mock_server.contract.model import Operation

URI = "urn:document"
CONFORMING, EXAMPLE = "conforming", "example"
FIRST_REFUSAL = 400
BODILESS = (204, 205, 304)


class Judge:
    """Judges answers by one document, of one file."""

    def __init__(self, file: Path) -> None:
        self._document = _without_discriminators(load_source(file).value)
        self._registry: Registry[Any] = Registry().with_resource(URI, Resource.opaque(self._document))
        is_31 = str(self._document["openapi"]).startswith("3.1")
        self._validator = OAS31Validator if is_31 else OAS30ReadValidator

    def verdict(self, operation: Operation, status: int, content_type: str, body: bytes) -> str:
        """`conforming`; `example` where the document's own example breaks its schema; else what is wrong."""
        responses = (*operation.location, "responses")
        described, _ = self._at(responses)
        key = next((key for key in (str(status), f"{status // 100}XX", "default") if key in described), None)
        accepts = any(str(each)[0] in "23d" for each in described)
        if key is None or (status >= FIRST_REFUSAL and accepts):
            return f"answered {status}"
        response, where = self._at((*responses, key))
        content = response.get("content") or {}
        if not content or operation.method == "HEAD" or status in BODILESS:
            return "a body that is not described" if body else CONFORMING
        name = _named(content, content_type)
        if name is None:
            return f"Content-Type {content_type} is not described"
        media_type, place = self._at((*where, "content", name))
        if "schema" not in media_type or not media_types.is_json(media_types.essence(content_type)):
            return CONFORMING
        value = json.loads(body)
        pointer = "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in (*place, "schema"))
        schema = {"$ref": f"{URI}#/{pointer.replace('%', '%25')}"}
        checker = self._validator.FORMAT_CHECKER
        validator = self._validator(schema, registry=self._registry, format_checker=checker)
        if validator.is_valid(value):
            return CONFORMING
        return EXAMPLE if value in self._examples(media_type) else "an answer that breaks its schema"

    def _at(self, place: tuple[str | int, ...]) -> tuple[Any, tuple[str | int, ...]]:
        """What stands at a place, references followed, and where that is."""
        node = self._document
        where: tuple[str | int, ...] = ()
        for step in place:
            node, where = node[step], (*where, step)
            while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
                return self._at((*_steps(node["$ref"]), *place[len(where) :]))
        return node, where

    def _followed(self, node: Any) -> Any:
        is_reference = isinstance(node, Mapping) and isinstance(node.get("$ref"), str)
        return self._at(_steps(node["$ref"]))[0] if is_reference else node

    def _examples(self, media_type: Mapping[str, Any]) -> list[Any]:
        named = [self._followed(each) for each in (media_type.get("examples") or {}).values()]
        found = [media_type.get("example"), *(each.get("value") for each in named if isinstance(each, Mapping))]
        return found + [json_of(each) for each in found if isinstance(each, str)]


def json_of(text: str) -> Any:
    """What JSON in a text stands for; the text where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _without_discriminators(node: Any) -> Any:
    """The document without what tells how to read values: the validator takes it for what is valid."""
    if isinstance(node, list):
        return [_without_discriminators(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _without_discriminators(item) for key, item in node.items()}
    told = found.get("discriminator")
    if isinstance(told, dict) and isinstance(told.get("propertyName"), str):
        del found["discriminator"]
    return found


def _steps(reference: str) -> tuple[str, ...]:
    steps = unquote(reference.removeprefix("#/")).split("/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _named(content: Mapping[str, Any], content_type: str) -> str | None:
    """The key of a Content-Type: itself, else without its parameters, else a range."""
    sent = media_types.essence(content_type)
    covering = (content_type, sent, f"{sent.partition('/')[0]}/*", "*/*")
    return next(
        (key for wanted in covering for key in content if key == wanted or media_types.essence(key) == wanted), None
    )
