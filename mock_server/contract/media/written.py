"""Values as bodies of other media types than JSON: XML by the schema's `xml`, forms, events, lines, texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.schema.schemas import Schema

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
EVENTS = "text/event-stream"
EVENT_FIELD = r"(?m)^(?:data|event|id|retry)?:"
CONCRETE: Mapping[str, str] = {
    "text/*": "text/plain", "image/*": "image/png", "audio/*": "audio/mpeg", "video/*": "video/mp4",
}  # fmt: skip
"""What a range of media types stands for where the value is a text."""


def concrete(media_type: str, value: Any) -> str:
    """A media type that an answer may carry: one of a range where the contract has a range."""
    name = media_types.essence(media_type)
    if "*" not in name:
        return media_type
    return CONCRETE.get(name, "text/plain" if isinstance(value, str) and name == "*/*" else "application/json")


def written(value: Any, media_type: str, schema: Schema | None = None) -> str:
    """A value as the text of a body; a text is what it is."""
    name = media_types.essence(media_type)
    if isinstance(value, str):
        return value if name != EVENTS or re.search(EVENT_FIELD, value) else f"data: {value}\n\n"
    if name.endswith(("/xml", "+xml")):
        return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(_element(value, schema), "unicode")
    if name == media_types.FORM and isinstance(value, dict):
        return urlencode({key: plain_text(item) for key, item in value.items()})
    parts = [_json(item) for item in (value if isinstance(value, list) else [value])]
    if name == EVENTS:
        return "".join(f"data: {part}\n\n" for part in parts)
    if name in LINES:
        return "".join(f"{part}\n" for part in parts)
    return plain_text(value)


def plain_text(value: Any) -> str:
    """A value as text: lists and objects as JSON, null as nothing."""
    return value if isinstance(value, str) else "" if value is None else _json(value)


def header_text(value: Any, *, as_json: bool = False) -> str:
    """A value as a header has it: in style `simple`, or as JSON."""
    if as_json:
        return _json(value)
    if isinstance(value, list):
        return ",".join(plain_text(item) for item in value)
    if isinstance(value, dict):
        return ",".join(f"{key},{plain_text(item)}" for key, item in value.items())
    return re.sub(r"[\x00-\x1f\x7f]", "", plain_text(value))


def _json(value: Any) -> str:
    return json_bodies.dump(value).decode("utf-8", "replace")


# ---- XML


def _element(value: Any, schema: Schema | None, name: str = "") -> ElementTree.Element:
    told = _xml(schema)
    usual = name or (schema.pointer.rpartition("/")[2] if schema else "")
    element = ElementTree.Element(_tag(told, usual or "root"))
    if isinstance(told.get("namespace"), str):
        prefix = f":{told['prefix']}" if told.get("prefix") else ""
        element.set(f"xmlns{prefix}", told["namespace"])
    if isinstance(value, dict):
        for key, item in value.items():
            _add(element, key, item, schema.known.get(key) if schema else None)
    elif isinstance(value, list):
        items = schema.items_schema if schema else None
        element.extend(_element(item, items, _tag(_xml(items), usual or "item")) for item in value)
    else:
        element.text = plain_text(value)
    return element


def _add(element: ElementTree.Element, key: str, item: Any, schema: Schema | None) -> None:
    told = _xml(schema)
    if told.get("attribute") is True:
        element.set(_tag(told, key), plain_text(item))
    elif isinstance(item, list) and told.get("wrapped") is not True:
        items = schema.items_schema if schema else None
        element.extend(_element(each, items, _tag(_xml(items), _tag(told, key))) for each in item)
    else:
        element.append(_element(item, schema, key))


def _xml(schema: Schema | None) -> Mapping[str, Any]:
    found = schema.node.get("xml") if schema else None
    return found if isinstance(found, Mapping) else {}


def _tag(told: Mapping[str, Any], usual: str) -> str:
    name = str(told.get("name") or usual)
    name = re.sub(r"^(?=[^A-Za-z_])", "_", re.sub(r"[^\w.-]", "_", name))
    return f"{told['prefix']}:{name}" if told.get("prefix") else name
