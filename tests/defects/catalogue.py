"""What the conforming console holds: the users, teams, regions, apps and components that requests can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TOKEN = "0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"
OTHER_TOKEN = "3" * 40
ORPHAN_TOKEN = "4" * 40
TEAM = "citeam01"
TEAM_ID = "e1a7c0de0123456789abcdef00000001"
REGION = "rainbond"
EMPTY_REGION = "region2"
APP = "1"
OTHER_APP = "2"


def component_id(digit: str) -> str:
    """The id of one of the catalogue's components, each told apart by its last digit."""
    return "5c".ljust(31, "0") + digit


SERVICE = component_id("1")
ALIAS = "gr000001"
OTHER_SERVICE = component_id("5")
CREATING_SERVICE = component_id("4")


@dataclass(frozen=True)
class User:
    token: str
    enterprise: str


@dataclass(frozen=True)
class App:
    id: int
    region: str


@dataclass(frozen=True)
class Component:
    """A component. `answer` names what its region makes of each build instead of starting it."""

    id: str
    alias: str
    app: int | None
    region: str = REGION
    creating: bool = False
    answer: str | None = None


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    enterprise: str
    regions: tuple[str, ...]
    apps: tuple[App, ...]
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything there is. `regions` maps a name to the answer of all its builds, None where they start."""

    enterprises: tuple[str, ...]
    users: tuple[User, ...]
    teams: tuple[Team, ...]
    regions: Mapping[str, str | None] = field(default_factory=dict)


def _component(digit: str, app: int | None, *, creating: bool = False, answer: str | None = None) -> Component:
    return Component(component_id(digit), f"gr00000{digit}", app, creating=creating, answer=answer)


CATALOGUE = Catalogue(
    enterprises=("main", "other"),
    users=(
        User(TOKEN, "main"),
        User("2" * 40, "main"),
        User(OTHER_TOKEN, "other"),
        User(ORPHAN_TOKEN, "gone"),
    ),
    regions={REGION: None, EMPTY_REGION: None, "downregion": "region-unreachable"},
    teams=(
        Team(
            id=TEAM_ID,
            name=TEAM,
            enterprise="main",
            regions=(REGION, "downregion"),
            apps=(App(1, REGION), App(2, REGION), App(4, "downregion")),
            components=(
                _component("1", 1),
                _component("2", 1),
                _component("3", 1),
                _component("4", 1, creating=True),
                _component("5", 2),
                _component("6", None),
                _component("7", 1, answer="arch-mismatch"),
                _component("9", 1, answer="oauth-gone"),
                Component(component_id("d"), "gr00000d", 4, region="downregion"),
            ),
        ),
    ),
)
