"""Compares schemas: what a value may be now, and could not before, and the other way round.

Each pair of schemas is compared once in each direction; recursion ends where a pair is met again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from contract_tests.diff.alternatives import alternatives, discriminator
from contract_tests.diff.document import Part
from contract_tests.diff.properties import properties
from contract_tests.diff.rules import LOWER, UPPER
from contract_tests.diff.shape import Limit, Parts, Shape, narrower, shape_of
from mock_server.contract.schema.dialect import Direction

INTEGERS, NUMBERS = ("int32", "int64", ""), ("float", "double", "")
"""Formats of numbers, from few values to all."""
AS_TEXT = frozenset({"integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of two schemas.

    Attributes:
        kind: the end of a rule's id, or a whole id where it names a property.
        at: where in the value: names, `[]` for the items of an array, `*` for other properties.
        text: what is different, in words.
        old: the keyword in the old document, or the schema it is missing in; None where there is no such schema.
        new: the same in the new document.
    """

    kind: str
    at: tuple[str, ...]
    text: str
    old: Part | None
    new: Part | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two schemas of the same value.

    Attributes:
        text: the value travels as text, where a number is a text, too.
    """

    old: Parts
    new: Parts
    direction: Direction
    text: bool = False

    @property
    def key(self) -> object:
        return tuple(p.key for p in self.old), tuple(p.key for p in self.new), self.direction, self.text


_Compared = tuple[tuple[Difference, ...], tuple[tuple[str, Pair, object], ...]]
"""The differences of two schemas themselves, and the pairs inside them: how a path calls them, and their keys."""

Own = tuple[str, str, Part | None, Part | None]
"""A difference of two schemas themselves: kind, text, and the keyword's part in either document."""


class SchemaComparison:
    """Compares pairs of schemas of two documents, and remembers what it has compared."""

    def __init__(self) -> None:
        self._compared: dict[object, _Compared] = {}
        self._reached: dict[object, tuple[Difference, ...]] = {}

    def differences(self, pair: Pair) -> tuple[Difference, ...]:
        """All differences, those of properties and items included; each place of a schema once."""
        if pair.key not in self._reached:
            self._reached[pair.key] = tuple(self._walk(pair))
        return self._reached[pair.key]

    def _walk(self, pair: Pair) -> Iterator[Difference]:
        waiting: list[tuple[tuple[str, ...], Pair, object]] = [((), pair, pair.key)]
        met = {pair.key}
        for at, each, key in waiting:
            if key not in self._compared:
                self._compared[key] = _compared(each)
            own, inner = self._compared[key]
            for found in own:
                yield Difference(found.kind, (*at, *found.at), found.text, found.old, found.new)
            for step, child, child_key in inner:
                if child_key not in met:
                    met.add(child_key)
                    waiting.append(((*at, step), child, child_key))


def _compared(pair: Pair) -> _Compared:
    """The differences of two schemas, and the pairs inside them."""
    old, new = shape_of(pair.old), shape_of(pair.new)
    wrapped = alternatives(pair.old, pair.new, old, new)
    inner = [(step, Pair(before, after, pair.direction, pair.text)) for step, before, after in wrapped.matched]
    found = [Difference(kind, (), text, before, after) for kind, text, before, after in wrapped.differences]
    if wrapped.instead:
        return tuple(found), _with_keys(inner)
    own = list(_own(old, new, _Homes(pair, old, new), pair))
    found += [Difference(kind, (), text, before, after) for kind, text, before, after in own]
    if not any(kind == "type-changed" for kind, *_ in own):
        for change in properties(old, new, pair.direction):
            found.append(Difference(change.rule, (change.name,), change.text, change.old, change.new))
        inner += [(step, Pair(*both, pair.direction)) for step, both in _inside(old, new, pair.direction)]
    return tuple(found), _with_keys(inner)


def _with_keys(inner: Iterable[tuple[str, Pair]]) -> tuple[tuple[str, Pair, object], ...]:
    return tuple((step, pair, pair.key) for step, pair in inner)


