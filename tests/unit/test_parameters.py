"""Parameters are read as OpenAPI's table of styles has them."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.media.parameters import MISSING, Sent, read, read_path, typed
from mock_server.contract.model import Parameter
from mock_server.contract.schema.schemas import Schema, SchemaLibrary

NUMBERS = {"type": "array", "items": {"type": "integer"}}
COLOUR = {"type": "object", "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}}}
RGB = {"R": 100, "G": 200}


def schema(node: Any) -> Schema:
    return SchemaLibrary(Documents(Source("c", {}))).schema(node, direction="request")


def parameter(location: str, node: Any, style: str, explode: bool = False, is_json: bool = False) -> Parameter:
    return Parameter("color", location, True, schema(node), None, None, "", style, explode, is_json)


@pytest.mark.parametrize(
    ("style", "explode", "node", "text", "value"),
    [
        ("simple", False, {"type": "string"}, "blue", "blue"),
        ("simple", False, NUMBERS, "1,2,3", [1, 2, 3]),
        ("simple", False, NUMBERS, "1", [1]),
        ("simple", True, NUMBERS, "1,2", [1, 2]),
        ("simple", False, COLOUR, "R,100,G,200", RGB),
        ("simple", True, COLOUR, "R=100,G=200", RGB),
        ("label", False, {"type": "integer"}, ".5", 5),
        ("label", False, NUMBERS, ".1,2", [1, 2]),
        ("label", True, NUMBERS, ".1.2", [1, 2]),
        ("label", True, COLOUR, ".R=100.G=200", RGB),
        ("matrix", False, {"type": "integer"}, ";color=5", 5),
        ("matrix", False, NUMBERS, ";color=1,2", [1, 2]),
        ("matrix", True, NUMBERS, ";color=1;color=2", [1, 2]),
        ("matrix", False, COLOUR, ";color=R,100,G,200", RGB),
        ("matrix", True, COLOUR, ";R=100;G=200", RGB),
    ],
)
def test_in_a_path(style: str, explode: bool, node: Any, text: str, value: Any) -> None:
    assert read_path(parameter("path", node, style, explode), text) == value


@pytest.mark.parametrize(("style", "text"), [("label", "5"), ("matrix", "5"), ("matrix", ";colour=5")])
def test_a_text_of_another_style_names_nothing(style: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"5"):
        read_path(parameter("path", {"type": "integer"}, style), text)


@pytest.mark.parametrize(
    ("style", "explode", "node", "query", "value"),
    [
        ("form", True, NUMBERS, "color=1&color=2", [1, 2]),
        ("form", True, NUMBERS, "color=1", [1]),
        ("form", False, NUMBERS, "color=1,2", [1, 2]),
        ("form", True, COLOUR, "R=100&G=200&other=1", RGB),
        ("form", False, COLOUR, "color=R,100,G,200", RGB),
        ("spaceDelimited", False, NUMBERS, "color=1%202", [1, 2]),
        ("pipeDelimited", False, NUMBERS, "color=1|2", [1, 2]),
        ("deepObject", True, COLOUR, "color[R]=100&color[G]=200", RGB),
        ("deepObject", True, {"properties": {"in": COLOUR}}, "color[in][R]=1", {"in": {"R": 1}}),
        ("deepObject", True, {"properties": {"ids": NUMBERS}}, "color[ids][]=1&color[ids][]=2", {"ids": [1, 2]}),
        ("form", True, {"type": "object", "additionalProperties": {"type": "string"}}, "a=1&b=2", {"a": "1", "b": "2"}),
        ("form", True, {"oneOf": [{"type": "integer"}, {"type": "string"}]}, "color=red", "red"),
        ("form", True, {"oneOf": [{"type": "integer"}, NUMBERS]}, "color=1&color=2", [1, 2]),
        ("form", True, {"enum": [1, 2]}, "color=2", 2),
        ("form", True, {"type": "boolean"}, "color=yes", "yes"),
        ("form", True, NUMBERS, "other=1", MISSING),
    ],
)
def test_in_a_query(style: str, explode: bool, node: Any, query: str, value: Any) -> None:
    assert read(parameter("query", node, style, explode), Sent.read(query, {})) == value


def test_in_headers_and_cookies() -> None:
    sent = Sent.read("", {"color": "1, 2", "cookie": "a=b; color=3"})

    assert read(parameter("header", NUMBERS, "simple"), sent) == [1, 2]
    assert read(parameter("cookie", {"type": "integer"}, "form", explode=True), sent) == 3


def test_json_in_a_query() -> None:
    sent = Sent.read("color=%7B%22R%22%3A%201%7D", {})

    assert read(parameter("query", COLOUR, "form", explode=True, is_json=True), sent) == {"R": 1}


def test_a_text_that_is_no_value_of_the_type_stays_a_text() -> None:
    assert typed(schema({"type": "integer"}), "x") == "x"
    assert typed(schema({"type": "integer", "maximum": 3}), "7") == 7
    assert typed(schema({"type": "string"}), "7") == "7"
    assert typed(schema({"type": "integer", "nullable": True}), "") is None
