"""How quick a target is: what is slow is slow beside its other answers, or beyond the limit that the user gave."""

from __future__ import annotations

import statistics

FIRST_LIMIT = 1.0
TIMES_SLOWER = 10
FEWEST = 20
"""Answers before which nothing is known: workers wake up one after the other."""


class Pace:
    """Judges how long answers take.

    Args:
        limit: seconds that the user allows; None: so many times slower than usual, and slower than a second.
    """

    def __init__(self, limit: float | None = None) -> None:
        self.limit = limit if limit is not None else FIRST_LIMIT
        self.attempts = 1 if limit is not None else 3
        self._usual = limit is None
        self._seconds: list[float] = []

    def is_slow(self, seconds: float) -> bool:
        self._seconds.append(seconds)
        if seconds <= self.limit:
            return False
        if not self._usual:
            return True
        return len(self._seconds) >= FEWEST and seconds > TIMES_SLOWER * statistics.median(self._seconds)
