"""What an accepted request does to kept things, and the answer it gets. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mock_server.contract.media import media_types
from mock_server.contract.model import Example, MediaType, Operation, Response
from mock_server.contract.schema.samples import sample
from mock_server.engine.answer_templates import UniqueId, made_up
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.kept.collections import Collection, Place, Role, Thing, plain
from mock_server.engine.kept.resources import Kept, Resources
from mock_server.engine.kept.shapes import enclosed, merged, shaped
from mock_server.engine.messages import Answer, Refused

if TYPE_CHECKING:
    from mock_server.engine.pipeline import MockDefinition

CREATED = 201
MOST_IDS = 1_000
"""Ids that are tried for a new thing."""

LONGEST_ID = 32
DEEPEST = 100
"""Levels of what is kept."""

TOTAL = re.compile(r"total(items|elements|results|records)?|(?!page).*count")
"""Properties beside a list, in small letters without signs, that tell how many things there are."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a request.

    Attributes:
        answer: what it gets.
        resources: what is kept from then on; None: the same as before.
    """

    answer: Answer
    resources: Resources | None = None


def act(definition: MockDefinition, checked: CheckedRequest, resources: Resources) -> Outcome | None:
    """What a request does to what is kept, and gets; None where the stub answers, as it does where a body is no object.

    Raises:
        Refused: `not-found` or `already-exists`.
    """
    collection = definition.collections.of(checked.operation)
    if checked.operation is None or collection is None:
        return None
    kept = resources.of(collection, checked.parameters)
    if kept is None:
        raise Refused("not-found", path=checked.request.path)
    action = _Action(definition, checked, checked.operation, collection, resources, kept)
    return METHODS[collection.roles[checked.operation.id]](action)


@dataclass(frozen=True)
class _Action:
    """One request to a collection. A method for each role."""

    definition: MockDefinition
    checked: CheckedRequest
    operation: Operation
    collection: Collection
    resources: Resources
    kept: Kept

    def list_all(self) -> Outcome | None:
        response, media_type = self._success()
        schema = media_type.schema if media_type else None
        found = self.collection.list_in(schema) if schema else None
        if media_type is None or schema is None or found is None:
            return None
        place, items = found
        things = [shaped(items, each) for each in self.kept.things.values()]
        whole = enclosed(_around(media_type), place, things)
        for total in _totals(schema, place):
            whole = enclosed(whole, total, len(things))
        return Outcome(self._carrying(response, media_type, whole))

    def create(self) -> Outcome | None:
        sent = self._sent()
        if sent is None:
            return None
        given = sent.get(self.collection.id_property or "")
        if given is not None and str(given) in self.kept.things:
            raise Refused("already-exists", id=given)
        value = self._new_id() if given is None else given
        return self._put(str(value), self._new(sent, value), created=True)

    def read(self) -> Outcome:
        return Outcome(self._answer(self._thing(self._key)))

    def replace(self) -> Outcome | None:
        is_created = Role.CREATE in self.collection.roles.values()
        may_create = not is_created or any(each.status == str(CREATED) for each in self.operation.responses)
        sent = self._sent()
        if sent is None:
            return None
        if self._key not in self.kept.things and may_create:
            thing = self._new(sent, self.checked.parameters[self.collection.key])
            return self._put(self._key, thing, created=True)
        return self._changed(self._key, sent)

    def update(self) -> Outcome | None:
        sent = self._sent()
        key = sent.get(self.collection.id_property or "") if sent else None
        return None if sent is None or key is None else self._changed(str(key), sent)

    def merge(self) -> Outcome | None:
        old, sent = self._thing(self._key), self._sent(defaults=False)
        if sent is None:
            return None
        return self._put(self._key, {**merged(old, sent), **self._id_of(old)})

    def remove(self) -> Outcome:
        answer = self._answer(self._thing(self._key))
        left = self.resources.without_below(self.collection.at_thing(self.checked.parameters, self._key))
        return Outcome(answer, left.put(self._path, self.kept.without(self._key)))

    # ---- things

    @property
    def _path(self) -> str:
        return self.collection.at(self.checked.parameters)

    @property
    def _key(self) -> str:
        return str(self.checked.parameters[self.collection.key])

    def _thing(self, key: str) -> Thing:
        if key not in self.kept.things:
            raise Refused("not-found", path=self.checked.request.path)
        return self.kept.things[key]

    def _changed(self, key: str, sent: Thing) -> Outcome:
        """A thing with other content; what clients cannot say stays."""
        old, made = self._thing(key), self.collection.marked("readOnly")
        own = {name: value for name, value in old.items() if name in made}
        return self._put(key, {**own, **sent, **self._id_of(old)})

    def _put(self, key: str, thing: Thing, *, created: bool = False) -> Outcome:
        answer = self._answer(thing, created=created)
        if created and (answer.status == CREATED or answer.header("Location") is not None):
            answer = answer.with_headers({"Location": self._location(key)})
        return Outcome(answer, self.resources.put(self._path, self.kept.put(key, thing)))

    def _sent(self, *, defaults: bool = True) -> dict[str, object] | None:
        """What was sent of a thing, without what clients cannot say or nobody may read; None where it is no object."""
        body, envelope = self.checked.body, self.collection.envelope
        inner = body.get(envelope) if envelope and isinstance(body, dict) else None
        body = inner if isinstance(inner, dict) else body
        if not isinstance(body, dict) or not _is_plain(body):
            return None
        known = self.collection.properties.items() if defaults else ()
        usual = {name: part.node["default"] for name, part in known if "default" in part.node}
        left_out = self.collection.marked("readOnly") | self.collection.marked("writeOnly")
        return {name: value for name, value in {**usual, **body}.items() if name not in left_out}

    def _new(self, sent: Thing, value: object) -> Thing:
        """A new thing with an id: what was sent, and what the server says of it."""
        named = {self.collection.id_property: value} if self.collection.id_property else {}
        return {**named, **self._made(), **sent, **named}

    def _made(self) -> Thing:
        """Which others a new thing lies within, and what is unique in it."""
        properties, event_id = self.collection.properties, self._event_id(1)
        within = {name: value for name, value in self.checked.parameters.items() if name in properties}
        unique = {name: UniqueId(part.node) for name, part in properties.items() if part.node.get("x-unique")}
        return {**within, **{name: each.value(event_id) for name, each in unique.items()}}

    # ---- ids

    def _id_of(self, thing: Thing) -> Thing:
        return {name: value for name, value in thing.items() if name == self.collection.id_property}

    def _new_id(self) -> object:
        """The next number, or the first of this request's event ids that no thing has."""
        schema = self.collection.id_schema
        kinds = schema.kinds if schema else ()
        if schema is not None and "string" not in kinds and {"integer", "number"} & {*kinds}:
            return max(self.kept.last + 1, int(schema.node.get("minimum") or 1))
        for occurrence in range(1, MOST_IDS):
            value = next(self._ids(occurrence))
            if str(value) not in self.kept.things:
                return value
        raise Refused("already-exists", id=value)

    def _ids(self, occurrence: int) -> Iterator[object]:
        """An id for the `occurrence`-th such request, in the form that the contract asks for."""
        event_id, schema = self._event_id(occurrence), self.collection.id_schema
        if schema is None:
            yield event_id
            return
        longest = min(int(schema.node.get("maxLength", LONGEST_ID)), LONGEST_ID)
        forms = [str(uuid.UUID(event_id))] if schema.node.get("format") == "uuid" else [event_id, event_id[:longest]]
        yield from (form for form in forms if schema.is_valid(form))
        yield sample(schema, self.kept.last + occurrence)

    def _event_id(self, occurrence: int) -> str:
        checked = self.checked
        return self.definition.ids.event_id(self.operation.id, checked.parameters, checked.value, occurrence)

    # ---- answers

    def _success(self, *, created: bool = False) -> tuple[Response | None, MediaType | None]:
        """The response of a success, and its media type: 201 for what is new alone, where there is a choice."""
        accepted = [each for each in self.operation.responses if each.status.startswith("2")]
        accepted.sort(key=lambda each: (each.status == str(CREATED)) is not created)
        response = next(iter(accepted), None) or self.operation.response(200)
        accept = self.checked.request.headers.get("accept", "")
        return response, media_types.preferred(response.content, accept) if response else None

    def _answer(self, thing: Thing, *, created: bool = False) -> Answer:
        """The answer that shows a thing; the stub's where it shows none."""
        response, media_type = self._success(created=created)
        schema = media_type.schema if media_type else None
        found = self.collection.place_in(schema) if schema else None
        if media_type is None or found is None:
            return self._carrying(response, None)
        place, part = found
        return self._carrying(response, media_type, enclosed(_around(media_type), place, shaped(part, thing)))

    def _carrying(self, response: Response | None, media_type: MediaType | None, value: object = None) -> Answer:
        own = self.definition.responses.of(self.operation)
        if response is None:
            # Some contracts document nothing but what can go wrong.
            return Answer(204)
        status = int(response.status) if response.status.isdigit() else 200
        if media_type is None:
            template = own.status(response, status, self.checked.request.headers.get("accept", ""))
        else:
            template = made_up(self.operation, Example("", value, status, media_type.name), media_type.schema)
        return template.fill({}, self.definition.ids.digest(self.checked.request), self._event_id(1))

    def _location(self, key: str) -> str:
        """The path of a new thing, or its whole URL where the contract asks for one."""
        path = self.collection.at_thing(self.checked.parameters, key)
        response, _ = self._success(created=True)
        told = [each.schema for each in (response.headers if response else ()) if each.name.lower() == "location"]
        asks_for_url = any(schema.node.get("format") in ("uri", "url") for schema in told if schema)
        host = self.checked.request.headers.get("host")
        return f"http://{host}{path}" if host and asks_for_url else path


METHODS = {
    Role.LIST: _Action.list_all,
    Role.CREATE: _Action.create,
    Role.UPDATE: _Action.update,
    Role.READ: _Action.read,
    Role.REPLACE: _Action.replace,
    Role.MERGE: _Action.merge,
    Role.REMOVE: _Action.remove,
}


def _around(media_type: MediaType) -> object:
    """What an answer consists of beside what it is about."""
    return media_type.examples[0].value if media_type.examples else sample(media_type.schema)


def _totals(schema: Any, place: Place) -> Iterator[Place]:
    """Where beside a list, or around it, it stands how many things there are."""
    for depth in range(len(place)):
        part = schema
        for name in place[:depth]:
            part = part.known[name]
        for name, each in part.known.items():
            if TOTAL.fullmatch(plain(name)) and "integer" in each.kinds:
                yield (*place[:depth], name)


def _is_plain(value: Any, levels: int = DEEPEST) -> bool:
    """Whether a value has nothing that JSON has not, such as the bytes of a file, and is not nested too deeply."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(_is_plain(each, levels - 1) for each in inner)
    return not isinstance(value, bytes)
