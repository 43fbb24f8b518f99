"""How quick a target is: what is slow is slow beside its other answers, or beyond the limit that the user gave."""

from __future__ import annotations

import statistics

FIRST_LIMIT = 2.0
LARGE = 64 * 1024
"""Bytes of a request from which its answer takes what it takes, where the user has no limit."""
TIMES_SLOWER = 10
FEWEST = 20
"""Answers before which nothing is known: workers wake up one after the other."""


class Pace:
    """Judges how long answers take.

    Args:
        limit: seconds that the user allows; None: so many times slower than usual, and slower than two seconds.
    """

    def __init__(self, limit: float | None = None) -> None:
        self.limit = limit if limit is not None else FIRST_LIMIT
        self.is_usual = limit is None
        self.attempts = 1 if limit is not None else 3
        self._seconds: list[float] = []

    def is_slow(self, seconds: float, size: int = 0) -> bool:
        """Whether an answer to a request of `size` bytes came too late."""
        self._seconds.append(seconds)
        if not self.is_usual:
            return seconds > self.limit
        if seconds <= self.limit or size > LARGE:
            return False
        return len(self._seconds) >= FEWEST and seconds > TIMES_SLOWER * statistics.median(self._seconds)
