"""Kept values as an answer's schema has them: nothing that is only written, and everything that is only read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema


def shaped(schema: Schema | None, value: object) -> object:
    """A value as answers with a schema have it.

    Properties that the schema does not name are left out, unless it says that there may be others. What it asks for
    beside those that are there has the value that a made-up answer would have.
    """
    if schema is None:
        return value
    found = _shaped(schema, value)
    return found if not isinstance(found, dict) or schema.is_valid(found) else _repaired(schema, found)


def merged(old: object, patch: object) -> Any:
    """A value changed by a JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def enclosed(around: object, place: tuple[str, ...], value: object) -> object:
    """A value at a place inside of another one."""
    if not place:
        return value
    first, *rest = place
    outer = around if isinstance(around, dict) else {}
    return {**outer, first: enclosed(outer.get(first), tuple(rest), value)}


def _shaped(schema: Schema, value: object) -> object:
    if isinstance(value, list):
        items = schema.items_schema
        return [_shaped(items, each) for each in value] if items else value
    if not isinstance(value, dict) or not schema.known:
        return value
    known = schema.known
    found = {name: _shaped(part, value[name]) for name, part in known.items() if name in value and not _is_hidden(part)}
    if any(part.node.get("additionalProperties") not in (None, False) for part in schema.all_parts):
        found |= {name: each for name, each in value.items() if name not in known}
    required = set(_required(schema))
    missing = {
        name
        for name, part in known.items()
        if name not in found and not _is_hidden(part) and (name in required or _is_made(part))
    }
    if not missing:
        return found
    made = sample(schema)
    found |= {name: made[name] for name in missing if isinstance(made, dict) and name in made}
    return {name: found[name] for name in dict.fromkeys((*known, *found)) if name in found}


def _repaired(schema: Schema, value: dict[str, object]) -> object:
    """A value whose parts that break the schema are replaced by made-up ones, or left out."""
    made = sample(schema)
    wrong = {str(each.path[0]) for each in schema.violations(value) if each.path}
    kept = {name: item for name, item in value.items() if name not in wrong}
    made_up = {name: made[name] for name in (*wrong, *_required(schema)) if isinstance(made, dict) and name in made}
    found = {**made_up, **kept}
    return found if schema.is_valid(found) else made


def _required(schema: Schema) -> Iterator[str]:
    """The properties that every value of a schema has, whatever alternative it is of."""
    alternatives = {id(part.node) for key in ("oneOf", "anyOf") for part in schema.parts(key)}
    for part in schema.all_parts:
        if id(part.node) not in alternatives:
            yield from part.node.get("required") or ()


def _is_made(schema: Schema) -> bool:
    """Whether the server makes a property up; of one that may be null, nobody knows when."""
    return schema.node.get("readOnly") is True and "null" not in schema.kinds


def _is_hidden(schema: Schema) -> bool:
    return schema.node.get("writeOnly") is True
