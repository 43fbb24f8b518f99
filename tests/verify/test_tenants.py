"""What exists on the target, and in which order it is asked for, comes from the contract: tenants, shops and orders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.results.proof import PROVEN
from contract_tests.results.reports import FORMATS, render
from contract_tests.results.reports.terminal import lines
from contract_tests.results.result import CONFORMING, VIOLATED, Result
from contract_tests.settings import resolve
from contract_tests.verification.run import verify
from mock_server.contract.loader import load_contract
from mock_server.settings import Settings
from mock_server.web.serving.running import running

SPEC = Path(__file__).parent / "tenants.yaml"
CATALOGUE = SPEC.with_name("tenants-catalogue.yaml")
IDS = {"tenant": "acme", "shop": "7", "order": "0A1B2C3D4E5F", "other-shop": "8", "other-order": "9Z8Y7X6W5V4U"}
FOREIGN = re.compile(r"(?i)\b(rainbond|team|region|component|console|enterprise|build|team_id|service_id)\b")
TOOL = re.compile(r"rainbond-(verify|mock)|RAINBOND_[A-Z_]+|rainbond\.toml|--max-builds|\"region\": \{")
"""What reports may say of this tool; SARIF calls a place in a file a region."""


def verified(served: Path, catalogue: Path = CATALOGUE) -> Result:
    with running(Settings(spec=served, catalogue=catalogue, event_ids="sequence")) as mock:
        options = {"url": mock.url, "token": "Key-of-the-Shopkeeper-81", "ids": IDS, "fuzz": False, "max_time": 90.0}
        return verify(load_contract(SPEC), resolve(options, {}))


@pytest.fixture(scope="module")
def conforming() -> Result:
    return verified(SPEC)


@pytest.fixture(scope="module")
def lax(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Of a server that lets longer notes through, and takes an order of another shop for the shop's own."""
    folder = tmp_path_factory.mktemp("lax")
    (folder / "tenants.yaml").write_text(SPEC.read_text(encoding="utf-8").replace("maxLength: 80", "maxLength: 90"))
    (folder / "catalogue.yaml").write_text(CATALOGUE.read_text(encoding="utf-8").replace("shop: 8", "shop: 7"))
    return verified(folder / "tenants.yaml", folder / "catalogue.yaml")


def test_what_belongs_together_is_proven_by_the_contracts_own_words(conforming: Result) -> None:
    states = {requirement.constraint: requirement.state for requirement in conforming.proof}

    assert conforming.exit_code == CONFORMING, list(conforming.findings)
    for constraint in ("ids belong together", "path tenant", "path shop", "path order", "order of checks", "token"):
        assert states[constraint] == PROVEN, constraint


def test_deviations_are_found(lax: Result) -> None:
    assert lax.exit_code == VIOLATED
    assert {finding.check for finding in lax.findings} >= {"limit-not-enforced", "foreign-id-accepted"}


def reports(result: Result) -> Iterator[tuple[str, str]]:
    yield "terminal", "\n".join(lines(result))
    yield from ((form, render(form, result)) for form in FORMATS)


def test_no_report_speaks_of_another_api(conforming: Result, lax: Result) -> None:
    for result in (conforming, lax):
        for form, text in reports(result):
            found = FOREIGN.search(TOOL.sub("", text))
            assert found is None, (form, text[found.start() - 80 : found.end() + 80])
