"""Finds the collections of a contract, once, when it is loaded.

What a contract does not say in so many words is read from its names: which property holds the id, and what stands
around a thing. Where neither an id nor a list of objects can be found, nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mock_server.contract.model import Contract, MediaType, Operation, PathItem
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema
from mock_server.engine.kept.collections import (
    NAME,
    Collection,
    Collections,
    Place,
    Role,
    Thing,
    list_in,
    parts,
    plain,
    singular,
)

OF_LIST = {"GET": Role.LIST, "POST": Role.CREATE, "PUT": Role.UPDATE}
OF_THING = {"GET": Role.READ, "PUT": Role.REPLACE, "PATCH": Role.MERGE, "DELETE": Role.REMOVE}
SCALARS = {"string", "integer", "number"}

Operations = Mapping[Role, Operation]


def find_collections(contract: Contract, keep: bool) -> Collections:
    """The collections of a contract.

    Args:
        contract: as it was loaded.
        keep: whether a path without `x-keep` keeps things.
    """
    below: dict[str, list[PathItem]] = {}
    for item in contract.path_items:
        head, _, last = item.template.rstrip("/").rpartition("/")
        if NAME.fullmatch(last):
            below.setdefault(head, []).append(item)
    found: list[Collection] = []
    for item in sorted(contract.path_items, key=lambda each: len(each.segments)):
        things = below.get(item.template.rstrip("/"), [])
        told = next((each.keep for each in (item, *things) if each.keep is not None), keep)
        if things and told:
            found += _collections(item, things[0], found)
    return Collections(tuple(found))


def _collections(listed: PathItem, single: PathItem, others: Iterable[Collection]) -> Iterator[Collection]:
    """The collection of two paths, where they look like one."""
    operations = {OF_LIST[method]: each for method, each in listed.operations.items() if method in OF_LIST}
    operations |= {OF_THING[method]: each for method, each in single.operations.items() if method in OF_THING}
    key = NAME.findall(single.template)[-1]
    bare = Collection(listed.template, single.template, {each.id: role for role, each in operations.items()}, key)
    of_thing = [operations[role] for role in OF_THING.values() if role in operations]
    if not of_thing or not operations.keys() - {Role.LIST, Role.READ}:
        return
    schemas = list(_schemas([*of_thing, *operations.values()], bare.names))
    id_property = _linked(operations.get(Role.CREATE), key) or _named(schemas, key, bare.path)
    lists = [list_in(schema, bare.names) for schema in _answers(operations.get(Role.LIST))]
    if id_property is None and not any(lists):
        return
    things = [each for each in schemas if id_property in each.known] if id_property else schemas
    requests = [each for each in schemas if each.direction == "request"]
    properties = {name: part for each in reversed([*things, *requests]) for name, part in each.known.items()}
    own = next((each.schema for each in of_thing[0].parameters_in("path") if each.name == key), None)
    told = properties.get(id_property or "")
    collection = replace(
        bare,
        id_property=id_property,
        id_schema=told if told is not None and (told.kinds or own is None) else own,
        properties=properties,
        envelope=_envelope(requests, things, bare.names),
        outer=tuple(each for each in others if listed.template.startswith(f"{each.path.rstrip('/')}/{{{each.key}}}/")),
    )
    yield replace(collection, seeds=dict(_seeds(collection, operations)))


# ---- ids


def _linked(create: Operation | None, key: str) -> str | None:
    """The id's property as a link of the contract says."""
    for link in create.success.links if create and create.success else ():
        for parameter, expression in link.items():
            told = re.fullmatch(r"\$response\.body#/(?:.*/)?([^/]+)", str(expression))
            if told and parameter.removeprefix("path.") == key:
                return told[1]
    return None


def _named(schemas: Sequence[Schema], key: str, path: str) -> str | None:
    """The id's property by its name: the parameter's, the last word of that (`petId`), that of the list with `id`."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", key) or [key]
    listed = singular(plain(path.rstrip("/").rpartition("/")[2]))
    for candidate in dict.fromkeys([plain(key), words[-1].lower(), f"{listed}id", "id"]):
        for schema in schemas:
            for name, part in schema.known.items():
                if plain(name) == candidate and (not part.kinds or SCALARS & {*part.kinds}):
                    return name
    return None


# ---- what stands where


def _answers(operation: Operation | None) -> Iterator[Schema]:
    response = operation.success if operation else None
    yield from (each.schema for each in (response.content if response else ()) if each.schema)


def _schemas(operations: Sequence[Operation], names: frozenset[str]) -> Iterator[Schema]:
    """The schemas that may be a thing's, with and without what is around it: those of answers, then of requests."""
    for operation in operations:
        for answer in _answers(operation):
            found = list_in(answer, names)
            if found is not None and found[1] is not None:
                yield found[1]
            else:
                yield from (part for _, part in parts(answer, names))
    for operation in operations:
        for content in operation.body.content if operation.body else ():
            yield from (part for _, part in parts(content.schema, names)) if content.schema else ()


def _envelope(requests: Iterable[Schema], things: Iterable[Schema], names: frozenset[str]) -> str | None:
    """The property that requests have around a thing: their only one, which no thing has in answers."""
    own = {name for each in things if each.direction == "answer" for name in each.known}
    alone = (next(iter(each.known)) for each in requests if len(each.known) == 1)
    return next((name for name in alone if plain(name) in names and name not in own), None)


# ---- the things of the examples


def _seeds(collection: Collection, operations: Operations) -> Mapping[str, Thing]:
    """The things of the contract's examples by id, those of the list first; one without an id is given a number."""
    found: dict[str, Thing] = {}
    hidden = collection.marked("writeOnly")
    for number, shown in enumerate(_shown(collection, operations), 1):
        thing = {name: value for name, value in shown.items() if name not in hidden}
        if collection.id_property and collection.id_property not in thing:
            thing = {collection.id_property: number, **thing}
        found.setdefault(str(thing.get(collection.id_property or "", number)), thing)
    return found


def _shown(collection: Collection, operations: Operations) -> Iterator[Thing]:
    for role in (Role.LIST, Role.READ):
        response = operations[role].success if role in operations else None
        for media_type in response.content if response else ():
            find = collection.list_in if role is Role.LIST else collection.place_in
            place, thing = (find(media_type.schema) if media_type.schema else None) or ((), None)
            for value in _examples(media_type, thing, collection):
                found = _at(value, place)
                yield from (each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict))


def _examples(media_type: MediaType, thing: Schema | None, collection: Collection) -> Iterator[object]:
    """The values that a contract shows of an answer; an example of a thing, or of its id, makes one, too."""
    if media_type.examples:
        yield from (example.value for example in media_type.examples)
        return
    own = thing.known.get(collection.id_property or "") if thing else None
    shown = [each.node for each in (media_type.schema, thing, own) if each is not None]
    if any(key in node for node in shown for key in ("example", "examples")):
        yield sample(media_type.schema)


def _at(value: object, place: Place) -> object:
    for key in place:
        value = value.get(key) if isinstance(value, dict) else None
    return value
