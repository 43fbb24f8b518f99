"""What was answered, counted in plain numbers: cheap enough for every request, and read only when somebody asks.

Several workers of one machine each write their counts into a folder now and then; whoever is asked sums them up. The
file of a worker that died stays, so that a count never goes back.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mock_server.service.background import beside

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of durations, in seconds; one class more has no bound."""

MOST_SERIES = 1_000
"""Kinds of answers that are told apart; scenarios' names are the users', and nobody limits them."""

OTHER = "other"
EVERY = 1.0
"""Seconds between two writes of a worker's counts."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What answers are counted by; empty where there is none.

    Attributes:
        way: `compiled` or `full`.
    """

    operation: str = ""
    status: int = 0
    refusal: str = ""
    scenario: str = ""
    way: str = "full"


@dataclass(slots=True)
class Series:
    """How many answers of one kind there were, by class of duration, and how long they took together."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, duration: float) -> None:
        """Count an answer that took some seconds."""
        self.classes[bisect_left(BOUNDS, duration)] += 1
        self.seconds += duration

    def include(self, other: Series) -> None:
        """Add the counts of another."""
        self.classes = [own + more for own, more in zip(self.classes, other.classes, strict=True)]
        self.seconds += other.seconds


class Counts:
    """The counts of one process, and of those that it shares a folder with."""

    def __init__(self) -> None:
        self.store_errors = 0
        self._series: dict[Kind, Series] = {}
        self._folder: Path | None = None
        self._written = ""
        self._writing = threading.Lock()

    def of(self, kind: Kind) -> Series:
        """The series that answers of a kind are counted in."""
        found = self._series.get(kind)
        if found is None:
            if len(self._series) >= MOST_SERIES:
                kind = Kind(OTHER, kind.status, OTHER if kind.refusal else "", OTHER if kind.scenario else "", kind.way)
            found = self._series.setdefault(kind, Series())
        return found

    def total(self) -> Counts:
        """The counts of all processes that share a folder; without one, these."""
        if self._folder is None:
            return self
        # Whichever worker is asked, files alone are read: so no count goes back from one answer to the next.
        self._write()
        total = Counts()
        for counts in [read(file.read_text(encoding="utf-8")) for file in self._folder.glob("*.json")]:
            total.store_errors += counts.store_errors
            for kind, series in list(counts._series.items()):
                total._series.setdefault(kind, Series()).include(series)
        return total

    def items(self) -> list[tuple[Kind, Series]]:
        """Each kind with its series, in order."""
        return sorted(self._series.items(), key=lambda item: tuple(map(str, _plain(item[0]))))

    # ---- several processes

    @contextlib.contextmanager
    def shared(self, folder: Path) -> Iterator[None]:
        """Write these counts into a folder while the block runs, and once more at its end."""
        self._folder = folder
        try:
            with beside("counts", self._keep_writing):
                yield
        finally:
            self._write()

    def _keep_writing(self, ended: threading.Event) -> None:
        while not ended.wait(EVERY):
            self._write()

    def _write(self) -> None:
        with self._writing, contextlib.suppress(OSError):  # the parent is gone, with its folder
            text = self.text()
            if self._folder is None or text == self._written:
                return
            file = self._folder / f"{os.getpid()}.json"
            partly = file.with_suffix(".part")
            partly.write_text(text, encoding="utf-8")
            partly.replace(file)
            self._written = text

    def text(self) -> str:
        """These counts as JSON text, for `read`."""
        series = [[_plain(kind), each.classes, each.seconds] for kind, each in list(self._series.items())]
        return json.dumps({"store_errors": self.store_errors, "series": series})


def read(text: str) -> Counts:
    """Counts from the text that they wrote."""
    document = json.loads(text)
    counts = Counts()
    counts.store_errors = document["store_errors"]
    counts._series = {Kind(*kind): Series(classes, seconds) for kind, classes, seconds in document["series"]}
    return counts


def _plain(kind: Kind) -> list[str | int]:
    return [kind.operation, kind.status, kind.refusal, kind.scenario, kind.way]
