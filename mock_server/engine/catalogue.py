"""The catalogue: who may call the mock, what exists on it, and which of it is broken.

Without one, every token of the right form is good and everything that a path can name exists. The format is explained
in `docs/catalogue.md`; which levels there are, and how they nest, the contract says (`contract/resources.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mock_server.contract.resources import Level
from mock_server.engine.messages import Refused

READY = "complete"


@dataclass(frozen=True, slots=True, repr=False)
class Caller:
    """Whom a token belongs to, and the levels it names. The token itself is a secret and has no place here."""

    user: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Entry:
    """One thing that exists.

    Attributes:
        values: what the catalogue says of it.
        keys: the values that name it.
        lists: what lies within it, by level.
    """

    values: Mapping[str, Any]
    keys: frozenset[Any]
    lists: Mapping[str, Entries] = field(default_factory=dict, repr=False)

    @property
    def state(self) -> str | None:
        """Its state; None where the provider's record is damaged."""
        state: str | None = self.values.get("state", READY)
        return state

    @property
    def answer(self) -> str | None:
        """The failure mode bound to it: the name of an answer."""
        answer: str | None = self.values.get("answer")
        return answer


class Entries:
    """The entries of one list, found by any of their keys without a search."""

    def __init__(self, level: Level, entries: Iterable[Entry]) -> None:
        self.all = tuple(entries)
        self._found: dict[object, list[Entry]] = {}
        self._owners: set[object] = set()
        for entry in self.all:
            for key in entry.keys:
                self._found.setdefault(key, []).append(entry)
            if level.belongs_to is not None:
                self._owners.add(entry.values.get(level.belongs_to.key))

    def of(self, key: object) -> list[Entry]:
        """The entries that a key finds, in the order of the list."""
        return self._found.get(key, [])

    def owned(self, key: object) -> bool:
        """Whether any entry belongs to the one of that key."""
        return key in self._owners

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.all)


Found = Mapping[str, Entry]
"""The entries that were found for a request, by level."""


class Directory(Protocol):
    """Knows callers and what exists: a catalogue, or everything."""

    def caller(self, credentials: str) -> Caller:
        """Whose credentials these are. Raises Refused."""

    def find(self, level: Level, key: object, found: Found) -> Entry | None:
        """What a key names on a level, beside what was found before; None where all there can be exists.

        Raises:
            Refused: nothing has that key.
        """

    def check_listed(self, level: Level, found: Found) -> None:
        """Refuses an entry that the entry of another level does not list. Raises Refused."""

    def check_owner(self, level: Level, found: Found) -> None:
        """Refuses an entry that belongs to another entry than the one that was named. Raises Refused."""


class OpenDirectory:
    """The directory without a catalogue: all there can be exists, ready."""

    def caller(self, credentials: str) -> Caller:
        return Caller("anyone")

    def find(self, level: Level, key: object, found: Found) -> Entry | None:
        return None

    def check_listed(self, level: Level, found: Found) -> None:
        """Everything is listed."""

    def check_owner(self, level: Level, found: Found) -> None:
        """Everything belongs together."""


@dataclass(frozen=True)
class Catalogue:
    """A written catalogue.

    Attributes:
        tokens: callers by token; an expired token is not among them.
        top: the entries of each level that lies in no other.
        exact_membership: whether an entry must belong to its owner even where that owns nothing at all.
    """

    tokens: Mapping[str, Caller] = field(repr=False)
    top: Mapping[str, Entries]
    exact_membership: bool = True

    def caller(self, credentials: str) -> Caller:
        try:
            return self.tokens[credentials]
        except KeyError:
            raise Refused("unknown-token") from None

    def find(self, level: Level, key: object, found: Found) -> Entry | None:
        others = [(other, found[other]) for other in level.same if other in found]
        for entry in self._entries(level, found).of(key):
            if all(entry.values.get(other) in named.keys for other, named in others):
                return entry
        raise Refused(level.not_found)

    def check_listed(self, level: Level, found: Found) -> None:
        link = level.listed_by
        if link is None or link.level not in found or level.name not in found:
            return
        if found[level.name].keys.isdisjoint(found[link.level].values.get(link.key, ())):
            raise Refused(link.otherwise)

    def check_owner(self, level: Level, found: Found) -> None:
        link = level.belongs_to
        if link is None or link.level not in found or level.name not in found:
            return
        owner, entry = found[link.level], found[level.name]
        if entry.values.get(link.key) in owner.keys:
            return
        entries = self._entries(level, found)
        is_empty = not any(entries.owned(key) for key in owner.keys)
        if self.exact_membership or not is_empty:
            raise Refused(link.otherwise)

    def _entries(self, level: Level, found: Found) -> Entries:
        lists = self.top if level.within is None or level.within not in found else found[level.within].lists
        return lists.get(level.name, NONE)


NONE = Entries(Level("", ""), ())
