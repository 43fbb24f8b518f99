"""What keeps a verification from doing harm: a budget of accepted requests, a rate, a time, and reasons to stop."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from contract_tests.transport.answer import Answer

SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429
LONGEST_PAUSE = 30
"""Seconds that a run waits at most where the target asks for fewer requests."""


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine only."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do.

    Attributes:
        max_builds: how many requests may be accepted, of whatever kind.
        max_seconds: when to send nothing more.
        per_second: requests a second; 0 for as many as go.
        failures_in_a_row: server errors one after the other that end the run; 0 to go on.
    """

    max_builds: int
    max_seconds: float
    per_second: float = 0.0
    failures_in_a_row: int = 0


class Budget:
    """Everything that is sent goes through here: it says whether more may be sent, and counts what was accepted."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.builds = 0
        self.requests = 0
        self.stopped = ""
        self._clock = clock
        self._started = clock()
        self._failures = 0
        self._next = 0.0
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        return max(0, self.limits.max_builds - self.builds)

    @property
    def seconds_left(self) -> float:
        return self.limits.max_seconds - (self._clock() - self._started)

    def closed(self, needs: int = 1) -> str:
        """Why a request that could be accepted may not be sent any more; empty where it may."""
        if self.stopped:
            return self.stopped
        if self.left < needs:
            return f"the budget of {self.limits.max_builds} accepted requests is spent (--max-builds)"
        if self.seconds_left <= 0:
            return f"the time of {self.limits.max_seconds:g} s is over (--max-time)"
        return ""

    def wait(self) -> None:
        """Keep the rate."""
        with self._lock:
            now = self._clock()
            pause = self._next - now
            if self.limits.per_second > 0:
                self._next = max(now, self._next) + 1 / self.limits.per_second
        if pause > 0:
            time.sleep(pause)

    def pause_for(self, answer: Answer) -> bool:
        """Whether a target that asks for fewer requests says how long to wait; the next request waits so long."""
        said = (answer.header("Retry-After") or "").strip()
        if answer.status != TOO_MANY_REQUESTS or not said.isdecimal() or int(said) > LONGEST_PAUSE:
            return False
        self._next = max(self._next, self._clock() + int(said))
        return int(said) < self.seconds_left

    def note(self, answer: Answer | None, *, counts: bool) -> None:
        """Count a request. `counts` says whether it may have had an effect on the target."""
        with self._lock:
            self.requests += 1
            self.builds += counts
        if answer is None:
            return
        self._failures = self._failures + 1 if answer.status >= SERVER_ERROR else 0
        if self.limits.failures_in_a_row and self._failures >= self.limits.failures_in_a_row:
            self.stopped = f"the target failed {self._failures} times in a row"
