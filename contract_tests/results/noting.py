"""A problem that a check found, as a finding: with its severity, what a baseline knows of it, and secrets masked."""

from __future__ import annotations

from contract_tests.cases.case import Case
from contract_tests.checks.problem import Problem
from contract_tests.checks.registry import BY_ID
from contract_tests.results.baseline import Baseline
from contract_tests.results.findings import KNOWN, LENIENT, VIOLATION, Finding
from contract_tests.results.masking import Masker
from contract_tests.transport.answer import Answer


def finding_of(
    problem: Problem,
    case: Case,
    baseline: Baseline,
    masker: Masker,
    *,
    where: str,
    sent: bytes,
    answer: Answer | None,
    seconds: float,
    longest: int | None = None,
) -> Finding:
    """The finding of a problem; `where` is a place in the contract, of request and answer `longest` bytes are kept."""
    check = BY_ID[problem.check]
    generous = case.lenient and problem.check == case.check and not check.security
    observed = masker.text(problem.observed)
    reason = baseline.reason_for(problem.check, case.operation, case.constraint, case.id, observed)
    return Finding(
        check=problem.check,
        severity=check.severity,
        kind=KNOWN if reason is not None else LENIENT if generous else VIOLATION,
        reason=reason or "",
        operation=case.operation,
        constraint=case.constraint,
        case=case.id,
        purpose=case.purpose,
        expected=masker.text(problem.expected),
        observed=observed,
        where=where,
        request=masker.data(sent[:longest]),
        answer=masker.answer((answer.head + answer.body)[:longest]) if answer else b"",
        seconds=seconds,
    )
