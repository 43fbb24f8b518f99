"""What a client writes for a value: in a path, query or header by style and explode, in a body by its media type.

What `parameters` and `bodies` read, the other way round. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from mock_server.contract.media.json_bodies import dump
from mock_server.contract.media.media_types import FORM, essence, is_json
from mock_server.contract.media.parameters import DELIMITERS
from mock_server.contract.media.written import concrete, plain_text, written
from mock_server.contract.model import Encoding, MediaType, Parameter

MULTIPART, BOUNDARY = "multipart/", "part"
BETWEEN: Mapping[str, tuple[str, str]] = {"simple": (",", ","), "label": (",", "."), "matrix": (",", ";")}
"""What stands between values in a path or header, and what where they are exploded."""


def in_path(parameter: Parameter, value: Any) -> str:
    """The percent-encoded text of a path parameter."""
    text = _joined(parameter, value)
    if parameter.style == "label":
        text = f".{text}"
    elif parameter.style == "matrix":
        is_exploded = parameter.explode and isinstance(value, list | dict)
        text = f";{text}" if is_exploded else f";{quote(parameter.name)}={text}"
    return text


def in_header(parameter: Parameter, value: Any) -> str:
    """The text of a header."""
    return _json(value) if parameter.is_json else _joined(parameter, value, encoded=False)


def in_query(parameter: Parameter | Encoding, value: Any) -> list[tuple[str, str]]:
    """The names and texts of a parameter in a query or cookie, or of a form's property, not yet encoded."""
    name = parameter.name
    if parameter.is_json or not isinstance(value, list | dict):
        return [(name, _json(value) if parameter.is_json else plain_text(value))]
    if parameter.style == "deepObject":
        return list(_nested(name, value))
    if isinstance(value, dict) and parameter.explode:
        return [(key, plain_text(item)) for key, item in value.items()]
    if isinstance(value, list) and parameter.explode:
        return [(name, plain_text(item)) for item in value]
    texts = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
    return [(name, DELIMITERS.get(parameter.style, ",").join(map(plain_text, texts)))]


def content_type(media_type: MediaType) -> str:
    """What a client says of a body that `body_text` wrote."""
    name = concrete(media_type.name, "")
    return f"{name}; boundary={BOUNDARY}" if essence(name).startswith(MULTIPART) else name


def body_text(media_type: MediaType, value: Any) -> str:
    """The text of a body: JSON, a form by its encoding, or what else the media type asks for."""
    name = essence(media_type.name)
    if is_json(name):
        return _json(value)
    if name.startswith(MULTIPART):
        parts = "".join(map(_part, _several(value)))
        return f"{parts}--{BOUNDARY}--\r\n"
    if name != FORM or not isinstance(value, dict):
        return written(value, concrete(media_type.name, value), media_type.schema)
    encoding = media_type.encoding
    return urlencode(
        [pair for key, item in value.items() for pair in in_query(encoding.get(key, Encoding(key, None)), item)]
    )


def _several(value: Any) -> list[tuple[str, Any]]:
    """The parts of a value by name, each item of a list alone; one at least, as a body in parts asks for."""
    items = value.items() if isinstance(value, dict) else ()
    return [(key, each) for key, item in items for each in (item if isinstance(item, list) else [item])] or [("", "")]


def _part(pair: tuple[str, Any]) -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{pair[0]}"\r\n\r\n{plain_text(pair[1])}\r\n'


def _nested(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The texts of `name[key][inner]=…`; lists count."""
    if not isinstance(value, list | dict):
        yield name, plain_text(value)
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _nested(f"{name}[{key}]", item)


def _joined(parameter: Parameter, value: Any, *, encoded: bool = True) -> str:
    def written(part: Any) -> str:
        return quote(plain_text(part), safe="") if encoded else plain_text(part)

    if parameter.is_json:
        return quote(_json(value), safe="")
    plain, exploded = BETWEEN.get(parameter.style, (",", ","))
    between = exploded if parameter.explode else plain
    if isinstance(value, dict):
        sign = "=" if parameter.explode else ","
        return between.join(f"{written(key)}{sign}{written(item)}" for key, item in value.items())
    if isinstance(value, list):
        named = parameter.style == "matrix" and parameter.explode
        return between.join(f"{quote(parameter.name)}={written(item)}" if named else written(item) for item in value)
    return written(value)


def _json(value: Any) -> str:
    return dump(value).decode("utf-8", "replace")
