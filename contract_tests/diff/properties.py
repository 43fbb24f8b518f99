"""Compares the properties of objects: which there are, and which there must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract_tests.diff.document import Part
from contract_tests.diff.shape import Parts, Shape, shape_of
from mock_server.contract.schema.dialect import Direction


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A property that came, went, or changed what is asked of it. `rule` is a whole id."""

    rule: str
    name: str
    text: str
    old: Part | None
    new: Part | None


@dataclass(frozen=True, slots=True)
class _Property:
    """A property as one document has it; `hidden`: it does not travel in this direction."""

    parts: Parts
    shape: Shape
    required: bool
    hidden: bool


def properties(old: Shape, new: Shape, direction: Direction) -> Iterator[PropertyChange]:
    """The changed properties, in the order of the documents."""
    for name in dict.fromkeys((*old.properties, *new.properties, *sorted(old.required | new.required))):
        before, after = _property(old, name, direction), _property(new, name, direction)
        found = _request(before, after, new) if direction == "request" else _answer(before, after, old)
        if found:
            rule, text = found
            yield PropertyChange(rule, name, text, _home(before, old, name), _home(after, new, name))


def _property(shape: Shape, name: str, direction: Direction) -> _Property | None:
    parts, required = shape.properties.get(name, ()), name in shape.required
    if not parts and not required:
        return None
    own = shape_of(parts)
    mark = "readOnly" if direction == "request" else "writeOnly"
    return _Property(parts, own, required, mark in own.marks)


def _home(found: _Property | None, shape: Shape, name: str) -> Part | None:
    """The property; where there is none, the mapping it is missing in."""
    if found is not None and found.parts:
        return found.parts[0]
    return shape.homes.get("properties") or next(iter(shape.homes.values()), None)


def _request(old: _Property | None, new: _Property | None, now: Shape) -> tuple[str, str] | None:
    """The rule and the words for a change of a property that clients send."""
    if old is None or new is None:
        return _came(new) if old is None and new is not None else _went(old, closed=now.closed)
    if old.hidden != new.hidden:
        return _flipped("request", "read-only", old, new)
    if new.hidden or old.required == new.required:
        return None
    if new.required:
        with_default = "-with-default" if new.shape.default is not None else ""
        return f"request-property-became-required{with_default}", "it is required now"
    return "request-property-became-optional", "it is no longer required"


def _came(new: _Property) -> tuple[str, str] | None:
    if new.hidden:
        return None
    if not new.required:
        return "new-optional-request-property", "it is new and optional"
    with_default = "-with-default" if new.shape.default is not None else ""
    return f"new-required-request-property{with_default}", "it is new and required"


def _went(old: _Property | None, *, closed: bool) -> tuple[str, str] | None:
    if old is None or old.hidden:
        return None
    if closed:
        return "request-property-forbidden", "it was removed, and what is unknown is refused"
    return "request-property-removed", "it was removed"


def _answer(old: _Property | None, new: _Property | None, before: Shape) -> tuple[str, str] | None:
    """The rule and the words for a change of a property that servers send."""
    if old is None or new is None:
        found = new if old is None else old
        if found is None or found.hidden:
            return None
        word = "required" if found.required else "optional"
        if old is not None:
            return f"response-{word}-property-removed", "it was removed"
        if before.closed:
            return "response-property-no-longer-forbidden", "it is new; properties that were not listed were forbidden"
        return f"response-{word}-property-added", "it is new"
    if old.hidden != new.hidden:
        return _flipped("response", "write-only", old, new)
    if new.hidden or old.required == new.required:
        return None
    if new.required:
        return "response-property-became-required", "it is always there now"
    return "response-property-became-optional", "it may be absent now"


def _flipped(subject: str, mark: str, old: _Property, new: _Property) -> tuple[str, str]:
    word = "required" if (new if old.hidden else old).required else "optional"
    verb = "became" if new.hidden else "became-not"
    return f"{subject}-{word}-property-{verb}-{mark}", f"it is {'' if new.hidden else 'no longer '}{mark}"
