"""What is wrong or weak in a contract, as it is told."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_TEXT = 300

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a contract that is wrong, or weak.

    Attributes:
        rule: what kind of thing it is; these names stay.
        severity: `error` where it keeps the contract from being served, else `warning`.
        place: `FILE:LINE`.
        text: what is wrong, the value, and what is allowed.
    """

    rule: str
    severity: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.text} [{self.rule}]"
