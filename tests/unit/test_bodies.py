"""Bodies are read by their media type, and only what a schema can judge is judged."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.media import bodies, media_types
from mock_server.contract.media.json_bodies import JsonError
from mock_server.contract.model import Encoding, MediaType
from mock_server.contract.schema.schemas import SchemaLibrary

FIELDS = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "more": {"type": "object", "properties": {"on": {"type": "boolean"}}},
        "file": {"type": "string", "format": "binary"},
    },
}
FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n5\r\n'
    b'--b\r\nContent-Disposition: form-data; name="ids"\r\n\r\n1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="ids"\r\n\r\n2\r\n'
    b'--b\r\nContent-Disposition: form-data; name="more"\r\nContent-Type: application/json\r\n\r\n{"on":true}\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n\x00\xff\n\r\x0b\r\n--b--\r\n'
)


def media_type(name: str, node: Any, **encoding: Encoding) -> MediaType:
    schema = SchemaLibrary(Documents(Source("c", {}))).schema(node, direction="request")
    return MediaType(name, schema, (), encoding)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"n=5", {"n": 5}),
        (b"n=x", {"n": "x"}),
        (b"ids=1&ids=2", {"ids": [1, 2]}),
        (b"ids=1", {"ids": [1]}),
        (b"more[on]=true", {"more": {"on": True}}),
        (b"more=%7B%22on%22%3Atrue%7D", {"more": {"on": True}}),
        (b"other=1", {"other": "1"}),
    ],
)
def test_fields_of_a_form_have_the_types_of_the_schema(raw: bytes, value: Any) -> None:
    assert bodies.read(media_type(FORM, FIELDS), FORM, raw) == value


def test_parts_have_the_types_of_the_schema_and_a_file_its_length() -> None:
    found = bodies.read(media_type("multipart/form-data", FIELDS), "multipart/form-data; boundary=b", PARTS)

    assert found == {"n": 5, "ids": [1, 2], "more": {"on": True}, "file": "\x00\xff\n\r\x0b"}


def test_a_body_in_parts_without_a_boundary_is_none() -> None:
    with pytest.raises(bodies.MultipartError, match="boundary"):
        bodies.read(None, "multipart/form-data", PARTS)


def test_a_plain_text_is_read_by_its_type_and_xml_by_nobody() -> None:
    assert bodies.read(media_type("text/plain", {"type": "integer"}), "text/plain", b"5") == 5
    assert not bodies.is_checked("application/xml", media_type("application/xml", FIELDS))
    assert not bodies.is_checked("text/plain", media_type("*/*", FIELDS))


def test_a_compressed_body_is_unpacked() -> None:
    assert bodies.unpacked(gzip.compress(b"{}"), "gzip") == b"{}"
    assert bodies.unpacked(b"{}", "") == b"{}"
    with pytest.raises(JsonError, match="gzip"):
        bodies.unpacked(b"{}", "gzip")
    with pytest.raises(bodies.UnknownCoding, match="br"):
        bodies.unpacked(b"{}", "br")


@pytest.mark.parametrize(
    ("sent", "chosen"),
    [
        ("application/json; v=1", "application/json;v=1"),
        ("application/json; v=2", "application/json;v=2"),
        ("APPLICATION/JSON", "application/json;v=1"),
        ("application/xml", "application/*"),
        ("text/plain", "*/*"),
    ],
)
def test_the_most_precise_media_type_is_chosen(sent: str, chosen: str) -> None:
    names = ("*/*", "application/*", "application/json;v=1", "application/json;v=2")

    found = media_types.choose([media_type(name, {}) for name in names], sent)

    assert found is not None
    assert found.name == chosen


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("application/json", '"é"'.encode()),
        ("application/json; charset=utf8", '"é"'.encode()),
        ("application/json; charset=klingon", '"é"'.encode()),
        ("application/json; charset=iso-8859-1", '"é"'.encode("latin-1")),
        ("application/json; charset=utf-16", '"é"'.encode("utf-16")),
    ],
)
def test_json_is_read_in_the_charset_that_is_named(content_type: str, raw: bytes) -> None:
    assert bodies.read(None, content_type, raw) == "é"


@pytest.mark.parametrize("charset", ["utf-16", "ascii", "zlib"])
def test_json_in_another_charset_than_is_named_is_refused(charset: str) -> None:
    with pytest.raises(JsonError):
        bodies.read(None, f"application/json; charset={charset}", '"é"'.encode())
