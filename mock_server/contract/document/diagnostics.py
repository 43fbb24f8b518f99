"""Gathers everything that is wrong with a document, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mock_server.contract.document.source import Location, Source, SourceError, nearest

LONGEST_SHOWN = 80


class Diagnostics:
    """What is wrong with one document: a line for each fault, with place, key, value and what is allowed instead."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: list[tuple[int, str]] = []

    @property
    def count(self) -> int:
        """How many faults were noted so far."""
        return len(self._found)

    def add(self, at: Location, text: str) -> None:
        """Note a fault of the value at a location."""
        place = self.source.place(at)
        self._found.append((int(place.rpartition(":")[2]), f"{place}: {text}"))

    def known_keys(self, node: Mapping[Any, Any], allowed: Collection[str], at: Location) -> None:
        """Note each key that means nothing."""
        for key in node:
            if key not in allowed:
                text = f"unknown key {str(key)!r}{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
                self.add((*at, key), text)

    def one_of(self, key: str, value: object, allowed: Collection[str], at: Location) -> bool:
        """Whether a value is one of the allowed; noted where it is not."""
        if value in allowed:
            return True
        listed = ", ".join(allowed) or "none"
        self.add(at, f"{key}: unknown {shown(value)}{nearest(value, allowed)}; allowed: {listed}")
        return False

    def raise_any(self) -> None:
        """Raise SourceError with every fault in the order of their lines, where there is one."""
        if self._found:
            raise SourceError("\n".join(text for _, text in sorted(self._found, key=lambda item: item[0])))


def shown(value: Any) -> str:
    """A value as messages show it: short, and in one line."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def plain(value: Any) -> Any:
    """YAML's value as JSON has it: keys are text, dates their ISO text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
