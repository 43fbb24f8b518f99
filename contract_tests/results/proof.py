"""Proof requirements: what a run was to prove, operation by operation, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contract_tests.cases.case import CORE, Case

PROVEN, PARTLY, VIOLATED, UNPROVEN = "proven", "partly proven", "violated", "unproven"
NOT_ASKED = "not asked for"


@dataclass(slots=True)
class Requirement:
    """One operation × constraint.

    Attributes:
        core: without it a run has proven nothing worth a green.
        planned: how many cases were to prove it; those that are spared or may not be sent do not count.
        proven, violated, skipped, known: how many of them ended so.
        reasons: why some could not be sent or judged.
    """

    operation: str
    constraint: str
    core: bool = False
    planned: int = 0
    proven: int = 0
    violated: int = 0
    skipped: int = 0
    known: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    core_open: set[str] = field(default_factory=set)

    @property
    def state(self) -> str:
        if self.violated:
            return VIOLATED
        if self.core_open:
            return UNPROVEN
        if not self.settled:
            return NOT_ASKED
        return PARTLY if self.skipped else PROVEN

    @property
    def settled(self) -> int:
        """How many of its cases were sent and proved it, or showed what is known."""
        return self.proven + self.known

    @property
    def counts(self) -> str:
        """`58/58`, or fewer of the first where some were not sent."""
        return f"{self.settled}/{max(self.planned, self.settled)}"

    @property
    def why(self) -> str:
        return "; ".join(self.reasons)


class Proof:
    """The table of all requirements."""

    def __init__(self) -> None:
        self._table: dict[tuple[str, str], Requirement] = {}

    def expect(self, case: Case) -> None:
        """Note that a case stands for its requirement."""
        requirement = self._of(case)
        requirement.planned += 1
        if case.priority == CORE:
            requirement.core = True
            requirement.core_open.add(case.id)

    def proven(self, case: Case) -> None:
        requirement = self._of(case)
        requirement.proven += 1
        requirement.core_open.discard(case.id)

    def violated(self, case: Case) -> None:
        requirement = self._of(case)
        requirement.violated += 1
        requirement.core_open.discard(case.id)

    def known(self, case: Case) -> None:
        """A case showed nothing but what a baseline knows."""
        requirement = self._of(case)
        requirement.known += 1
        requirement.core_open.discard(case.id)

    def skipped(self, case: Case, why: str) -> None:
        """A case was not sent, or its answer says nothing."""
        requirement = self._of(case)
        requirement.skipped += 1
        requirement.reasons[why] = requirement.reasons.get(why, 0) + 1

    def spared(self, case: Case) -> None:
        """A case was not sent because its like has shown a violation already."""
        requirement = self._of(case)
        requirement.planned -= 1
        requirement.core_open.discard(case.id)

    def excused(self, case: Case, why: str) -> None:
        """A case says nothing on this target, or might do harm there."""
        self.spared(case)
        self._of(case).reasons.setdefault(why, 1)

    def not_asked(self, operation: str, constraint: str, why: str) -> None:
        """Something is out of reach; `why` says what to give to have it."""
        requirement = self._table.setdefault((operation, constraint), Requirement(operation, constraint))
        requirement.reasons.setdefault(why, 1)

    def merge(self, other: Proof) -> None:
        """Take over another run's table: violated once is violated, proven once is proven."""
        for key, theirs in other._table.items():
            ours = self._table.setdefault(key, Requirement(theirs.operation, theirs.constraint))
            ours.core |= theirs.core
            ours.planned += theirs.planned
            ours.proven += theirs.proven
            ours.violated += theirs.violated
            ours.skipped += theirs.skipped
            ours.known += theirs.known
            ours.core_open |= theirs.core_open
            ours.reasons.update(theirs.reasons)

    @property
    def sent(self) -> tuple[int, int]:
        """How many cases were sent of those that were planned."""
        sent = sum(min(one.settled + one.violated, one.planned) for one in self)
        return sent, sum(one.planned for one in self)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was proven."""
        return not any(one.settled or one.violated for one in self)

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._table.values())

    def requirement(self, operation: str, constraint: str) -> Requirement | None:
        """What became of one requirement; None where no case of the run stood for it."""
        return self._table.get((operation, constraint))

    @property
    def open_core(self) -> list[Requirement]:
        return [requirement for requirement in self if requirement.core and requirement.state == UNPROVEN]

    def _of(self, case: Case) -> Requirement:
        return self._table.setdefault((case.operation, case.constraint), Requirement(case.operation, case.constraint))
