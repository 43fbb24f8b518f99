"""Compares two documents: operations, and what travels in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contract_tests.diff import access
from contract_tests.diff.document import Part
from contract_tests.diff.messages import Found, messages
from contract_tests.diff.rules import LEVELS, RULES, Change
from contract_tests.diff.schemas import SchemaComparison
from mock_server.contract.lint import METHODS

Key = tuple[str, str]
"""A path with its parameters unnamed, and a method."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of one document, with what its path adds to it."""

    path: str
    method: str
    part: Part
    item: Part

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"


class _Changes:
    """The changes so far, each once, in the order of their operations."""

    def __init__(self) -> None:
        self._found: dict[object, tuple[Found, dict[str, None]]] = {}

    def add(self, operation: str, found: Found) -> None:
        parts = (part.key if part is not None else None for part in (found.old, found.new))
        _, operations = self._found.setdefault((found.rule, found.text, *parts), (found, {}))
        operations[operation] = None

    def __iter__(self) -> Iterator[Change]:
        for found, operations in self._found.values():
            part = found.new if found.new is not None else found.old
            old, new = (each.place if each is not None else "" for each in (found.old, found.new))
            named = tuple(filter(None, operations))
            subject = ": ".join(filter(None, (*named[:1], found.subject)))
            yield Change(RULES[found.rule], subject, found.text, part.pointer if part else "", old, new, named)


def compare(old: Part, new: Part) -> tuple[Change, ...]:
    """What changed from one document to another, what breaks clients first."""
    changes, schemas = _Changes(), SchemaComparison()
    before, after = operations(old), operations(new)
    by_address = set(_addressed(before, old)) & set(_addressed(after, new))
    if len(by_address) >= len(set(before) & set(after)):
        # Operations are found by their whole address: what moved from `servers` into paths has not changed.
        before, after = _addressed(before, old), _addressed(after, new)
        moved = False
    else:
        moved = True
    for found in access.servers(old, new, moved=moved):
        changes.add("", found)
    for found in access.schemes(old, new):
        changes.add("", found)
    _operations(before, after, old, new, schemas, changes)
    _webhooks(old, new, schemas, changes)
    order = {level: index for index, level in enumerate(LEVELS)}
    return tuple(sorted(changes, key=lambda change: order[change.rule.clients]))


def operations(document: Part) -> dict[Key, Operation]:
    """The operations of a document by method and path, whatever the path's parameters are called."""
    found: dict[Key, Operation] = {}
    for path, item in document.under("paths").members():
        for method in METHODS if path.startswith("/") else ():
            part = item.get(method)
            if part is not None and isinstance(part.value, Mapping):
                found[_unnamed(path), method] = Operation(path, method, part, item)
    return found


def _addressed(found: Mapping[Key, Operation], document: Part) -> dict[Key, Operation]:
    """The operations by their whole path, the first server's part of it included."""
    return {
        (_unnamed(access.base_path(document, operation.part, operation.item)) + path, method): operation
        for (path, method), operation in found.items()
    }


def _unnamed(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _operations(
    before: Mapping[Key, Operation],
    after: Mapping[Key, Operation],
    old: Part,
    new: Part,
    schemas: SchemaComparison,
    changes: _Changes,
) -> None:
    paths = {path for path, _ in after}
    for key, one in before.items():
        other = after.get(key)
        if other is None:
            level = "api" if key[0] in paths else "api-path"
            deprecation = "with" if one.part.flag("deprecated") else "without"
            what = "the operation" if key[0] in paths else "the path"
            rule = f"{level}-removed-{deprecation}-deprecation"
            changes.add(one.label, Found(rule, "", f"{what} was removed", one.part, new.under("paths")))
            continue
        for found in (*_told(one, other), *access.security(one.part, other.part, old, new)):
            changes.add(one.label, found)
        for found in messages(one.part, other.part, one.item, other.item, schemas):
            changes.add(one.label, found)
        _callbacks(one, other, schemas, changes)
    for key, other in after.items():
        if key not in before:
            changes.add(
                other.label, Found("endpoint-added", "", "the operation is new", old.under("paths"), other.part)
            )


def _told(one: Operation, other: Operation) -> Iterator[Found]:
    was, is_now = one.part.flag("deprecated"), other.part.flag("deprecated")
    if was != is_now:
        rule = "endpoint-deprecated" if is_now else "endpoint-reactivated"
        text = "it is deprecated now" if is_now else "it is no longer deprecated"
        yield Found(rule, "", text, one.part, other.part)
    ids = one.part.text("operationId"), other.part.text("operationId")
    if ids[0] != ids[1]:
        rule = "api-operation-id-removed" if ids[0] else "api-operation-id-added"
        text = f"operationId was {ids[0] or 'unset'}, is {ids[1] or 'unset'}"
        yield Found(
            rule, "", text, one.part.get("operationId") or one.part, other.part.get("operationId") or other.part
        )


def _callbacks(one: Operation, other: Operation, schemas: SchemaComparison, changes: _Changes) -> None:
    """What the server asks of its client: values travel the other way round."""
    before, after = one.part.named("callbacks"), other.part.named("callbacks")
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            found = Found("callback-removed", f"callback {name}", "it was removed", before[name], other.part)
            changes.add(one.label, found)
        elif name not in before:
            changes.add(one.label, Found("callback-added", f"callback {name}", "it is new", one.part, after[name]))
        else:
            for address, item in before[name].members():
                _reversed(item, after[name].get(address), f"{one.label}: callback {name}", schemas, changes)


def _webhooks(old: Part, new: Part, schemas: SchemaComparison, changes: _Changes) -> None:
    before, after = old.named("webhooks"), new.named("webhooks")
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            changes.add("", Found("webhook-removed", f"webhook {name}", "it was removed", before[name], new))
        elif name not in before:
            changes.add("", Found("webhook-added", f"webhook {name}", "it is new", old, after[name]))
        else:
            _reversed(before[name], after[name], f"webhook {name}", schemas, changes)


def _reversed(one: Part, other: Part | None, label: str, schemas: SchemaComparison, changes: _Changes) -> None:
    for method in METHODS if other is not None else ():
        before, after = one.get(method), other.get(method) if other is not None else None
        if before is not None and after is not None and other is not None:
            for found in messages(before, after, one, other, schemas, reverse=True):
                changes.add(f"{label}: {method.upper()}", found)
