"""What a session keeps: things by the path of their list. Immutable; every change gives new resources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mock_server.engine.kept.collections import NAME, Collection, Thing


@dataclass(frozen=True, slots=True)
class Kept:
    """The things of one list.

    Attributes:
        things: by id, in the order in which they came.
        last: the highest number that was given out as an id.
    """

    things: Mapping[str, Thing] = field(default_factory=dict)
    last: int = 0

    def put(self, key: str, thing: Thing) -> Kept:
        """The same with a new thing, or another one in its place."""
        return Kept({**self.things, key: thing}, max(self.last, _number(key)))

    def without(self, key: str) -> Kept:
        """The same without a thing."""
        return replace(self, things={name: each for name, each in self.things.items() if name != key})


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that a session keeps; a list that nothing was done to yet has the things of the examples."""

    changed: Mapping[str, Kept] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Resources:
        """Resources from the text that they wrote; empty is as at the start."""
        lists = json.loads(text) if text else {}
        return cls({path: Kept(each["things"], each["last"]) for path, each in lists.items()})

    def text(self) -> str:
        """These resources as JSON text."""
        return json.dumps({path: {"last": each.last, "things": each.things} for path, each in self.changed.items()})

    def of(self, collection: Collection, parameters: Mapping[str, object]) -> Kept | None:
        """The things of a list; None where it lies within a thing that is not there."""
        for outer in collection.outer:
            things = self.of(outer, parameters)
            if things is None or str(parameters.get(outer.key)) not in things.things:
                return None
        found = self.changed.get(collection.at(parameters))
        return _seeded(collection, parameters) if found is None else found

    def put(self, path: str, things: Kept) -> Resources:
        """The same with other things in the list of a path."""
        return Resources({**self.changed, path: things})

    def without_below(self, path: str) -> Resources:
        """The same without lists that lie below a path."""
        return Resources(
            {name: each for name, each in self.changed.items() if not name.startswith(f"{path.rstrip('/')}/")}
        )

    def lists(self, collections: tuple[Collection, ...]) -> Iterator[tuple[str, Kept]]:
        """Every list that can be named, with its path: those of the examples that lie within nothing, then others."""
        for collection in collections:
            if not NAME.search(collection.path) and collection.path not in self.changed:
                yield collection.path, _seeded(collection, {})
        yield from self.changed.items()


def _seeded(collection: Collection, parameters: Mapping[str, object]) -> Kept:
    """The things of the examples that do not say that they lie elsewhere."""
    outside = {name: str(value) for name, value in parameters.items() if name != collection.key}
    things = {
        key: seed
        for key, seed in collection.seeds.items()
        if all(str(seed[name]) == value for name, value in outside.items() if name in seed)
    }
    return Kept(things, max(map(_number, things), default=0))


def _number(key: str) -> int:
    return int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0  # noqa: PLR2004 - digits of 64 bits
