"""`pytest contract_tests`: the verifier's cases, one test for each operation × constraint."""

# ruff: noqa: S101 - a pytest module

from __future__ import annotations

import pytest

from contract_tests.results.reports.terminal import lines
from contract_tests.verification.run import Result


def test_target_can_be_tested(result: Result) -> None:
    """Something was proven at all: the target accepts a valid request, and every core obligation was settled."""
    open_core = [obligation.constraint for obligation in result.proof.open_core]
    assert not result.untestable, result.untestable
    assert open_core == []


def test_obligation(result: Result, obligation: tuple[str, str]) -> None:
    """No answer contradicts the contract in this point."""
    if result.untestable:
        pytest.skip(result.untestable)
    found = [finding for finding in result.failing if (finding.operation, finding.constraint) == obligation]
    assert not found, "\n".join(line for line in lines(result) if line)
