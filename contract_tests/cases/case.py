"""A case: one request, what it proves, and what the contract says must come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from contract_tests.transport.wire import Request
from mock_server.contract.document.source import Location


class Priority(IntEnum):
    """How early a case is sent: what a verification cannot do without, what finds most, what finds the rest."""

    CORE = 0
    LIKELY = 1
    RARE = 2


CORE, LIKELY, RARE = Priority


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the contract allows as the answer.

    Attributes:
        statuses: the statuses that are right.
        examples: the answer must be one of these named examples; empty where any documented answer is right.
        variables: what the variable parts of the example must hold, by name; others may hold anything.
        fields: the invalid properties that the answer must name, all of them, in this order.
        messages: the reason that the answer must give for a property.
        unshaped: statuses that a server may give before it knows a request as one of this API; nothing else counts.
    """

    statuses: frozenset[int]
    examples: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    unshaped: frozenset[int] = frozenset()

    @property
    def accepts(self) -> bool:
        """Whether an accepting answer, and nothing else, is right."""
        return all(200 <= status < 400 for status in self.statuses)  # noqa: PLR2004

    @property
    def refuses(self) -> bool:
        """Whether an accepting answer is wrong."""
        return not any(200 <= status < 400 for status in self.statuses)  # noqa: PLR2004

    def __str__(self) -> str:
        statuses = " or ".join(str(status) for status in sorted(self.statuses))
        names = f" ({' or '.join(self.examples)})" if self.examples else ""
        fields = f" naming {', '.join(self.fields)}" if self.fields else ""
        return f"{statuses}{names}{fields}"


UNROUTED = Expectation(frozenset({404}), unshaped=frozenset({404}))
"""For a path that is none of the API's: what stands on such a page is up to whatever serves it."""
NO_FAILURES = frozenset(range(200, 500))
ANYTHING = Expectation(NO_FAILURES, unshaped=NO_FAILURES)
"""For what the contract does not speak of: answered as the server likes, so that only a failure is wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request with its purpose.

    Attributes:
        id: stable name, unique in a run.
        check: the check that is violated where the request is accepted against the contract, or refused against it.
        operation: id of the operation.
        constraint: the proof requirement that it serves, e.g. `enum build_type`.
        purpose: one sentence: what it proves.
        where: the place in the contract that says so.
        lenient: accepting it is generous rather than dangerous.
        overwrites: it would overwrite settings stored in the target, were it accepted.
        group: cases of one group are alike: once one shows a violation the rest need not be sent.
        together: how many copies to send at the same time.
        priority: how early it is sent.
        neighbour: what kind of neighbour of an existing id it names, where there may be such a thing on the target: one
            of a kind may exist, two of a kind are no coincidence.
        by_get: what a GET of its address says settles it, where the request itself may do harm.
        shrinkable: its body proves many things at once, so that a finding wants making smaller.
    """

    id: str
    check: str
    operation: str
    constraint: str
    purpose: str
    request: Request
    expect: Expectation
    where: Location
    priority: Priority = LIKELY
    lenient: bool = False
    overwrites: bool = False
    group: str = ""
    together: int = 1
    shrinkable: bool = False
    neighbour: str = ""
    by_get: bool = False

    @property
    def likeness(self) -> str:
        return self.group or f"{self.check}:{self.constraint}"
