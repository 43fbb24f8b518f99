"""Reads a catalogue file, and names every mistake in it at once, with its line and the nearest valid spelling.

Which lists there are and what their entries say is written in the contract (`contract/resources.py`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from mock_server.contract.document.diagnostics import Diagnostics, shown
from mock_server.contract.document.source import Location, Source, load_source, nearest
from mock_server.contract.model import Contract
from mock_server.contract.resources import Level
from mock_server.engine.catalogue import Caller, Catalogue, Entries, Entry

MOST_LISTED = 50


def load_catalogue(path: Path | str, contract: Contract, exact_membership: bool = True) -> Catalogue:
    """Read and check a catalogue.

    Raises:
        SourceError: the file is missing, not YAML, or not a catalogue; every mistake is named.
    """
    return read_catalogue(load_source(path), contract, exact_membership)


def read_catalogue(source: Source, contract: Contract, exact_membership: bool = True) -> Catalogue:
    """The catalogue in a document. Raises SourceError: every mistake is named."""
    # Of a large one, half the time would go into looking for garbage among what all stays.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _Reader(source, contract).catalogue(exact_membership)
    finally:
        if was_enabled:
            gc.enable()


class _Name(NamedTuple):
    """A name that entries give an entry of another level."""

    level: str
    within: int
    key: str | int


@dataclass(frozen=True, slots=True)
class _Links:
    """What an entry of a level has to do with other levels.

    Attributes:
        inner: the levels whose lists it holds.
        lists: keys with lists of others' keys, each with their level.
        names: keys with another's key, each with its level.
    """

    level: Level
    inner: tuple[Level, ...]
    lists: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...]


def _links(level: Level, levels: Iterable[Level]) -> _Links:
    owner = level.belongs_to
    others = [(other, other.listed_by) for other in levels]
    return _Links(
        level,
        inner=tuple(other for other in levels if other.within == level.name),
        lists=tuple((link.key, other.name) for other, link in others if link and link.level == level.name),
        names=(*((name, name) for name in level.same), *(((owner.key, owner.level),) if owner else ())),
    )


class _Reader:
    def __init__(self, source: Source, contract: Contract) -> None:
        self.source = source
        self.contract = contract
        self.diagnostics = Diagnostics(source)
        self.links = {level.name: _links(level, contract.levels) for level in contract.levels}
        self.known: dict[tuple[str, int], dict[Any, None]] = {}
        self.seen: dict[tuple[Any, ...], Location] = {}
        self.named: dict[_Name, list[Location]] = {}
        self.scopes = 0

    def catalogue(self, exact_membership: bool) -> Catalogue:
        from mock_server.loaders.catalogue_format import catalogue_format  # noqa: PLC0415 - pydantic, where there is one

        self.diagnostics.read(catalogue_format(self.contract))
        document = self.source.value if isinstance(self.source.value, dict) else {}
        levels = [level for level in self.contract.levels if level.within is None]
        top = {level.name: self._entries(level, document, (), 0) for level in levels}
        tokens = self._tokens(document)
        self._check_named()
        self.diagnostics.raise_any()
        return Catalogue(tokens, top, exact_membership)

    def _tokens(self, document: Mapping[str, Any]) -> dict[str, Caller]:
        names = [level.name for level in self.contract.levels if level.of_caller]
        found: dict[str, Caller] = {}
        first: dict[Any, Location] = {}
        for at, node in _nodes(document, "tokens", ()):
            token = str(node.get("token"))
            if "token" in node and first.setdefault(token, at) != at:
                self.diagnostics.add(at, f"token: stands twice; first in {self.source.place(first[token])}")
            if not node.get("expired"):
                found[token] = Caller(str(node.get("user")), {name: node.get(name, "") for name in names})
        return found

    def _entries(self, level: Level, parent: Mapping[str, Any], at: Location, scope: int) -> Entries:
        links = self.links[level.name]
        nodes = _nodes(parent, level.list_name, at, short_for=level.keys[0])
        found = [self._entry(links, node, place, scope) for place, node in nodes]
        return Entries(level, () if self.diagnostics.has(()) else found)

    def _entry(self, links: _Links, node: Mapping[str, Any], at: Location, scope: int) -> Entry:
        """An entry, noted as there even where it has mistakes: that others name it is not another one."""
        keys = frozenset(node[key] for key in links.level.keys if isinstance(node.get(key), (str, int)))
        self.known.setdefault((links.level.name, scope), {}).update(dict.fromkeys(keys))
        self._tell_repeated(links.level, node, at, scope)
        for key, name in links.names:
            self._note_name(name, scope, node.get(key), (*at, key))
        for key, name in links.lists:
            listed = node.get(key)
            for index, each in enumerate(listed if isinstance(listed, list) else ()):
                self._note_name(name, scope, each, (*at, key, index))
        self.scopes += 1
        inner = self.scopes
        return Entry(node, keys, {each.name: self._entries(each, node, at, inner) for each in links.inner})

    def _note_name(self, level: str, within: int, key: object, at: Location) -> None:
        """Remember what an entry names, to look it up when all is read."""
        if isinstance(key, (str, int)):
            self.named.setdefault(_Name(level, within, key), []).append(at)

    def _tell_repeated(self, level: Level, node: Mapping[str, Any], at: Location, scope: int) -> None:
        others = tuple(str(node.get(name)) for name in level.same)
        for key in level.keys:
            if key not in node:
                continue
            first = self.seen.setdefault((level.name, scope, str(node[key]), others), (*at, key))
            if first[: len(at)] != at:
                text = f"{key}: {shown(node[key])} stands twice; first in {self.source.place(first)}"
                self.diagnostics.add((*at, key), text)

    def _check_named(self) -> None:
        """Each entry that another one names is there: in the same surroundings, or at the top."""
        for named, places in self.named.items():
            known = [self.known.get((named.level, scope), {}) for scope in (named.within, 0)]
            if not any(named.key in keys for keys in known):
                text = cache(partial(_unknown, named, (*known[0], *known[1])))
                for at in places:
                    if not self.diagnostics.has(at):
                        self.diagnostics.add(at, text)


def _unknown(named: _Name, known: Iterable[object]) -> str:
    there = sorted(dict.fromkeys(map(str, known)))
    listed = ", ".join(there[:MOST_LISTED]) + (f" and {len(there) - MOST_LISTED} more" if there[MOST_LISTED:] else "")
    text = f"{named.level} {shown(named.key)} is not in the catalogue{nearest(named.key, there)}"
    return f"{text}; there are: {listed or 'none'}"


def _nodes(
    parent: Mapping[str, Any], key: str, at: Location, short_for: str = ""
) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    """The entries of a list that are mappings, or short for one, with their places."""
    value = parent.get(key)
    for index, node in enumerate(value if isinstance(value, list) else ()):
        if isinstance(node, dict):
            yield (*at, key, index), node
        elif isinstance(node, str) and short_for:
            yield (*at, key, index), {short_for: node}
