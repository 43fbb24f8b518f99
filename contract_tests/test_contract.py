"""`pytest contract_tests`: one test for each requirement of the contract, and what Schemathesis generates."""

# ruff: noqa: S101 - a pytest module

from __future__ import annotations

from typing import Any

import pytest
import schemathesis

from contract_tests import hooks
from contract_tests.results.reports.terminal import lines
from contract_tests.results.result import Result
from contract_tests.verification.fuzzing import schema_of
from contract_tests.verification.live import LiveTarget
from mock_server.contract.loader import load_contract

schema = schema_of(load_contract())


def test_target_can_be_tested(result: Result) -> None:
    """Something was proven at all: the target accepts a valid request, and every core requirement was settled."""
    open_core = [requirement.constraint for requirement in result.proof.open_core]
    assert not result.untestable, result.untestable
    assert open_core == []


def test_requirement(result: Result, requirement: tuple[str, str]) -> None:
    """Something was sent for this point of the contract, and no answer contradicts it."""
    if result.untestable:
        pytest.skip(result.untestable)
    found = [finding for finding in result.failing if (finding.operation, finding.constraint) == requirement]
    assert not found, "\n".join(line for line in lines(result) if line)
    outcome = result.proof.requirement(*requirement)
    if outcome is None or not (outcome.proven or outcome.known):
        pytest.skip((outcome.why if outcome else "") or "nothing was sent for it")


@schema.parametrize()
def test_generated(case: schemathesis.Case[Any], live: LiveTarget) -> None:
    """What Schemathesis generates is answered as documented, by its checks and those of `contract_tests.hooks`."""
    hooks.attach(schema, live)
    if live.over and not live.sent:
        pytest.skip(live.over)
    if not live.over:
        case.call_and_validate()
