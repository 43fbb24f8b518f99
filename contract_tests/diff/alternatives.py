"""Compares the alternatives of `oneOf` and `anyOf`: which came, which went, and which belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract_tests.diff.document import Part
from contract_tests.diff.shape import Alternatives, Parts, Shape, comparable, shape_of

COMPONENT = 3
"""Keys that lead to a component."""

Difference = tuple[str, str, Part | None, Part | None]


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of alternatives.

    Attributes:
        differences: kind, words, and the alternative in either document.
        matched: those that belong together, with what a path calls them.
        instead: the schemas were compared by an alternative, so that nothing else is to be compared.
    """

    differences: tuple[Difference, ...] = ()
    matched: tuple[tuple[str, Parts, Parts], ...] = ()
    instead: bool = False


def alternatives(old: Parts, new: Parts, before: Shape, after: Shape) -> Matched:
    """Match the alternatives of two schemas."""
    if not before.alternatives and not after.alternatives:
        return Matched()
    if len(after.alternatives) == 1 and not before.alternatives and after.is_open and old:
        return _wrapped(old, after.alternatives[0])
    if len(before.alternatives) == 1 and not after.alternatives and before.is_open and new:
        return _unwrapped(before.alternatives[0], new)
    found: list[Difference] = []
    matched: list[tuple[str, Parts, Parts]] = []
    pairs = min(len(before.alternatives), len(after.alternatives))
    for one, other in zip(before.alternatives[:pairs], after.alternatives[:pairs], strict=True):
        both, gone, come = _pair(one.parts, other.parts)
        matched += [(_label(b), (a,), (b,)) for a, b in both]
        found += [
            ("one-of-removed", f"the alternative {_named(part)} was removed", part, _home(after)) for part in gone
        ]
        found += [("one-of-added", f"the alternative {_named(part)} was added", _home(before), part) for part in come]
    for group in before.alternatives[pairs:]:
        found.append(("one-of-unset", f"{group.keyword} was removed", group.parts[0], _home(after)))
    for group in after.alternatives[pairs:]:
        found.append(("one-of-set", f"{group.keyword} was added", _home(before), group.parts[0]))
    return Matched(tuple(found), tuple(matched))


def _home(shape: Shape) -> Part | None:
    """The part that has the alternatives."""
    return next((shape.homes[key] for key in ("oneOf", "anyOf") if key in shape.homes), None)


def _wrapped(old: Parts, group: Alternatives) -> Matched:
    """One schema became several alternatives: it is compared with the one it is most like."""
    best = max(group.parts, key=lambda part: _likeness(old[0], part))
    come = [part for part in group.parts if part is not best]
    found = (("one-of-added", f"the alternative {_named(part)} was added", old[0], part) for part in come)
    return Matched(tuple(found), ((_label(best), old, (best,)),), instead=True)


def _unwrapped(group: Alternatives, new: Parts) -> Matched:
    best = max(group.parts, key=lambda part: _likeness(new[0], part))
    gone = [part for part in group.parts if part is not best]
    found = (("one-of-removed", f"the alternative {_named(part)} was removed", part, new[0]) for part in gone)
    return Matched(tuple(found), ((_label(best), (best,), new),), instead=True)


def _pair(old: Parts, new: Parts) -> tuple[list[tuple[Part, Part]], list[Part], list[Part]]:
    """The alternatives that belong together, those that went, and those that came."""
    left, right = list(old), list(new)
    both: list[tuple[Part, Part]] = []
    for test in (_same_name, _same_content, _alike):
        for one in list(left):
            other = next((each for each in right if test(one, each)), None)
            if other is not None:
                both.append((one, other))
                left.remove(one)
                right.remove(other)
    return both, left, right


def _same_name(one: Part, other: Part) -> bool:
    """The same component, or the same title."""
    title = one.text("title")
    return (_is_component(one) and one.at == other.at) or (title != "" and title == other.text("title"))


def _is_component(part: Part) -> bool:
    return part.at[:2] == ("components", "schemas") and len(part.at) == COMPONENT


def _same_content(one: Part, other: Part) -> bool:
    return comparable(one.value) == comparable(other.value)


def _alike(one: Part, other: Part) -> bool:
    """Objects that share most of their properties, or other values of one type."""
    return _likeness(one, other) >= 1


def _likeness(one: Part, other: Part) -> float:
    if _same_name(one, other) or _same_content(one, other):
        return 3
    first, second = shape_of((one,)), shape_of((other,))
    if first.types != second.types:
        return 0
    names = set(first.properties), set(second.properties)
    if not names[0] and not names[1]:
        return 1
    return 0.5 + len(names[0] & names[1]) / max(1, len(names[0] | names[1]))


def _named(part: Part) -> str:
    return part.name if _is_component(part) else part.text("title") or part.text("type") or "unnamed"


def _label(part: Part) -> str:
    return f"({_named(part)})"


def discriminator(old: Shape, new: Shape, place: tuple[Part | None, Part | None]) -> Iterator[Difference]:
    """What became of the property that tells which alternative is meant."""
    before, after = old.discriminator, new.discriminator
    if before is None or after is None:
        if before is not after:
            word = "added" if before is None else "removed"
            yield f"discriminator-{word}", f"the discriminator was {word}", *place
        return
    names = before.text("propertyName"), after.text("propertyName")
    if names[0] != names[1]:
        yield "discriminator-property-name-changed", f"the discriminator was {names[0]}, is {names[1]}", *place
    maps = before.value.get("mapping") or {}, after.value.get("mapping") or {}
    for key in dict.fromkeys((*maps[0], *maps[1])):
        if maps[0].get(key) != maps[1].get(key):
            end = "added" if key not in maps[0] else "deleted" if key not in maps[1] else "changed"
            yield f"discriminator-mapping-{end}", f"the discriminator's value {key!r} was {end}", *place
