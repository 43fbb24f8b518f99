"""What a judge finds wrong with one answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One violated check, with what was expected and what was seen, in words."""

    check: str
    expected: str
    observed: str
