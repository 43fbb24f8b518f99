"""Reads a catalogue file, and names every mistake in it at once, with its line and the nearest valid spelling.

Which lists there are and what their entries say is written in the contract (`contract/resources.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mock_server.contract.document.diagnostics import Diagnostics, shown
from mock_server.contract.document.source import Location, Source, SourceError, load_source, nearest
from mock_server.contract.model import Contract
from mock_server.contract.resources import Level
from mock_server.contract.secrets.secret_names import is_secret_name
from mock_server.engine.catalogue import Caller, Catalogue, Entries, Entry

TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "text"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "array": (list, "a list"),
}


def load_catalogue(path: Path | str, contract: Contract, exact_membership: bool = True) -> Catalogue:
    """Read and check a catalogue.

    Raises:
        SourceError: the file is missing, not YAML, or not a catalogue; every mistake is named.
    """
    return _Reader(load_source(path), contract).catalogue(exact_membership)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the entries of one list look like: the JSON schema of each key, and the keys that must be there."""

    name: str
    keys: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]


@dataclass
class _Named:
    """What an entry names on another level, to be looked up when all is read."""

    level: str
    key: Any
    at: Location
    within: int


@dataclass
class _Reader:
    source: Source
    contract: Contract
    found: Diagnostics = field(init=False)
    known: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    seen: dict[tuple[Any, ...], Location] = field(default_factory=dict)
    named: list[_Named] = field(default_factory=list)
    scopes: int = 0

    def __post_init__(self) -> None:
        self.found = Diagnostics(self.source)

    def catalogue(self, exact_membership: bool) -> Catalogue:
        document = self.source.value
        levels = [level for level in self.contract.levels if level.within is None]
        allowed = [*(level.list_name for level in levels if level.of_caller), "tokens"]
        allowed += [level.list_name for level in levels if not level.of_caller]
        if not isinstance(document, dict):
            raise SourceError(f"{self.source.place()}: a catalogue is a mapping with {', '.join(allowed)}")
        self.found.known_keys(document, allowed, ())
        top = {level.name: self._entries(level, document, (), 0) for level in levels}
        tokens = self._tokens(document)
        self._check_named()
        self.found.raise_any()
        return Catalogue(tokens, top, exact_membership)

    # ---- entries

    def _tokens(self, document: Mapping[str, Any]) -> dict[str, Caller]:
        names = [level.name for level in self.contract.levels if level.of_caller]
        text: Mapping[str, Any] = {"type": "string"}
        keys = {"token": text, "user": text, **dict.fromkeys(names, text), "expired": {"type": "boolean"}}
        kind = _Kind("token", keys, ("token", "user", *names))
        found: dict[str, Caller] = {}
        lines: dict[str, Location] = {}
        for at, node in self._nodes(document, "tokens", ()):
            if not self._well_formed(node, kind, at):
                continue
            token = node["token"]
            if token in lines:
                self.found.add(at, f"token: stands twice; first in {self.source.place(lines[token])}")
            lines[token] = at
            if not node.get("expired"):
                found[token] = Caller(node["user"], {name: node[name] for name in names})
        return found

    def _entries(self, level: Level, parent: Mapping[str, Any], at: Location, scope: int) -> Entries:
        kind = self._kind(level)
        found = []
        for place, node in self._nodes(parent, level.list_name, at):
            if isinstance(node, str) and len(kind.required) == 1:
                node = {level.keys[0]: node}
            is_good = self._well_formed(node, kind, place)
            if isinstance(node, dict):
                # What has a mistake is there all the same: that others name it is not another one.
                entry = self._entry(level, node, place, scope)
                found += [entry] if is_good else []
        return Entries(level, found)

    def _entry(self, level: Level, node: Mapping[str, Any], at: Location, scope: int) -> Entry:
        keys = frozenset(node[key] for key in level.keys if isinstance(node.get(key), (str, int)))
        self._note(level, node, keys, at, scope)
        self.scopes += 1
        inner = self.scopes
        lists = {
            each.name: self._entries(each, node, at, inner)
            for each in self.contract.levels
            if each.within == level.name
        }
        for each in self.contract.levels:
            if each.listed_by is not None and each.listed_by.level == level.name:
                key = each.listed_by.key
                listed = node.get(key)
                self.named += [
                    _Named(each.name, name, (*at, key, index), scope)
                    for index, name in enumerate(listed if isinstance(listed, list) else ())
                ]
        return Entry(node, keys, lists)

    def _note(self, level: Level, node: Mapping[str, Any], keys: frozenset[Any], at: Location, scope: int) -> None:
        """Remember what the entry is called, and what it names; what stands twice is told."""
        for key in level.keys:
            identity = (level.name, scope, *map(str, (node.get(key), *(node.get(name) for name in level.same))))
            first = self.seen.setdefault(identity, (*at, key)) if key in node else at
            if first[: len(at)] != at:
                text = f"{key}: {shown(node[key])} stands twice; first in {self.source.place(first)}"
                self.found.add((*at, key), text)
        self.known.setdefault((level.name, scope), []).extend(keys)
        owner = level.belongs_to
        names = {**{name: name for name in level.same}, **({owner.key: owner.level} if owner else {})}
        for key, name in names.items():
            if node.get(key) is not None:
                self.named.append(_Named(name, node[key], (*at, key), scope))

    def _kind(self, level: Level) -> _Kind:
        """The keys of a level's entries."""
        answers = [example.name for operation in self.contract.operations for example in operation.examples]
        keys: dict[str, Mapping[str, Any]] = {key: self._key_type(level, key) for key in level.keys}
        for name in level.same:
            keys[name] = {"type": "string"}
        if level.belongs_to is not None:
            keys[level.belongs_to.key] = self._key_of(level.belongs_to.level)
        keys |= level.properties
        if level.states:
            keys["state"] = {"enum": [*level.states, None] if level.no_state else list(level.states)}
        if not level.of_caller:
            keys["answer"] = {"enum": list(dict.fromkeys(answers))}
        for each in self.contract.levels:
            if each.listed_by is not None and each.listed_by.level == level.name:
                keys[each.listed_by.key] = {"type": "array"}
            if each.within == level.name:
                keys[each.list_name] = {"type": "array"}
        return _Kind(level.name, keys, (*level.keys, *level.required, *level.same))

    def _key_of(self, name: str) -> Mapping[str, Any]:
        level = next(level for level in self.contract.levels if level.name == name)
        return self._key_type(level, level.keys[0])

    def _key_type(self, level: Level, key: str) -> Mapping[str, Any]:
        """The type of a key: the path parameter's, where that names the level by its first key."""
        parameters = (each for operation in self.contract.operations for each in operation.parameters)
        named = next((each for each in parameters if each.resource == level.name and each.schema), None)
        kind = named.schema.node.get("type") if named and named.schema and key == level.keys[0] else "string"
        return {"type": kind if kind in TYPES else "string"}

    # ---- checks

    def _nodes(self, parent: Mapping[str, Any], key: str, at: Location) -> Iterator[tuple[Location, Any]]:
        value = parent.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.found.add((*at, key), f"{key}: {_told(key, value)} is not a list")
            return
        yield from (((*at, key, index), node) for index, node in enumerate(value))

    def _well_formed(self, node: Any, kind: _Kind, at: Location) -> bool:
        if not isinstance(node, dict):
            self.found.add(
                at, f"{_told(kind.name, node)} is not a {kind.name}; write it as {{{', '.join(kind.required)}}}"
            )
            return False
        before = self.found.count
        self.found.known_keys(node, list(kind.keys), at)
        for key in kind.required:
            if key not in node:
                self.found.add(at, f"the {kind.name} has no {key}")
        for key, schema in kind.keys.items():
            if key in node:
                self._check_value(key, node[key], schema, kind, at)
        return self.found.count == before

    def _check_value(self, key: str, value: Any, schema: Mapping[str, Any], kind: _Kind, at: Location) -> None:
        if "enum" in schema:
            self._check_choice(key, value, schema["enum"], at)
            return
        expected, words = TYPES[schema.get("type", "string")]
        if isinstance(value, expected) and not (expected is int and isinstance(value, bool)):
            return
        is_secret = is_secret_name(key)
        hint = "; quote it" if expected is str and isinstance(value, (int, float)) else ""
        hint += f': {key}: "{value}"' if hint and not is_secret else ""
        self.found.add((*at, key), f"{key}: {_told(key, value)} is not {words}{hint}")

    def _check_choice(self, key: str, value: Any, allowed: Iterable[Any], at: Location) -> None:
        choices = list(allowed)
        if value not in choices:
            listed = ", ".join("null" if choice is None else str(choice) for choice in choices) or "none"
            hint = nearest(value, [choice for choice in choices if choice is not None])
            self.found.add((*at, key), f"{key}: unknown {shown(value)}{hint}; allowed: {listed}")

    def _check_named(self) -> None:
        """Each entry that another one names is there: in the same surroundings, or at the top."""
        for named in self.named:
            known = [*self.known.get((named.level, named.within), ()), *self.known.get((named.level, 0), ())]
            if named.key not in known:
                listed = ", ".join(dict.fromkeys(str(item) for item in sorted(known, key=str))) or "none"
                text = f"{named.level} {shown(named.key)} is not in the catalogue{nearest(named.key, known)}"
                self.found.add(named.at, f"{text}; there are: {listed}")


def _told(name: str, value: Any) -> str:
    """A value as messages show it; nothing of a secret."""
    return "the value" if is_secret_name(name) else shown(value)