def _inside(old: Shape, new: Shape, direction: Direction) -> Iterator[tuple[str, tuple[Parts, Parts]]]:
    hidden = "readOnly" if direction == "request" else "writeOnly"
    for name, before in old.properties.items():
        after = new.properties.get(name)
        if after and not any(hidden in shape_of(parts).marks for parts in (before, after)):
            yield name, (before, after)
    if old.items or new.items:
        yield "[]", (old.items, new.items)
    if (old.others or new.others) and not (old.closed or new.closed):
        yield "*", (old.others, new.others)


class _Homes:
    """Where a keyword stands in either document; where it does not, the schema it is missing in."""

    def __init__(self, pair: Pair, old: Shape, new: Shape) -> None:
        self._old, self._new = old.homes, new.homes
        self._first_old = pair.old[0] if pair.old else None
        self._first_new = pair.new[0] if pair.new else None

    def of(self, *keywords: str) -> tuple[Part | None, Part | None]:
        old = next((self._old[key] for key in keywords if key in self._old), self._first_old)
        new = next((self._new[key] for key in keywords if key in self._new), self._first_new)
        return old, new


def _own(old: Shape, new: Shape, homes: _Homes, pair: Pair) -> Iterator[Own]:
    kind, text = _types(old, new, pair)
    if kind:
        yield kind, text, *homes.of("type", "format")
        if kind == "type-changed":
            return
    yield from _null(old, new, homes)
    yield from _values(old, new, homes)
    yield from _limits(old, new, homes)
    yield from _texts(old, new, homes)
    yield from _objects(old, new, homes)
    yield from discriminator(old, new, homes.of("discriminator"))
    for keyword in dict.fromkeys((*old.unjoined, *new.unjoined)):
        before, after = old.unjoined.get(keyword), new.unjoined.get(keyword)
        if before != after:
            end = "added" if before is None else "removed" if after is None else "changed"
            yield f"constraint-{end}", f"{keyword} was {end}", *homes.of(keyword)
    if old.default != new.default:
        end = "added" if old.default is None else "removed" if new.default is None else "changed"
        yield f"default-value-{end}", _from_to("the default", old.default, new.default), *homes.of("default")
    if ("deprecated" in old.marks) != ("deprecated" in new.marks):
        word = "deprecated" if "deprecated" in new.marks else "reactivated"
        yield word, f"it was {word}", *homes.of("deprecated")


# ---- types and formats


def _types(old: Shape, new: Shape, pair: Pair) -> tuple[str, str]:
    before, after = _written(old.types), _written(new.types)
    if old.types != new.types:
        text = f"the type was {before}, is {after}"
        wider = _holds(new.types, old.types, as_text=pair.text and not new.formats)
        narrow = _holds(old.types, new.types, as_text=pair.text and not old.formats)
        if wider and narrow:
            return "", ""
        return ("type-generalized" if wider else _narrow(pair) if narrow else "type-changed"), text
    if old.formats == new.formats:
        return "", ""
    text = f"the format was {_written(old.formats)}, is {_written(new.formats)}"
    for ranks in (INTEGERS, NUMBERS):
        if max(map(len, (old.formats, new.formats))) <= 1 and old.formats | new.formats <= set(ranks):
            ranked = [ranks.index(next(iter(shape.formats), "")) for shape in (old, new)]
            return ("type-generalized" if ranked[1] > ranked[0] else _narrow(pair)), text
    if new.formats < old.formats:
        return "type-generalized", text
    return (_narrow(pair) if new.formats > old.formats else "type-changed"), text


def _narrow(pair: Pair) -> str:
    return "type-changed" if pair.direction == "request" else "type-specialized"


@cache
def _holds(one: frozenset[str] | None, other: frozenset[str] | None, *, as_text: bool) -> bool:
    """Whether all values of some types are values of others; as text, numbers are texts."""
    if one is None or other is None:
        return one is None
    more = one | ({"integer"} if "number" in one else set())
    return other <= more | (AS_TEXT if as_text and "string" in one else frozenset())


