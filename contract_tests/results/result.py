"""The result of a verification: all that its reports are made from, as plain data without a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contract_tests.results.coverage import OperationCoverage, joined
from contract_tests.results.findings import KNOWN, LENIENT, SEVERITIES, Finding, Findings
from contract_tests.results.proof import Proof

CONFORMING, VIOLATED, UNTESTABLE, INTERRUPTED = 0, 1, 3, 130


@dataclass(frozen=True)
class Result:
    """What a verification found out.

    Attributes:
        digest: SHA-256 of the contract's content.
        began: when the first request was sent, in UTC; None where the result was not measured on a target.
        contract: the contract's title and version.
        builds: how many requests the target accepted, wanted or not.
        untestable: why nothing was proven; empty where something was.
        interrupted: the user ended it: this is the verdict so far.
        notes: what a reader should know besides: a stop, circumstances, baseline entries to clean up.
        coverage: each operation of the contract with the statuses that were answered.
    """

    url: str
    seeds: tuple[int, ...]
    digest: str
    began: datetime | None = None
    contract: str = ""
    findings: Findings = field(default_factory=Findings)
    proof: Proof = field(default_factory=Proof)
    builds: int = 0
    requests: int = 0
    seconds: float = 0.0
    untestable: str = ""
    notes: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    generated: int = 0
    interrupted: bool = False
    options: tuple[tuple[str, object], ...] = ()
    coverage: tuple[OperationCoverage, ...] = ()

    def fails(self, finding: Finding) -> bool:
        """Whether a finding makes the verification fail."""
        return finding.kind != KNOWN and not (finding.kind == LENIENT and LENIENT in self.tolerated)

    @property
    def failing(self) -> list[Finding]:
        return [finding for finding in self.findings if self.fails(finding)]

    @property
    def severities(self) -> Mapping[str, int]:
        """How many failing findings there are of each severity, the gravest first."""
        return {severity: sum(f.severity == severity for f in self.failing) for severity in SEVERITIES}

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return INTERRUPTED
        if self.failing:
            return VIOLATED
        nothing = self.untestable or self.proof.open_core or self.proof.is_empty
        return UNTESTABLE if nothing else CONFORMING

    @property
    def insecure(self) -> bool:
        """Whether anybody between here and the target could have answered in its place."""
        return bool(dict(self.options).get("insecure")) and self.url.startswith("https:")

    def address_of(self, operation: str) -> str:
        """Method and path of an operation, as the contract has them; empty where it is none of the contract's."""
        found = (one for one in self.coverage if one.operation == operation)
        return next((f"{one.method} {one.path}" for one in found), "")


def merged(results: Iterable[Result]) -> Result:
    """Several runs, of several seeds, as one result."""
    runs = []
    for run in results:
        runs.append(run)
        if run.interrupted:
            break
    findings, proof = Findings(), Proof()
    coverage: dict[str, OperationCoverage] = {}
    for run in runs:
        findings.extend(run.findings)
        proof.merge(run.proof)
        for one in run.coverage:
            known = coverage.get(one.operation)
            coverage[one.operation] = joined(known, one) if known else one
    return Result(
        url=runs[0].url,
        seeds=tuple(seed for run in runs for seed in run.seeds),
        digest=runs[0].digest,
        began=runs[0].began,
        contract=runs[0].contract,
        findings=findings,
        proof=proof,
        builds=sum(run.builds for run in runs),
        requests=sum(run.requests for run in runs),
        seconds=sum(run.seconds for run in runs),
        untestable=next((run.untestable for run in runs if run.untestable), ""),
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
        tolerated=runs[0].tolerated,
        options=runs[0].options,
        generated=sum(run.generated for run in runs),
        interrupted=runs[-1].interrupted,
        coverage=tuple(coverage.values()),
    )
