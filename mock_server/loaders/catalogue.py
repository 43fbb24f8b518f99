"""Reads a catalogue file, and names every fault in it at once, with its line and the nearest valid spelling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from mock_server.contract.model import Contract
from mock_server.contract.source import Location, Source, SourceError, load_source, nearest
from mock_server.engine.catalogue import READY, App, Caller, Catalogue, Component, Region, Team

STATES = (READY, "creating", None)
SOURCES = ("source_code", "docker_image", "market", "third_party")

KEYS: Mapping[str, tuple[tuple[str, type], ...]] = {
    "token": (("token", str), ("user", str), ("enterprise", str)),
    "region": (("name", str),),
    "team": (("id", str), ("name", str), ("enterprise", str)),
    "app": (("id", int), ("name", str), ("region", str)),
    "component": (("id", str), ("alias", str), ("region", str)),
}
OPTIONAL: Mapping[str, tuple[tuple[str, type], ...]] = {
    "token": (("expired", bool),),
    "region": (("answer", str),),
    "team": (("regions", list), ("apps", list), ("components", list)),
    "app": (),
    "component": (("app", int), ("source", str), ("state", str), ("answer", str)),
}
TOP_LEVEL = ("enterprises", "tokens", "regions", "teams")
TYPE_NAMES: Mapping[type, str] = {str: "text", int: "a whole number", bool: "true or false", list: "a list"}


def load_catalogue(path: Path | str, contract: Contract, exact_membership: bool = True) -> Catalogue:
    """Read and check a catalogue.

    Raises:
        SourceError: the file is missing, not YAML, or not a catalogue; every fault is named.
    """
    return _Reader(load_source(path), contract).catalogue(exact_membership)


class _Reader:
    def __init__(self, source: Source, contract: Contract) -> None:
        self.source = source
        self.answers = tuple(dict.fromkeys(e.name for operation in contract.operations for e in operation.examples))
        self.problems: list[str] = []

    def catalogue(self, exact_membership: bool) -> Catalogue:
        document = self.source.value
        if not isinstance(document, dict):
            raise SourceError(f"{self.source.place()}: a catalogue is a mapping with {', '.join(TOP_LEVEL)}")
        self._known_keys(document, TOP_LEVEL, ())
        enterprises = frozenset(str(name) for name in self._items(document, "enterprises", ()))
        regions = {node["name"]: region for node, region in self._all(document, "regions", (), "region", self._region)}
        teams = tuple(team for _, team in self._all(document, "teams", (), "team", self._team))
        tokens = self._tokens(document)
        self._check_references(teams, enterprises, regions)
        if self.problems:
            raise SourceError("\n".join(self.problems))
        return Catalogue(enterprises, tokens, regions, teams, exact_membership)

    # ---- entries

    def _tokens(self, document: Mapping[str, Any]) -> dict[str, Caller]:
        entries = self._all(document, "tokens", (), "token", lambda node, _at: Caller(node["user"], node["enterprise"]))
        return {node["token"]: caller for node, caller in entries if not node.get("expired")}

    def _region(self, node: Mapping[str, Any], at: Location) -> Region:
        self._one_of(node, "answer", self.answers, at)
        return Region(node["name"], node.get("answer"))

    def _team(self, node: Mapping[str, Any], at: Location) -> Team:
        return Team(
            id=node["id"],
            name=node["name"],
            enterprise=node["enterprise"],
            regions=tuple(str(name) for name in self._items(node, "regions", at)),
            apps=tuple(app for _, app in self._all(node, "apps", at, "app", self._app)),
            components=tuple(item for _, item in self._all(node, "components", at, "component", self._component)),
        )

    def _app(self, node: Mapping[str, Any], _at: Location) -> App:
        return App(node["id"], node["name"], node["region"])

    def _component(self, node: Mapping[str, Any], at: Location) -> Component:
        self._one_of(node, "answer", self.answers, at)
        self._one_of(node, "state", STATES, at)
        self._one_of(node, "source", SOURCES, at)
        known = ("id", "alias", "region", "app", "source", "state", "answer")
        return Component(**{key: node[key] for key in known if key in node})

    # ---- checks

    def _all(
        self, parent: Mapping[str, Any], key: str, at: Location, kind: str, read: Any
    ) -> list[tuple[Mapping[str, Any], Any]]:
        """Each well-formed entry of a list with what it stands for."""
        found = []
        for index, node in enumerate(self._items(parent, key, at)):
            place = (*at, key, index)
            if self._well_formed(node, kind, place):
                found.append((node, read(node, place)))
        return found

    def _items(self, parent: Mapping[str, Any], key: str, at: Location) -> list[Any]:
        value = parent.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._problem((*at, key), f"{key}: {_shown(value)} is not a list")
            return []
        return value

    def _well_formed(self, node: Any, kind: str, at: Location) -> bool:
        if not isinstance(node, dict):
            self._problem(at, f"{_shown(node)} is not a {kind}; write it as {{{', '.join(k for k, _ in KEYS[kind])}}}")
            return False
        before = len(self.problems)
        self._known_keys(node, [key for key, _ in (*KEYS[kind], *OPTIONAL[kind])], at)
        for key, expected in (*KEYS[kind], *OPTIONAL[kind]):
            self._check_type(node, key, expected, kind, at)
        return len(self.problems) == before

    def _check_type(self, node: Mapping[str, Any], key: str, expected: type, kind: str, at: Location) -> None:
        if key not in node:
            if (key, expected) in KEYS[kind]:
                self._problem(at, f"the {kind} has no {key}")
            return
        value = node[key]
        if value is None and (kind, key) == ("component", "state"):
            return
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            shown = "the value" if key == "token" else _shown(value)
            hint = f'; quote it: {key}: "{value}"' if expected is str and isinstance(value, int) else ""
            hint = "; quote it" if hint and key == "token" else hint
            self._problem((*at, key), f"{key}: {shown} is not {TYPE_NAMES[expected]}{hint}")

    def _known_keys(self, node: Mapping[Any, Any], allowed: Collection[str], at: Location) -> None:
        for key in node:
            if key not in allowed:
                text = f"unknown key {str(key)!r}{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
                self._problem((*at, key), text)

    def _one_of(self, node: Mapping[str, Any], key: str, allowed: Iterable[str | None], at: Location) -> None:
        names = list(allowed)
        if key in node and node[key] not in names:
            listed = ", ".join("null" if name is None else name for name in names)
            self._problem((*at, key), f"{key}: unknown {node[key]!r}{nearest(node[key], names)}; allowed: {listed}")

    def _check_references(self, teams: tuple[Team, ...], enterprises: frozenset[str], regions: Collection[str]) -> None:
        for number, team in enumerate(teams):
            at: Location = ("teams", number)
            self._exists(team.enterprise, enterprises, "enterprise", (*at, "enterprise"))
            for index, name in enumerate(team.regions):
                self._exists(name, regions, "region", (*at, "regions", index))
            apps = {app.id for app in team.apps}
            for index, app in enumerate(team.apps):
                self._exists(app.region, regions, "region", (*at, "apps", index, "region"))
            for index, component in enumerate(team.components):
                self._exists(component.region, regions, "region", (*at, "components", index, "region"))
                if component.app is not None:
                    self._exists(component.app, apps, "app", (*at, "components", index, "app"))

    def _exists(self, name: object, known: Collection[Any], kind: str, at: Location) -> None:
        if name not in known:
            listed = ", ".join(str(item) for item in sorted(known)) or "none"
            self._problem(at, f"{kind} {name!r} is not in the catalogue{nearest(name, known)}; there are: {listed}")

    def _problem(self, at: Location, text: str) -> None:
        self.problems.append(f"{self.source.place(at)}: {text}")


def _shown(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)
