"""Parameters as they travel: texts in a path, query, header or cookie, read as values by style, explode and schema.

What cannot be read as the schema wants is left a text, so that the schema itself says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from mock_server.contract.model import Encoding, Parameter
from mock_server.contract.schema.schemas import Schema

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()
"""The value of a parameter that was not sent."""

NUMBER = r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?"
INTEGER = r"-?(0|[1-9][0-9]{0,99})"
DELIMITERS: Mapping[str, str] = {"spaceDelimited": " ", "pipeDelimited": "|"}
CONTAINERS = ("array", "object")

Pairs = Mapping[str, list[str]]


@dataclass(frozen=True)
class Sent:
    """What a request carries beside its path and body: decoded texts by name, in their order."""

    query: Pairs = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Pairs = field(default_factory=dict)

    @classmethod
    def read(cls, query: str, headers: Mapping[str, str]) -> Sent:
        """From a query as sent, and headers by lower-case name."""
        cookies = (cookie.partition("=") for cookie in headers.get("cookie", "").split(";"))
        return cls(
            by_name(parse_qsl(query, keep_blank_values=True)),
            headers,
            by_name((name.strip(), unquote(value.strip())) for name, _, value in cookies),
        )


def by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The texts of each name."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def typed(schema: Schema | None, text: str) -> Any:
    """The value of a schema's type that a text stands for, a valid one where several could be meant; else the text."""
    found = [text]
    for kind in schema.kinds if schema else ():
        value = _scalar(kind, text)
        if value is not MISSING:
            if schema is None or schema.is_valid(value):
                return value
            found.append(value)
    return found[-1]


def read_path(parameter: Parameter, text: str) -> Any:
    """The value of a path parameter.

    Raises:
        ValueError: the text has not the form of the parameter's style.
    """
    if parameter.style == "label":
        return _of_text(parameter, _behind(text, "."), "." if parameter.explode else ",")
    if parameter.style != "matrix":
        return _of_text(parameter, text, ",")
    rest = _behind(text, ";")
    if parameter.explode and _wants(parameter.schema, "object"):
        return _of_text(parameter, rest, ";")
    texts = [_behind(piece, f"{parameter.name}=") for piece in rest.split(";")]
    return _of_text(parameter, ",".join(texts), ",", exploded=False)


def read(parameter: Parameter, sent: Sent, declared: Iterable[str] = ()) -> Any:
    """The value of a parameter in query, header or cookie; MISSING where it was not sent.

    Args:
        parameter: what is looked for.
        sent: what the request carries.
        declared: names of the operation's other parameters, which are no properties of an object without a name.
    """
    if parameter.location != "header":
        return of_pairs(parameter, sent.query if parameter.location == "query" else sent.cookies, declared)
    text = sent.headers.get(parameter.name.lower())
    return MISSING if text is None else _of_text(parameter, text.strip(), ",")


def of_pairs(parameter: Parameter | Encoding, pairs: Pairs, declared: Iterable[str] = ()) -> Any:
    """The value of a parameter, or of a form's property, among texts by name."""
    schema, name = parameter.schema, parameter.name
    texts = pairs.get(name, [])
    if parameter.is_json:
        return _json(texts[-1]) if texts else MISSING
    if parameter.style == "deepObject":
        return _tree(schema, _nested(name, pairs)) if any(key.startswith(f"{name}[") for key in pairs) else MISSING
    if not texts and _wants(schema, "object") and parameter.style == "form" and parameter.explode:
        return _loose(schema, {key: found for key, found in pairs.items() if key not in declared})
    if not texts:
        return MISSING
    if parameter.explode:
        return _several(schema, texts)
    return _of_text(parameter, texts[-1], DELIMITERS.get(parameter.style, ","))


# ---- texts to values


def _scalar(kind: str, text: str) -> Any:
    if kind in ("integer", "number") and re.fullmatch(INTEGER, text):
        return int(text)
    if kind == "number" and re.fullmatch(NUMBER, text):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "null" and text in ("", "null"):
        return None
    return text if kind == "string" else MISSING


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _wants(schema: Schema | None, kind: str) -> bool:
    return schema is not None and kind in schema.kinds


def _several(schema: Schema | None, texts: list[str]) -> Any:
    """The value of texts of one name: a list where the schema wants one."""
    if schema is None or "array" not in schema.kinds or (len(texts) == 1 and len(schema.kinds) > 1):
        alone = typed(schema, texts[-1])
        if schema is None or "array" not in schema.kinds or schema.is_valid(alone):
            return alone
    return [typed(schema.items_schema, text) for text in texts]


def _of_text(parameter: Parameter | Encoding, text: str, delimiter: str, exploded: bool | None = None) -> Any:
    schema = parameter.schema
    if parameter.is_json:
        return _json(text)
    if schema is None or not any(kind in CONTAINERS for kind in schema.kinds):
        return typed(schema, text)
    alone = typed(schema, text)
    if not isinstance(alone, str) or ("string" in schema.kinds and schema.is_valid(alone)):
        return alone
    pieces = [piece.strip() for piece in text.split(delimiter)] if text else []
    if "object" in schema.kinds:
        found = _fields(pieces, parameter.explode if exploded is None else exploded)
        if found is not None:
            return {key: typed(schema.property(key), value) for key, value in found}
    return [typed(schema.items_schema, piece) for piece in pieces] if "array" in schema.kinds else text


def _fields(pieces: list[str], exploded: bool) -> list[tuple[str, str]] | None:
    """The fields of an object: `k=v` each, or `k,v` in turn; None where the pieces are none."""
    if not exploded:
        return list(zip(pieces[::2], pieces[1::2], strict=True)) if len(pieces) % 2 == 0 else None
    found = [piece.partition("=") for piece in pieces]
    return [(key, value) for key, _, value in found] if all(sign for _, sign, _ in found) else None


def _behind(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        raise ValueError(text)
    return text.removeprefix(prefix)


# ---- objects without a name of their own, and nested ones


def _loose(schema: Schema | None, pairs: Pairs) -> Any:
    known = schema.known if schema else {}
    is_open = schema is not None and (not known or isinstance(schema.node.get("additionalProperties"), Mapping))
    found = {
        key: _several(schema.property(key) if schema else None, texts)
        for key, texts in pairs.items()
        if key in known or is_open
    }  # fmt: skip
    return found or MISSING


def _nested(name: str, pairs: Pairs) -> Any:
    """The texts of `name[key][inner]=…` as an object of objects; `[]` and repeated names are lists."""
    root: dict[str, Any] = {}
    for key, texts in pairs.items():
        steps = re.findall(r"\[([^\]]*)\]", key) if key.startswith(f"{name}[") else []
        is_list = len(steps) > 1 and steps[-1] == ""
        node = root
        for step in (steps[:-1] if is_list else steps)[:-1]:
            inner = node.setdefault(step, {})
            node = inner if isinstance(inner, dict) else node
        if steps:
            node[steps[-2] if is_list else steps[-1]] = texts if is_list or len(texts) > 1 else texts[0]
    return root


def _tree(schema: Schema | None, node: Any) -> Any:
    """Nested texts as values of a schema."""
    if isinstance(node, dict):
        if _wants(schema, "array") and all(key.isdigit() for key in node):
            return [_tree(schema.items_schema if schema else None, item) for _, item in _in_order(node)]
        return {key: _tree(schema.property(key) if schema else None, item) for key, item in node.items()}
    return _several(schema, node if isinstance(node, list) else [node])


def _in_order(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return iter(sorted(node.items(), key=lambda item: int(item[0])))
