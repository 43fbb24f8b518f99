"""Findings: what was wrong, deduplicated, with an id that stays the same from run to run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

VIOLATION, LENIENT, KNOWN = "violation", "lenient", "known"
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Finding:
    """One violated check at one place.

    Attributes:
        kind: `violation`, `lenient` (accepts more than the contract allows) or `known` (a baseline accepts it).
        constraint: what part of the contract it is about, e.g. `enum build_type`.
        case: id of the first case that showed it.
        purpose: what that case was to prove.
        where: file and line of the contract.
        request, answer: the exact bytes, secrets replaced by placeholders; the answer is empty where none came.
        times: how many cases of the run showed it.
        seeds: the seeds of the runs that showed it.
        reason: why it is known.
    """

    check: str
    severity: str
    kind: str
    operation: str
    constraint: str
    case: str
    purpose: str
    expected: str
    observed: str
    where: str
    request: bytes
    answer: bytes
    seconds: float = 0.0
    times: int = 1
    seeds: tuple[int, ...] = ()
    reason: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same check at the same place of the same contract, whatever the request."""
        text = "\n".join((self.check, self.operation, self.constraint))
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]

    @property
    def id(self) -> str:
        return f"{self.check}-{self.fingerprint[:6]}"


class Findings:
    """The findings of a run, or of several."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, bool], Finding] = {}

    def add(self, finding: Finding) -> bool:
        """Note a finding; returns whether it is new. What a baseline knows stays apart from what it does not."""
        key = (finding.fingerprint, finding.kind == KNOWN)
        known = self._found.get(key)
        if known is None:
            self._found[key] = finding
            return True
        worse = known.kind == LENIENT and finding.kind == VIOLATION
        kept = finding if worse else known
        seeds = tuple(dict.fromkeys((*known.seeds, *finding.seeds)))
        self._found[key] = replace(kept, times=known.times + finding.times, seeds=seeds)
        return False

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def __iter__(self) -> Iterator[Finding]:
        order = {severity: index for index, severity in enumerate(SEVERITIES)}
        return iter(sorted(self._found.values(), key=lambda finding: (order[finding.severity], finding.id)))

    def __len__(self) -> int:
        return len(self._found)
