"""Judges recorded exchanges as the verifier judges its own: status, media type, headers, schema, example, secrets.

What a recording cannot tell is not held against anybody: whether a token was good, which ids existed, what a body was
that the archive does not hold, and what stands behind a mask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.identity import Identity
from contract_tests.results.baseline import Baseline
from contract_tests.results.coverage import coverage_of
from contract_tests.results.findings import KNOWN, Finding, Findings
from contract_tests.results.masking import Masker
from contract_tests.results.noting import finding_of
from contract_tests.results.proof import Proof
from contract_tests.results.result import Result
from contract_tests.traffic.archive import Recorded
from contract_tests.traffic.exchange import STAND_IN, RecordedExchange, origin
from mock_server.contract.model import Contract, PathItem
from mock_server.engine import pipeline
from mock_server.engine.catalogue import OpenDirectory
from mock_server.engine.profiles import ContractProfile

REFUSALS = 400
LONGEST_KEPT = 20_000
MOST_LISTED = 10


@dataclass
class Tally:
    """What became of the entries that say nothing about the contract, and what clients sent against it."""

    elsewhere: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    streams: int = 0
    unreadable: int = 0
    preflights: int = 0
    without_body: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Judge:
    """Takes recorded exchanges, one after the other.

    Args:
        base_url: where the API is served, where the recorded addresses are others than the contract's; only what is
            there is judged.
    """

    def __init__(self, contract: Contract, base_url: str = "", baseline: Baseline | None = None) -> None:
        self.contract = contract
        self.tally = Tally()
        self.judged = 0
        self._base_url = base_url.rstrip("/")
        self._baseline = baseline or Baseline(())
        self._definition = pipeline.MockDefinition(contract, OpenDirectory(), ContractProfile(contract), "")
        self._operations: dict[str, OperationUnderTest] = {}
        self._findings, self._proof = Findings(), Proof()
        self._answered: Counter[tuple[str, int]] = Counter()

    def take(self, entries: Iterable[Recorded | int]) -> None:
        """Judge entries; each is forgotten afterwards."""
        for entry in entries:
            if isinstance(entry, int):
                self.tally.unreadable += 1
            elif not entry.is_http:
                self.tally.streams += 1
            else:
                self._one(entry)

    def result(self, name: str, began: datetime | None = None) -> Result:
        """The verdict so far, in the form of a verification's."""
        info = self.contract.document.get("info") or {}
        return Result(
            url=name,
            seeds=(),
            digest=self.contract.digest,
            began=began or datetime.now(UTC),
            contract=f"{info.get('title', '')} {info.get('version', '')}".strip(),
            findings=self._findings,
            proof=self._proof,
            requests=self.judged,
            untestable="" if self.judged else "no exchange of the contract's operations is in the archive",
            notes=tuple(self._notes()),
            coverage=coverage_of(self.contract, self._answered),
        )

    # ---- one exchange

    def _one(self, entry: Recorded) -> None:
        found = self._find(entry)
        if found is None:
            self.tally.elsewhere[origin(entry.url)] += 1
            return
        item, path = found
        if entry.method not in item.operations and entry.method in ("OPTIONS", "HEAD"):
            self.tally.preflights += 1
        elif not entry.status:
            self.tally.unanswered += 1
        else:
            self._judge(RecordedExchange(self._definition, self._under_test(item, entry.method), path, entry))

    def _under_test(self, item: PathItem, method: str) -> OperationUnderTest:
        """The operation, made once: it finds out much about itself."""
        operation = item.operations.get(method, item.any_operation)
        if operation.id not in self._operations:
            identity = Identity(token=STAND_IN)
            self._operations[operation.id] = OperationUnderTest(self.contract, item, operation, identity)
        return self._operations[operation.id]

    def _find(self, entry: Recorded) -> tuple[PathItem, str] | None:
        """The path item that an address leads to, and its path as the contract has it."""
        path = urlsplit(entry.url).path or "/"
        base = self._base_of_contract
        if self._base_url:
            if not f"{entry.url}/".startswith(f"{self._base_url}/"):
                return None
            candidates = [base + (path.removeprefix(urlsplit(self._base_url).path) or "/")]
        else:
            candidates = [path, base + path] if base else [path]
        for candidate in candidates:
            found = self.contract.find(candidate, entry.method)
            if found is not None:
                return found[0], candidate
        return None

    @cached_property
    def _base_of_contract(self) -> str:
        """The path of the contract's server, which stands in front of its paths."""
        item = next(iter(self.contract.path_items), None)
        return item.template.removesuffix(item.path) if item is not None else ""

    def _judge(self, exchange: RecordedExchange) -> None:
        entry, operation = exchange.entry, exchange.under_test.operation
        self.judged += 1
        self.tally.without_body += entry.body is None
        if entry.method == operation.method:
            self._answered[operation.id, entry.status] += 1
        problems = list(exchange.problems)
        if exchange.reason and entry.status >= REFUSALS and not problems:
            self.tally.refused[f"{entry.method} {operation.path}: {exchange.reason}"] += 1
        self._proof.expect(exchange.case)
        noted = [self._finding(exchange, problem) for problem in problems]
        self._findings.extend(noted)
        if not noted:
            self._proof.proven(exchange.case)
        elif all(finding.kind == KNOWN for finding in noted):
            self._proof.known(exchange.case)
        else:
            self._proof.violated(exchange.case)

    def _finding(self, exchange: RecordedExchange, problem: Problem) -> Finding:
        return finding_of(
            problem,
            exchange.case,
            self._baseline,
            Masker({"RECORDED_CREDENTIALS": exchange.credentials}),
            where=exchange.under_test.place(exchange.case.where),
            sent=exchange.exchange.sent,
            answer=exchange.exchange.answer,
            seconds=exchange.entry.seconds,
            longest=LONGEST_KEPT,
        )

    def _notes(self) -> Iterator[str]:
        tally = self.tally
        for count, text in (
            (tally.unanswered, "had no answer"),
            (tally.streams, "are no HTTP exchanges (WebSockets, data, parts of the browser)"),
            (tally.unreadable, "are no exchanges at all"),
            (tally.preflights, "are HEAD or preflights of browsers, which the contract does not describe"),
            (tally.without_body, "were judged without the answer's body, which the archive does not hold"),
        ):
            if count:
                yield f"{count} entries {text}"
        yield from _listed(tally.elsewhere, "entries are no part of the contract")
        yield from _listed(tally.refused, "requests are not what the contract asks for, and were refused")


def _listed(counted: Counter[str], what: str) -> Iterator[str]:
    if counted:
        told = [f"{name} ({count})" for name, count in counted.most_common(MOST_LISTED)]
        more = f", and {len(counted) - MOST_LISTED} more" if len(counted) > MOST_LISTED else ""
        yield f"{counted.total()} {what}: {', '.join(told)}{more}"
