"""Collections: a path that lists things, such as `/shops/{shop}/pets`, and below it the path of each, `…/pets/{id}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from urllib.parse import quote

from mock_server.contract.model import Operation
from mock_server.contract.schema.schemas import Schema

Place = tuple[str, ...]
"""The keys that lead to a part of a body; empty for the whole."""

Thing = Mapping[str, object]

ENVELOPES = frozenset({
    "data", "result", "results", "item", "items", "list", "payload", "response", "bean", "body", "content", "record",
    "records", "value", "values", "rows", "embedded",
})  # fmt: skip
"""Properties, in small letters without signs, in which an answer may hold what it is about."""

NAME = re.compile(r"\{([^}]+)\}")


class Role(Enum):
    """What an operation does with kept things; `UPDATE` names the thing in its body, `REPLACE` in its path."""

    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    READ = "read"
    REPLACE = "replace"
    MERGE = "merge"
    REMOVE = "remove"


@dataclass(frozen=True, eq=False)
class Collection:
    """Things of one kind.

    Attributes:
        path: the path template of their list.
        thing_path: that of each.
        roles: what its operations do, by operation id.
        key: the path parameter that names a thing.
        id_property: the property of a thing that holds its id; None: its path alone tells it.
        id_schema: what ids are; None: any text.
        properties: what requests and answers know of a thing.
        envelope: the property around a thing in requests; None: there is none.
        outer: the collections whose things these lie within.
        seeds: the things of the contract's examples, by id.
    """

    path: str
    thing_path: str
    roles: Mapping[str, Role]
    key: str
    id_property: str | None = None
    id_schema: Schema | None = None
    properties: Mapping[str, Schema] = field(default_factory=dict)
    envelope: str | None = None
    outer: tuple[Collection, ...] = ()
    seeds: Mapping[str, Thing] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """What a property may be called that holds a thing, or the list of them."""
        name = plain(self.path.rstrip("/").rpartition("/")[2])
        return ENVELOPES | {name, singular(name)}

    def at(self, parameters: Mapping[str, object]) -> str:
        """The path of the list, by a request's path parameters."""
        return _filled(self.path, parameters)

    def at_thing(self, parameters: Mapping[str, object], key: str) -> str:
        """The path of the thing with an id."""
        return _filled(self.thing_path, {**parameters, self.key: key})

    def marked(self, mark: str) -> frozenset[str]:
        """The properties that are `readOnly` or `writeOnly`."""
        return frozenset(name for name, schema in self.properties.items() if schema.node.get(mark) is True)

    def place_in(self, schema: Schema) -> tuple[Place, Schema] | None:
        """Where in values of a schema a thing stands, with its own schema; None: nowhere."""
        for place, part in parts(schema, self.names):
            if self.id_property in part.known or (not part.known and may_be_object(part)):
                return place, part
        return ((), schema) if self.id_property is None and may_be_object(schema) else None

    def list_in(self, schema: Schema) -> tuple[Place, Schema | None] | None:
        """Where in values of a schema the list of things stands, with the schema of its items; None: nowhere."""
        return list_in(schema, self.names)


@dataclass(frozen=True)
class Collections:
    """The collections of a contract; none where it keeps nothing."""

    all: tuple[Collection, ...] = ()

    @cached_property
    def _by_operation(self) -> Mapping[str, Collection]:
        return {name: collection for collection in self.all for name in collection.roles}

    def of(self, operation: Operation | None) -> Collection | None:
        """The collection that an operation belongs to."""
        return self._by_operation.get(operation.id) if operation else None


def _filled(template: str, parameters: Mapping[str, object]) -> str:
    return NAME.sub(lambda found: quote(str(parameters.get(found[1], found[0])), safe=""), template)


# ---- what stands where in a body


def parts(
    schema: Schema, names: frozenset[str], *, any_list: bool = False, levels: int = 2
) -> Iterator[tuple[Place, Schema]]:
    """A schema, and those of its properties that bear one of some names (or are lists), with their places."""
    yield (), schema
    for name, part in schema.known.items() if levels else ():
        if plain(name) in names or (any_list and "array" in part.kinds):
            for place, inner in parts(part, names, any_list=any_list, levels=levels - 1):
                yield (name, *place), inner


def list_in(schema: Schema, names: frozenset[str]) -> tuple[Place, Schema | None] | None:
    """The same for a list of objects: best the whole, or one of a name, else the first there is."""
    found = [
        (place, part.items_schema)
        for place, part in parts(schema, names, any_list=True)
        if "array" in part.kinds and may_be_object(part.items_schema)
    ]
    named = [each for each in found if not each[0] or plain(each[0][-1]) in names]
    return next(iter(named or found), None)


def may_be_object(schema: Schema | None) -> bool:
    """Whether values of a schema may be objects."""
    return schema is None or not schema.kinds or "object" in schema.kinds


def plain(name: str) -> str:
    """A name in small letters without signs: `pet_id` and `petId` are the same."""
    return re.sub(r"[\W_]", "", name).lower()


def singular(word: str) -> str:
    """The singular of an English plural, as far as its letters tell."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word.removesuffix("s")
