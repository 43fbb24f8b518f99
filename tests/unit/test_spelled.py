"""What a client writes for a parameter is read as the same value, whatever its style."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.media import bodies, parameters, spelled
from mock_server.contract.model import Encoding, MediaType, Parameter
from mock_server.contract.schema.schemas import SchemaLibrary

OBJECT = {"type": "object", "properties": {"r": {"type": "integer"}, "g": {"type": "string"}}}
LIST = {"type": "array", "items": {"type": "integer"}}


def parameter(location: str, schema: dict[str, Any], style: str, explode: bool, is_json: bool = False) -> Parameter:
    made = SchemaLibrary(Documents(Source("c", {}))).schema(schema, direction="request")
    return Parameter("p", location, True, made, None, None, ".+", style, explode, is_json)


@pytest.mark.parametrize(
    ("schema", "value"), [(LIST, [1, 2]), (OBJECT, {"r": 1, "g": "a b"}), ({"type": "string"}, "ä/b")]
)
@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("style", ["simple", "label", "matrix"])
def test_in_a_path(schema: dict[str, Any], value: Any, style: str, explode: bool) -> None:
    described = parameter("path", schema, style, explode)

    assert parameters.read_path(described, unquote(spelled.in_path(described, value))) == value


@pytest.mark.parametrize(
    ("schema", "value", "style", "explode"),
    [
        (LIST, [1, 2], "form", True),
        (LIST, [1, 2], "form", False),
        (LIST, [1, 2], "spaceDelimited", False),
        (LIST, [1, 2], "pipeDelimited", False),
        (OBJECT, {"r": 1, "g": "x"}, "form", True),
        (OBJECT, {"r": 1, "g": "x"}, "form", False),
        (OBJECT, {"r": 1, "g": "x"}, "deepObject", True),
        ({"type": "object", "properties": {"in": OBJECT, "l": LIST}}, {"in": {"r": 1}, "l": [1]}, "deepObject", True),
    ],
)
def test_in_a_query(schema: dict[str, Any], value: Any, style: str, explode: bool) -> None:
    described = parameter("query", schema, style, explode)
    sent = parameters.Sent(query=parameters.by_name(spelled.in_query(described, value)))

    assert parameters.read(described, sent) == value


@pytest.mark.parametrize(("schema", "value"), [(LIST, [1, 2]), (OBJECT, {"r": 1, "g": "x"})])
@pytest.mark.parametrize("is_json", [False, True])
def test_in_a_header(schema: dict[str, Any], value: Any, is_json: bool) -> None:
    described = parameter("header", schema, "simple", False, is_json)

    assert parameters.read(described, parameters.Sent(headers={"p": spelled.in_header(described, value)})) == value


@pytest.mark.parametrize("name", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_in_a_body(name: str) -> None:
    schema = SchemaLibrary(Documents(Source("c", {}))).schema(
        {"type": "object", "properties": {"n": {"type": "integer"}, "l": LIST, "o": OBJECT}}, direction="request"
    )
    media_type = MediaType(name, schema, (), {"o": Encoding("o", schema.known["o"], style="deepObject")})
    value = {"n": 5, "l": [1, 2], "o": {"r": 1, "g": "x"}}
    body = spelled.body_text(media_type, value).encode()

    assert bodies.read(media_type, spelled.content_type(media_type), body) == value
