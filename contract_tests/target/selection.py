"""Which operations are verified: `--include` and `--exclude`, by id, tag, path and method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import nearest
from mock_server.contract.model import Contract

TAG = "tag:"


@dataclass(frozen=True, slots=True)
class Named:
    """All that an entry may name an operation by.

    Attributes:
        paths: its path as the contract has it, without and with the server's part.
    """

    id: str
    method: str
    paths: tuple[str, ...]
    tags: tuple[str, ...]

    def matches(self, entry: str) -> bool:
        """`createOrder`, `tag:orders`, `/orders/*`, `GET`, `GET /orders/*`; each with `*`."""
        if entry.startswith(TAG):
            return any(fnmatchcase(tag, entry[len(TAG) :]) for tag in self.tags)
        method, _, path = entry.rpartition(" ")
        if path.startswith("/"):
            return method in ("", self.method) and any(fnmatchcase(own, path) for own in self.paths)
        return entry == self.method or fnmatchcase(self.id, entry)

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every entry without a pattern that matches."""
        addresses = (f"{self.method} {path}" for path in self.paths)
        return self.id, self.method, *self.paths, *addresses, *(f"{TAG}{tag}" for tag in self.tags)


def selected(contract: Contract, include: Iterable[str], exclude: Iterable[str]) -> frozenset[str]:
    """The ids of the operations to verify: those included, or all, without those excluded.

    Raises:
        SettingsError: an entry matches no operation, or none is left.
    """
    operations = list(_named(contract))
    left = [one for one in operations if not include or any(one.matches(entry) for entry in include)]
    for option, entries in (("--include", include), ("--exclude", exclude)):
        for entry in entries:
            if not any(one.matches(entry) for one in operations):
                known = [spelling for one in operations for spelling in one.spellings]
                raise SettingsError(f"{option} {entry}: no operation of the contract matches{nearest(entry, known)}")
    kept = frozenset(one.id for one in left if not any(one.matches(entry) for entry in exclude))
    if operations and not kept:
        raise SettingsError("--include and --exclude leave no operation to verify")
    return kept


def _named(contract: Contract) -> Iterable[Named]:
    for item in contract.path_items:
        for operation in item.operations.values():
            paths = tuple(dict.fromkeys((item.path, item.template)))
            yield Named(operation.id, operation.method, paths, _tags(contract.document, item.path, operation.method))


def _tags(document: Mapping[str, Any], path: str, method: str) -> tuple[str, ...]:
    node = document.get("paths", {}).get(path, {}).get(method.lower(), {})
    return tuple(str(tag) for tag in node.get("tags", ()))
