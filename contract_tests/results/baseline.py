"""A baseline: known deviations of a target, each with a reason, an owner and a day to look at it again."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contract_tests.cases.case import Case

TO_WRITE = "TODO:"
"""What stands in front of a reason that is still to be written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted deviation. All but the check may be patterns with `*`; left out they match all."""

    check: str
    reason: str
    owner: str
    expires: datetime.date
    place: str
    operation: str = "*"
    constraint: str = "*"
    cases: tuple[str, ...] = ("*",)
    observed: str = "*"

    def is_about(self, case: Case) -> bool:
        """Whether a case could have shown it."""
        return self.covers(self.check, case.operation, case.constraint, case.id)

    def shows(self, observed: str) -> bool:
        """Whether it is this deviation that was seen, where the entry says how it looks."""
        return fnmatch.fnmatchcase(observed, self.observed)

    def covers(self, check: str, operation: str, constraint: str, case: str) -> bool:
        pairs = ((operation, self.operation), (constraint, self.constraint))
        return (
            self.check == check
            and all(fnmatch.fnmatchcase(text, pattern) for text, pattern in pairs)
            and any(fnmatch.fnmatchcase(case, pattern) for pattern in self.cases)
        )


@dataclass
class Baseline:
    """All entries of a file; remembers which of them were seen."""

    entries: tuple[Entry, ...]
    today: datetime.date = field(default_factory=datetime.date.today)
    seen: set[Entry] = field(default_factory=set)

    def reason_for(self, check: str, operation: str, constraint: str, case: str, observed: str = "") -> str | None:
        """Why a deviation is known; None where it is not, or no longer."""
        for entry in self.entries:
            if entry.covers(check, operation, constraint, case) and entry.shows(observed):
                self.seen.add(entry)
                if entry.expires >= self.today:
                    return entry.reason
        return None

    def knows(self, case: Case) -> bool:
        """Whether it is known that a case ends against the contract; does not count as seen."""
        return any(
            entry.covers(case.check, case.operation, case.constraint, case.id)
            and entry.shows("")
            and entry.expires >= self.today
            for entry in self.entries
        )

    def notes(self, sent: Iterable[Case]) -> Iterator[str]:
        """What to do about the file: entries not filled in, expired, or not seen although their like was sent."""
        found = list(sent)
        unwritten = [entry for entry in self.entries if entry.reason.startswith(TO_WRITE)]
        if unwritten:
            yield f"{unwritten[0].place}: {len(unwritten)} of the baseline's reasons are still to be written"
        for entry in self.entries:
            if entry.expires < self.today:
                yield f"{entry.place}: the entry for {entry.check} expired on {entry.expires}; ask {entry.owner}"
            elif entry not in self.seen and any(entry.is_about(case) for case in found):
                yield f"{entry.place}: {entry.check} {', '.join(entry.cases)} was not seen; the baseline entry may go"
