"""The list of checks is true: ids are well-formed, sorted and unique, described, documented, and in use."""

from __future__ import annotations

import json
import re
from pathlib import Path

from contract_tests.cases.case import CORE
from contract_tests.cases.suite import Scope, suites
from contract_tests.checks.registry import CHECKS, Check
from contract_tests.results.findings import SEVERITIES
from contract_tests.target.target import Target
from mock_server.contract.model import Contract
from tests.verify.faults import Served

ROOT = Path(__file__).parents[2]
KEBAB = re.compile(r"[a-z]+(-[a-z]+)*")


def test_ids_are_kebab_case_sorted_and_unique() -> None:
    ids = [check.id for check in CHECKS]
    assert ids == sorted(set(ids))
    assert all(KEBAB.fullmatch(name) for name in ids)


def test_each_check_says_in_one_sentence_what_holds() -> None:
    for check in CHECKS:
        assert check.sentence[0].isupper(), check.id
        assert check.sentence.endswith("."), check.id
        assert check.severity in SEVERITIES, check.id
        assert check.source in ("documented", "observed"), check.id


def test_documentation_lists_the_checks_as_they_are() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 6]
    assert [_row(check) for check in CHECKS] == rows


def _row(check: Check) -> str:
    security = "yes" if check.security else ""
    return f"| `{check.id}` | {check.severity} | {check.source} | {security} | {check.sentence} |"


def test_each_check_is_in_use() -> None:
    sources = [p for p in (ROOT / "contract_tests").rglob("*.py") if p.name != "registry.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [check.id for check in CHECKS if f'"{check.id}"' not in text] == []


def test_each_case_is_unique_and_says_what_it_proves(contract: Contract) -> None:
    """Ids are unique, checks exist, purposes are there, the place in the contract can be named."""
    settings = Served("http://127.0.0.1:9", None).settings()  # type: ignore[arg-type]
    found = suites(contract, Target(settings.url, settings.identity), Scope())
    cases = [case for suite in found for case in suite.cases]
    ids = [case.id for case in cases]
    assert len(ids) == len(set(ids))
    assert {case.check for case in cases} <= {check.id for check in CHECKS}
    assert all(case.purpose and contract.source.place(case.where) for case in cases)


def test_invalid_bodies_differ_from_the_accepted_one_in_one_property(contract: Contract) -> None:
    """What refutes a constraint proves it only where nothing else is wrong."""
    settings = Served("http://127.0.0.1:9", None).settings()  # type: ignore[arg-type]
    (suite,) = suites(contract, Target(settings.url, settings.identity), Scope())
    base = suite.under_test.body.base
    for case in suite.cases:
        core = (
            case.priority == CORE
            and case.expect.refuses
            and case.constraint.startswith(("enum ", "limit ", "pattern ", "type "))
        )
        if core:
            body = json.loads(case.request.body or b"{}")
            assert [case.constraint.split()[1]] == [name for name in base if body[name] != base[name]], case.id
