"""No false alarm: the kit's own mock, in all its modes, proves everything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contract_tests.results.baseline_file import load_baseline
from contract_tests.results.proof import PROVEN
from contract_tests.results.result import CONFORMING, merged
from contract_tests.settings import resolve
from contract_tests.target.target import CATALOGUE, in_process
from contract_tests.verification.run import verify
from mock_server.contract.model import Contract
from mock_server.settings import Settings as MockSettings
from mock_server.web.serving.running import running
from tests.verify.faults import IDENTITY

BASELINE = Path(__file__).parents[2] / "baselines" / "rainbond-console.yaml"


def test_mock_is_green_over_several_seeds(contract: Contract) -> None:
    """All of it, generated requests included, for each seed; and within the budget of builds."""
    with in_process() as (url, identity):
        runs = [
            verify(contract, resolve({"url": url, "seed": seed, "max_time": 120.0, **identity}, {})) for seed in (1, 2)
        ]
    assert [finding.id for finding in merged(runs).findings] == []
    assert [run.exit_code for run in runs] == [CONFORMING] * 2
    assert all(run.builds <= 25 and run.generated > 0 for run in runs)
    assert {PROVEN} == {requirement.state for requirement in merged(runs).proof}


def test_mock_without_a_catalogue_is_green(contract: Contract) -> None:
    """It knows no ids and no tokens, and gives the same request the same event id: both are its documented nature."""
    with running(MockSettings()) as mock:
        settings = resolve({"url": mock.url, "fuzz": False, "max_time": 60.0, **IDENTITY}, {})
        result = verify(contract, settings)
    assert [finding.id for finding in result.findings] == []
    assert result.exit_code == CONFORMING
    assert "unknown ids and tokens" in {requirement.constraint for requirement in result.proof}


def test_console_is_green_with_its_baseline(contract: Contract) -> None:
    """The recorded console's known deviations are named, and nothing else is found."""
    with running(MockSettings(profile="console", catalogue=CATALOGUE, event_ids="sequence")) as mock:
        settings = resolve({"url": mock.url, "max_time": 120.0, "fuzz": False, **IDENTITY}, {})
        without = verify(contract, replace(settings, only=("*/type/integer*",)))
        known = verify(contract, settings, load_baseline(BASELINE))
    assert without.failing
    assert [finding.id for finding in known.failing] == []
    assert known.exit_code == CONFORMING
    assert {finding.reason for finding in known.findings}


@pytest.mark.parametrize("missing", ["other_token", "other_app", "other_service"])
def test_what_is_out_of_reach_is_named_with_what_to_give(contract: Contract, missing: str) -> None:
    """A missing identity is no failure: the proof table says what to set."""
    with in_process() as (url, identity):
        given = {name: value for name, value in identity.items() if name != missing}
        result = verify(contract, resolve({"url": url, "fuzz": False, "only": ("core",), **given}, {}))
    hints = [why for requirement in result.proof for why in requirement.reasons]
    assert result.exit_code == CONFORMING
    assert [f"set RAINBOND_{missing.upper()}"] == hints
