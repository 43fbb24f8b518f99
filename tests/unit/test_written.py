"""Values are written as their media type asks, and Accept chooses among media types."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.media import media_types
from mock_server.contract.media.written import concrete, header_text, written
from mock_server.contract.model import MediaType
from mock_server.contract.schema.schemas import Schema, SchemaLibrary

PET = {
    "type": "object",
    "xml": {"name": "pet", "prefix": "p", "namespace": "urn:pets"},
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "tags": {"type": "array", "items": {"type": "string", "xml": {"name": "tag"}}},
        "owners": {"type": "array", "items": {"type": "string"}, "xml": {"wrapped": True}},
    },
}


def schema(node: Any) -> Schema:
    return SchemaLibrary(Documents(Source("c", {}))).schema(node, direction="answer")


def test_xml_follows_the_schema() -> None:
    value = {"id": 1, "tags": ["a", "b"], "owners": ["c"], "none": None}

    assert written(value, "application/xml", schema(PET)) == (
        '<?xml version="1.0" encoding="UTF-8"?><p:pet xmlns:p="urn:pets" id="1">'
        "<tag>a</tag><tag>b</tag><owners><owners>c</owners></owners><none /></p:pet>"
    )


@pytest.mark.parametrize(
    ("media_type", "value", "text"),
    [
        ("application/x-www-form-urlencoded", {"a": 1, "b": [1]}, "a=1&b=%5B1%5D"),
        ("text/event-stream", {"a": 1}, 'data: {"a":1}\n\n'),
        ("application/x-ndjson", [{"a": 1}, {"a": 2}], '{"a":1}\n{"a":2}\n'),
        ("text/plain", True, "true"),
        ("text/csv", "a,b", "a,b"),
    ],
)
def test_other_media_types(media_type: str, value: Any, text: str) -> None:
    assert written(value, media_type) == text


@pytest.mark.parametrize(
    ("declared", "value", "sent"),
    [
        ("*/*", {}, "application/json"),
        ("*/*", "x", "text/plain"),
        ("application/*", "x", "application/json"),
        ("image/*", "x", "image/png"),
        ("application/json; charset=utf-8", {}, "application/json; charset=utf-8"),
    ],
)
def test_a_range_is_no_media_type_of_an_answer(declared: str, value: Any, sent: str) -> None:
    assert concrete(declared, value) == sent


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/xml", "application/xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("text/*", "text/csv"),
        ("image/png", "application/json"),
        ("application/json;q=0.1, text/csv", "text/csv"),
    ],
)
def test_accept_chooses(accept: str, chosen: str) -> None:
    offered = [MediaType(name, None, ()) for name in ("application/xml", "application/json", "text/csv")]

    found = media_types.preferred(offered, accept)

    assert found is not None
    assert found.name == chosen


def test_headers_have_the_simple_style() -> None:
    assert header_text([1, 2]) == "1,2"
    assert header_text({"a": True}) == "a,true"
    assert header_text("a\r\nb") == "ab"
