"""What of the contract was reached: each operation with the statuses that it documents and those that were answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.contract.model import Contract, Operation

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """One operation.

    Attributes:
        path: as it stands in the contract, the server's part of it included.
        documented: the statuses as the contract has them: numbers, ranges such as `2XX`, `default`.
        answered: how often each status was answered to a request with the operation's method.
    """

    operation: str
    method: str
    path: str
    documented: tuple[str, ...]
    answered: Mapping[int, int]

    def times(self, documented: str) -> int:
        """How many answers a documented status stands for: those that no more exact one does."""
        return sum(count for status, count in self.answered.items() if self._documented_as(status) == documented)

    @property
    def undocumented(self) -> Mapping[int, int]:
        """The answered statuses that the contract does not have."""
        return {status: count for status, count in self.answered.items() if not self._documented_as(status)}

    @property
    def missing(self) -> tuple[str, ...]:
        """The documented statuses that no answer had."""
        return tuple(status for status in self.documented if not self.times(status))

    def _documented_as(self, status: int) -> str:
        by_status = {name.upper(): name for name in self.documented}
        candidates = (str(status), f"{status // 100}XX", DEFAULT.upper())
        return next((by_status[name] for name in candidates if name in by_status), "")


Answered = Mapping[tuple[str, int], int]
"""How often each operation, by its id, answered each status."""


def coverage_of(contract: Contract, answered: Answered) -> tuple[OperationCoverage, ...]:
    """The coverage of every operation of a contract, in its order."""
    return tuple(
        _coverage(operation, item.template, answered)
        for item in contract.path_items
        for operation in item.operations.values()
    )


def joined(first: OperationCoverage, second: OperationCoverage) -> OperationCoverage:
    """The coverage of one operation by two runs."""
    statuses = sorted({*first.answered, *second.answered})
    counts = {status: first.answered.get(status, 0) + second.answered.get(status, 0) for status in statuses}
    return OperationCoverage(first.operation, first.method, first.path, first.documented, counts)


def _coverage(operation: Operation, path: str, answered: Answered) -> OperationCoverage:
    own = {status: count for (name, status), count in sorted(answered.items()) if name == operation.id}
    documented = tuple(response.status for response in operation.responses)
    return OperationCoverage(operation.id, operation.method, path, documented, own)
