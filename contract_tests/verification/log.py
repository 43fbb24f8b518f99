"""What a run writes down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from contract_tests.cases.case import Case
from contract_tests.results.findings import Findings
from contract_tests.results.proof import Proof

NOT_ACCEPTED = 300


@dataclass(frozen=True)
class RunLog:
    """What a run writes down.

    Attributes:
        sent: the cases that were sent, in order.
        circumstances: names of the examples that refused valid requests for what went on around the target.
        notes: what a reader should know besides, each once.
        answered: how often each operation was answered with each status.
    """

    findings: Findings = field(default_factory=Findings)
    proof: Proof = field(default_factory=Proof)
    sent: list[Case] = field(default_factory=list)
    circumstances: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)

    def accepted(self, operation: str) -> bool:
        """Whether the target accepted any request to an operation."""
        return any(name == operation and status < NOT_ACCEPTED for name, status in self.answered)
