"""Gathers everything that is wrong with a document, so that all of it is told at once.

What pydantic finds is told here, too: with file and line, the value, what is allowed and the nearest spelling.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from mock_server.contract.document.source import Location, Source, SourceError, nearest
from mock_server.contract.secrets.secret_names import is_secret_name

if TYPE_CHECKING:
    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)

LONGEST_SHOWN = 80
MOST_TOLD = 100
MOST_ROUNDS = 5
"""Of taking out what is wrong: what is left may be wrong without it."""
WORDS = {"string": "text", "boolean": "true, false", "array": "a list", "null": "null"}


class Diagnostics:
    """What is wrong with one document: a line for each fault, with place, key, value and what is allowed instead."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: list[tuple[Location, str]] = []
        self._more = 0

    def add(self, at: Location, text: str | Callable[[], str]) -> None:
        """Note a fault of the value at a location; a text that takes long to make is made only if it is told."""
        if len(self._found) < MOST_TOLD:
            self._found.append((at, text if isinstance(text, str) else text()))
        else:
            self._more += 1

    def has(self, at: Location) -> bool:
        """Whether a fault was noted there, or within."""
        return any(place[: len(at)] == at for place, _ in self._found)

    def one_of(self, key: str, value: object, allowed: Collection[str], at: Location) -> bool:
        """Whether a value is one of the allowed; noted where it is not."""
        if value in allowed:
            return True
        self.add(at, f"{key}: {_unknown(shown(value), value, allowed)}")
        return False

    def read(self, model: type[Model]) -> Model | None:
        """The document as a model, without what is wrong with it; None where nothing of it can be read.

        An entry of a list that is wrong altogether is there, and empty: the others keep their places.
        """
        from pydantic import ValidationError  # noqa: PLC0415 - only whoever has a model needs it

        value = self.source.value
        try:
            return model.model_validate(value)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        schema = model.model_json_schema()
        for fault in faults:
            at = _path(value, fault["loc"])
            self.add(at, partial(_explained, fault, at, schema))
        value = copy.deepcopy(value)
        for _ in range(MOST_ROUNDS):
            for fault in faults:
                _take_out(value, _path(value, fault["loc"]))
            try:
                return model.model_validate(value)
            except ValidationError as error:
                faults = error.errors(include_url=False)
        return None

    def raise_any(self) -> None:
        """Raise SourceError with the faults in the order of their lines, where there is one."""
        if not self._found:
            return
        found = [(self.source.place(at), text) for at, text in self._found]
        found.sort(key=lambda item: int(item[0].rpartition(":")[2]))
        lines = [f"{place}: {text}" for place, text in found]
        raise SourceError("\n".join([*lines, f"{self.source.name}: {self._more} more"] if self._more else lines))


def shown(value: Any) -> str:
    """A value as messages show it: short, and in one line."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


# ---- what pydantic finds


def _explained(fault: Any, at: Location, schema: Mapping[str, Any]) -> str:
    """What is wrong with the value at a location."""
    key = next((str(step) for step in reversed(at) if isinstance(step, str)), "")
    label = f"{key if key.isprintable() else repr(key)}: " if key else ""
    schemas = _schemas_at(schema, at)
    if fault["type"] == "missing":
        owner = next(each for each in schemas if "properties" in each)
        form = ", ".join(owner["required"])
        return f"the {owner['title'].lower()} has no {fault['loc'][-1]}; write it as {{{form}}}"
    if fault["type"] == "extra_forbidden":
        allowed = [name for each in _schemas_at(schema, at[:-1]) for name in each.get("properties", ())]
        hint = nearest(key, allowed)
        is_hidden = not hint and any(is_secret_name(step) for step in at[:-1] if isinstance(step, str))
        return f"unknown key {'…' if is_hidden else repr(key)}{hint}; allowed: {', '.join(allowed)}"
    if fault["type"] == "value_error":
        return f"{label}{fault['ctx']['error']}"
    told = "the value" if is_secret_name(key) else shown(fault["input"])
    if choices := [choice for each in schemas for choice in _choices(each)]:
        return label + _unknown(told, fault["input"], choices)
    words = sorted(filter(None, map(_words, schemas)), key=lambda each: each.startswith("a mapping"))
    is_bare = isinstance(fault["input"], (bool, int, float))
    quote = "; quote it" if is_bare and any(each.get("type") == "string" for each in schemas) else ""
    return f"{label}{told} is not allowed; allowed: {' or '.join(words)}{quote}"


def _path(document: Any, steps: tuple[str | int, ...]) -> Location:
    """The part of pydantic's location that stands in the document: it names alternatives and missing keys, too."""
    path: list[str | int] = []
    for step in steps:
        if step in document if isinstance(document, dict) else isinstance(step, int) and isinstance(document, list):
            path.append(step)
            document = document[step]
    return tuple(path)


def _take_out(document: Any, path: Location) -> None:
    """Remove a value; an entry of a list is emptied."""
    for step in path[:-1]:
        document = document[step]
    if path and isinstance(path[-1], int):
        document[path[-1]] = {}
    elif path:
        document.pop(path[-1], None)


def _schemas_at(schema: Mapping[str, Any], path: Location) -> list[Mapping[str, Any]]:
    """The JSON Schemas of a value: several where there are alternatives."""
    found = list(_alternatives(schema, schema))
    for step in path:
        inner = [_inner(each, step) for each in found]
        found = [each for node in inner if isinstance(node, dict) for each in _alternatives(node, schema)]
    return found or [{}]


def _inner(schema: Mapping[str, Any], step: str | int) -> object:
    if isinstance(step, int):
        return schema.get("items")
    return schema.get("properties", {}).get(step, schema.get("additionalProperties"))


def _alternatives(node: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _alternatives(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    elif choices := node.get("anyOf") or node.get("oneOf"):
        for each in choices:
            yield from _alternatives(each, root)
    else:
        yield node


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]] if "const" in schema else []


def _unknown(told: str, value: object, allowed: Collection[Any]) -> str:
    listed = ", ".join("null" if choice is None else str(choice) for choice in allowed) or "none"
    return f"unknown {told}{nearest(value, [choice for choice in allowed if choice is not None])}; allowed: {listed}"


def _words(schema: Mapping[str, Any]) -> str:
    """What a schema allows."""
    kind = schema.get("type", "")
    if kind == "object":
        return f"a mapping with {', '.join(schema['properties'])}" if "properties" in schema else "a mapping"
    if schema.get("minItems") or schema.get("minLength"):
        return f"{WORDS[kind]} that is not empty"
    if kind not in ("integer", "number"):
        return "" if kind == "null" else WORDS.get(kind, str(kind))
    words = "a whole number" if kind == "integer" else "a number"
    least, most = schema.get("minimum"), schema.get("maximum")
    return words + ("" if least is None else f" from {least}") + ("" if most is None else f" to {most}")
