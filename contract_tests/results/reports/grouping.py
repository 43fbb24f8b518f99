"""Findings and proof as reports show them: by cause, the gravest first, and by operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contract_tests.results.findings import SEVERITIES, Finding
from contract_tests.results.proof import Proof, Requirement


@dataclass(frozen=True, slots=True)
class Cause:
    """One check with everything that violates it, ordered by operation."""

    check: str
    severity: str
    findings: tuple[Finding, ...]

    @property
    def times(self) -> int:
        """How many requests showed it."""
        return sum(finding.times for finding in self.findings)

    @property
    def by_operation(self) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(finding.operation, []).append(finding)
        return found


def causes(findings: Iterable[Finding]) -> list[Cause]:
    """The findings by cause."""
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        by_check.setdefault(finding.check, []).append(finding)
    found = [
        Cause(check, each[0].severity, tuple(sorted(each, key=lambda f: (f.operation, f.constraint, f.id))))
        for check, each in by_check.items()
    ]
    return sorted(found, key=lambda cause: (SEVERITIES.index(cause.severity), cause.check))


def by_operation(proof: Proof) -> dict[str, list[Requirement]]:
    """The requirements of each operation."""
    found: dict[str, list[Requirement]] = {}
    for requirement in proof:
        found.setdefault(requirement.operation, []).append(requirement)
    return found