def _written(names: frozenset[str] | None) -> str:
    return " or ".join(sorted(names)) if names else "any" if names is None else "none"


def _null(old: Shape, new: Shape, homes: _Homes) -> Iterator[Own]:
    if old.types is None and new.types is None and (old.values is None) != (new.values is None):
        return
    before, after = old.allows_null(), new.allows_null()
    if before != after and (old.types is None) == (new.types is None):
        word = "became-nullable" if after else "became-not-nullable"
        yield word, f"null is {'allowed now' if after else 'no longer allowed'}", *homes.of("nullable", "type")


# ---- values


def _values(old: Shape, new: Shape, homes: _Homes) -> Iterator[Own]:
    before, after = old.values, new.values
    place = homes.of("enum", "const")
    if before is None and after is not None:
        yield "became-enum", f"only {_listed(after)} are allowed now", *place
    elif before is not None and after is None:
        yield "enum-unset", f"other values than {_listed(before)} are allowed now", *place
    elif before is not None and after is not None:
        for text in before:
            if text not in after and text != "null":
                yield "enum-value-removed", f"the value {text} is no longer allowed", *place
        for text in after:
            if text not in before and text != "null":
                yield "enum-value-added", f"the value {text} is allowed now", *place


def _listed(values: Mapping[str, object]) -> str:
    few = 5
    texts = [text for text in values if text != "null"]
    return ", ".join(texts[:few]) + (", …" if len(texts) > few else "")


def _limits(old: Shape, new: Shape, homes: _Homes) -> Iterator[Own]:
    for keyword, word in (*LOWER.items(), *UPPER.items()):
        before, after = old.limits.get(keyword), new.limits.get(keyword)
        if before == after:
            continue
        if before is None or after is None:
            end = "set" if before is None else "unset"
        else:
            less = narrower(keyword, after, before)
            end = "increased" if less == (keyword in LOWER) else "decreased"
        text = _from_to(keyword, _shown(before, keyword), _shown(after, keyword))
        yield f"{word}-{end}", text, *homes.of(keyword, f"exclusive{keyword.title()}")


def _shown(limit: Limit | None, keyword: str) -> str | None:
    if limit is None:
        return None
    number, included = limit
    word = "" if included else "above " if keyword in LOWER else "below "
    return f"{word}{_number(number)}"


def _number(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"


def _texts(old: Shape, new: Shape, homes: _Homes) -> Iterator[Own]:
    if old.patterns != new.patterns:
        end = "added" if old.patterns < new.patterns else "removed" if new.patterns < old.patterns else "changed"
        text = _from_to("the pattern", _joined(old.patterns), _joined(new.patterns))
        yield f"pattern-{end}", text, *homes.of("pattern")
    if old.multiples != new.multiples:
        end = "set" if not old.multiples else "unset" if not new.multiples else "changed"
        text = _from_to("multipleOf", _joined(map(_number, old.multiples)), _joined(map(_number, new.multiples)))
        yield f"multiple-of-{end}", text, *homes.of("multipleOf")
    if old.unique != new.unique:
        text = "items must differ now" if new.unique else "items may be equal now"
        yield f"unique-items-{'set' if new.unique else 'unset'}", text, *homes.of("uniqueItems")


def _joined(words: Iterable[str]) -> str | None:
    return " and ".join(sorted(words)) or None


def _from_to(what: str, old: str | None, new: str | None) -> str:
    return f"{what} was {'unset' if old is None else old}, is {'unset' if new is None else new}"


# ---- objects


def _objects(old: Shape, new: Shape, homes: _Homes) -> Iterator[Own]:
    place = homes.of("additionalProperties")
    if new.closed and not old.closed:
        yield "additional-properties-forbidden", "other properties are no longer allowed", *place
    elif old.closed and not new.closed:
        yield "additional-properties-allowed", "other properties are allowed now", *place
