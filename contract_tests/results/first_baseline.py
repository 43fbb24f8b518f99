"""A first baseline: an entry for each finding that fails a run; who accepts it, and why, is left to be written."""

from __future__ import annotations

import datetime
import glob
from collections.abc import Iterator

import yaml

from contract_tests.results.baseline import TO_WRITE
from contract_tests.results.findings import Finding
from contract_tests.results.result import Result
from mock_server.contract.document.diagnostics import shown

DAYS = 30
"""How long an entry counts that nobody has looked at yet."""


def first_baseline(result: Result, today: datetime.date) -> str:
    """The baseline as YAML: with it the same run is green, until its entries expire."""
    return "".join(f"{line}\n" for line in _lines(result, today + datetime.timedelta(DAYS)))


def _lines(result: Result, expires: datetime.date) -> Iterator[str]:
    yield f"# What {result.url} does against the contract ({shown(result.contract)}, {result.digest[:12]})."
    yield f"# Each entry counts until {expires}, and each run tells how many are still to be filled in: write why the"
    yield "# deviation is accepted and who looks at it again, or take the entry out and repair the server."
    yield "known:" if result.failing else "known: []"
    for finding in result.failing:
        yield ""
        yield f"  # {finding.severity}: {shown(finding.purpose)}; got {shown(finding.observed)}"
        yield from _entry(finding, expires)


def _entry(finding: Finding, expires: datetime.date) -> Iterator[str]:
    entry = {
        "check": finding.check,
        "operation": glob.escape(finding.operation),
        "constraint": glob.escape(finding.constraint),
        "reason": f"{TO_WRITE} why is this accepted?",
        "owner": f"{TO_WRITE} who looks at it again?",
        "expires": str(expires),
    }
    text = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=110)
    yield from (f"  {line}" for line in text.splitlines())
