"""The catalogue: who may call the mock console, what exists on it, and which of it is broken.

Without one, every token of the right form is good and everything that a path can name exists. The format is explained
in `docs/catalogue.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mock_server.contract.model import Parameter
from mock_server.engine.messages import Refused

READY = "complete"


@dataclass(frozen=True, slots=True, repr=False)
class Caller:
    """Whom a token belongs to. The token itself is a secret and has no place here."""

    user: str
    enterprise: str


@dataclass(frozen=True, slots=True)
class Region:
    name: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class App:
    id: int
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Component:
    """A component. `state` is `complete`, `creating`, or None where the console's record is damaged."""

    id: str
    alias: str
    region: str
    app: int | None = None
    source: str | None = None
    state: str | None = READY
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    enterprise: str
    regions: tuple[str, ...] = ()
    apps: tuple[App, ...] = ()
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedResources:
    """What a request's path was found to name.

    Attributes:
        parameters: the path parameters with their types.
        state: of the component, where one is named.
        answer: the failure mode bound to the component or the region: an example's name.
    """

    parameters: Mapping[str, Any]
    state: str | None = READY
    answer: str | None = None


Texts = Mapping[str, str]
Typed = Callable[[Parameter, str], Any]


class Directory(Protocol):
    """Knows callers and places: a catalogue, or everything."""

    def caller(self, credentials: str) -> Caller:
        """Whose credentials these are. Raises Refused."""

    def locate(
        self, caller: Caller | None, parameters: tuple[Parameter, ...], texts: Texts, typed: Typed
    ) -> ResolvedResources:
        """What the path names, looked up in the console's order. Raises Refused, or ProviderError from `typed`."""


class OpenDirectory:
    """The directory without a catalogue: all there can be exists, ready to build."""

    def caller(self, credentials: str) -> Caller:
        return Caller("anyone", "any")

    def locate(
        self, caller: Caller | None, parameters: tuple[Parameter, ...], texts: Texts, typed: Typed
    ) -> ResolvedResources:
        return ResolvedResources({parameter.name: _value(parameter, texts, typed) for parameter in parameters})


@dataclass(frozen=True)
class Catalogue:
    """A written catalogue.

    Attributes:
        tokens: callers by token; an expired token is not among them.
        exact_membership: whether a component must be in the application even where that is empty.
    """

    enterprises: frozenset[str]
    tokens: Mapping[str, Caller] = field(repr=False)
    regions: Mapping[str, Region]
    teams: tuple[Team, ...]
    exact_membership: bool = True

    def caller(self, credentials: str) -> Caller:
        try:
            return self.tokens[credentials]
        except KeyError:
            raise Refused("unknown-token") from None

    def locate(
        self, caller: Caller | None, parameters: tuple[Parameter, ...], texts: Texts, typed: Typed
    ) -> ResolvedResources:
        named = {parameter.resource: parameter for parameter in parameters if parameter.resource}
        values: dict[str, Any] = {}

        def value(resource: str) -> Any:
            parameter = named[resource]
            values[parameter.name] = _value(parameter, texts, typed)
            return values[parameter.name]

        if caller is not None and caller.enterprise not in self.enterprises:
            raise Refused("enterprise-not-found")
        team = self._team(caller, value("team")) if "team" in named else None
        region = self._region(team, value("region")) if "region" in named else None
        app = self._app(team, region, value("app")) if "app" in named else None
        component = self._component(team, region, app, value("component")) if "component" in named else None
        for parameter in parameters:
            if parameter.name not in values:
                values[parameter.name] = _value(parameter, texts, typed)
        return ResolvedResources(
            parameters={parameter.name: values[parameter.name] for parameter in parameters},
            state=component.state if component else READY,
            answer=(component.answer if component else None) or (region.answer if region else None),
        )

    def _team(self, caller: Caller | None, name: str) -> Team:
        for team in self.teams:
            if name in (team.id, team.name) and (caller is None or caller.enterprise == team.enterprise):
                return team
        raise Refused("team-not-found")

    def _region(self, team: Team | None, name: str) -> Region:
        if name not in self.regions:
            raise Refused("region-not-found")
        if team is not None and name not in team.regions:
            raise Refused("team-not-in-region")
        return self.regions[name]

    def _app(self, team: Team | None, region: Region | None, number: int) -> App:
        for app in team.apps if team else ():
            if app.id == number and (region is None or app.region == region.name):
                return app
        raise Refused("app-not-found")

    def _component(self, team: Team | None, region: Region | None, app: App | None, name: str) -> Component:
        components = team.components if team else ()
        for component in components:
            if name in (component.id, component.alias) and (region is None or component.region == region.name):
                is_empty = app is not None and all(other.app != app.id for other in components)
                if app is None or component.app == app.id or (is_empty and not self.exact_membership):
                    return component
                raise Refused("component-not-in-app")
        raise Refused("component-not-found")


def _value(parameter: Parameter, texts: Texts, typed: Typed) -> Any:
    try:
        return typed(parameter, texts[parameter.name])
    except ValueError:
        raise Refused(f"{parameter.resource}-not-found" if parameter.resource else "unknown-path") from None
