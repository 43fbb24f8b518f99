"""What the contract's path parameters name, level by level (`x-resources`, `x-resource`).

A catalogue lists what exists on each level; which level lies within which, and what is answered where something is
not found, is a fact about the API and stands in the contract. Without `x-resources`, the parameters that carry an
`x-resource` are levels that lie within one another in the order of the paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """A demand on an entry beside its key, and the answer where it is not met.

    Attributes:
        level: the other level that has a say.
        key: the property in which the demand is written: of the other level's entry for `listed_by`, of this level's
            own entry for `belongs_to`.
        otherwise: the name of the answer where the demand is not met.
    """

    level: str
    key: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level of what exists.

    Attributes:
        name: what `x-resource` calls it.
        list_name: the key of its list in a catalogue.
        keys: the properties of an entry, each of which finds it.
        within: the level whose entries hold the list; None: the list stands at the top of the catalogue.
        of_caller: whether the caller's token names it, and not the path.
        same: levels whose found entry an entry of this one must name.
        listed_by: the entry of another level must list this one.
        belongs_to: this one must name the entry of another level.
        states: the states that an entry may have, each with the answer it leads to, or None.
        no_state: the answer where an entry has the state null.
        properties: JSON schemas of what else an entry may say.
        required: those of them that it must say.
    """

    name: str
    list_name: str
    keys: tuple[str, ...] = ("id",)
    within: str | None = None
    of_caller: bool = False
    same: tuple[str, ...] = ()
    listed_by: Link | None = None
    belongs_to: Link | None = None
    states: Mapping[str, str | None] = field(default_factory=dict)
    no_state: str | None = None
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def not_found(self) -> str:
        """The name of the answer where nothing of this level has the key that was given."""
        return f"{self.name}-not-found"


def read_levels(declared: Mapping[str, Any] | None, named: Iterable[tuple[str, ...]]) -> tuple[Level, ...]:
    """The levels of a contract.

    Args:
        declared: its `x-resources`, if it has them.
        named: for each path, the resources that its parameters name, in the path's order.
    """
    if declared is not None:
        return tuple(_declared(name, node) for name, node in declared.items() if name != "x-source")
    within: dict[str, str | None] = {}
    for resources in named:
        for outer, inner in zip((None, *resources), resources, strict=False):
            within.setdefault(inner, outer)
    return tuple(Level(name, f"{name}s", within=outer) for name, outer in within.items())


def _declared(name: str, node: Mapping[str, Any]) -> Level:
    return Level(
        name=name,
        list_name=node.get("list", f"{name}s"),
        keys=tuple(node.get("keys", ("id",))),
        within=node.get("within"),
        of_caller=bool(node.get("of-caller", False)),
        same=tuple(node.get("same", ())),
        listed_by=_link(node.get("listed-by")),
        belongs_to=_link(node.get("belongs-to")),
        states=dict(node.get("states", {})),
        no_state=node.get("no-state"),
        properties=dict(node.get("properties", {})),
        required=tuple(node.get("required", ())),
    )


def _link(node: Mapping[str, Any] | None) -> Link | None:
    return None if node is None else Link(node["level"], node["key"], node["otherwise"])
