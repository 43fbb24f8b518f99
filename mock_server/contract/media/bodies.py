"""Bodies as they travel: JSON, forms, files in parts and texts, read as values by the schema of their media type."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.media.json_bodies import JsonError
from mock_server.contract.media.parameters import MISSING, by_name, of_pairs, typed
from mock_server.contract.model import Encoding, MediaType

MULTIPART = "multipart/"
LARGEST = 64 * 1024 * 1024
"""Bytes that a compressed body may have once it is unpacked."""
WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class MultipartError(ValueError):
    """A body in parts that has none; the text is the reason."""


class UnknownCoding(ValueError):
    """A Content-Encoding that nobody here can undo; the text is its name."""


def unpacked(raw: bytes, coding: str) -> bytes:
    """A body without its Content-Encoding.

    Raises:
        UnknownCoding: it is none of gzip and deflate.
        JsonError: the body is not what the coding says, or too large.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return raw
    if name not in WINDOWS:
        raise UnknownCoding(coding)
    reader = zlib.decompressobj(WINDOWS[name])
    try:
        found = reader.decompress(raw, LARGEST)
    except zlib.error as error:
        raise JsonError(f"not {name}: {error}") from None
    if reader.unconsumed_tail or not reader.eof:
        raise JsonError(f"not the whole of a {name} body, or more than {LARGEST} bytes")
    return found


def read(media_type: MediaType | None, content_type: str, raw: bytes) -> Any:
    """The value of a body.

    Args:
        media_type: the contract's, which says how the fields of a form are written; None: nothing is known of it.
        content_type: as sent.
        raw: the body, unpacked.

    Raises:
        JsonError: it should be JSON, and is not.
        MultipartError: it should have parts, and has none.
    """
    sent = media_types.essence(content_type)
    if media_types.is_json(sent):
        return json_bodies.parse(json_bodies.decode(raw, media_types.charset(content_type)))
    if sent == media_types.FORM:
        return _form(media_type, parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    if sent.startswith(MULTIPART):
        return _multipart(media_type, content_type, raw)
    text = raw.decode("utf-8", "replace")
    return typed(media_type.schema, text) if media_type and is_checked(sent, media_type) else text


def is_checked(sent: str, media_type: MediaType) -> bool:
    """Whether the schema can judge what was read: XML and the like only a reader of its own could."""
    if media_types.is_json(sent) or sent == media_types.FORM or sent.startswith(MULTIPART):
        return True
    schema = media_type.schema
    return sent == "text/plain" and schema is not None and not {"object", "array"} & {*schema.kinds}


# ---- forms


def _form(media_type: MediaType | None, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    texts = by_name(pairs)
    found: dict[str, Any] = {}
    for field in _fields(media_type):
        value = of_pairs(field, texts, declared=texts)
        if value is MISSING and any(name.startswith(f"{field.name}[") for name in texts):
            value = of_pairs(field.nested, texts)
        if value is not MISSING:
            found[field.name] = _json_object(field, value)
    taken = tuple(f"{name}[" for name in found)
    others = {name: each[-1] for name, each in texts.items() if name not in found and not name.startswith(taken)}
    return found | others


def _fields(media_type: MediaType | None) -> Iterator[Encoding]:
    """The properties that a form may have, with the way each is written."""
    for name, schema in (media_type.schema.known if media_type and media_type.schema else {}).items():
        encoding = media_type.encoding.get(name) if media_type else None
        yield encoding or Encoding(name, schema)


def _json_object(field: Encoding, value: Any) -> Any:
    """Objects inside a form are JSON unless the contract says otherwise."""
    if not isinstance(value, str) or field.schema is None or "object" not in field.schema.kinds:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


# ---- parts


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    content_type: str
    is_file: bool
    data: bytes


def _multipart(media_type: MediaType | None, content_type: str, raw: bytes) -> dict[str, Any]:
    fields = {field.name: field for field in _fields(media_type)}
    found: dict[str, list[Any]] = {}
    for part in _parts(content_type, raw):
        found.setdefault(part.name, []).append(_part_value(part, fields.get(part.name)))
    return {name: _gathered(values, fields.get(name)) for name, values in found.items()}


def _parts(content_type: str, raw: bytes) -> Iterator[_Part]:
    boundary = media_types.parameter(content_type, "boundary")
    if not boundary:
        raise MultipartError(f"Invalid boundary in multipart: {boundary}")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser().parsebytes(head + raw)
    parts = message.get_payload()
    if not message.is_multipart() or not isinstance(parts, list):
        raise MultipartError("there are no parts")
    for part in parts:
        if isinstance(part, Message):
            name = part.get_param("name", "", "content-disposition")
            data = part.get_payload(decode=True)
            is_file = part.get_filename() is not None
            yield _Part(str(name), part.get_content_type(), is_file, data if isinstance(data, bytes) else b"")


def _part_value(part: _Part, field: Encoding | None) -> Any:
    if media_types.is_json(part.content_type):
        return json_bodies.parse(json_bodies.decode(part.data))
    if part.is_file:
        return part.data.decode("latin-1")  # a sign a byte, so that its length is the file's
    text = part.data.decode("utf-8", "replace")
    if field is None or field.schema is None:
        return text
    schema = field.schema.items_schema if field.schema.kinds == ("array",) else field.schema
    return _json_object(field, typed(schema, text))


def _gathered(values: list[Any], field: Encoding | None) -> Any:
    is_list = field is not None and field.schema is not None and "array" in field.schema.kinds
    return values if is_list and not isinstance(values[0], list) else values[-1]
