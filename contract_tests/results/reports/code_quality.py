"""GitLab's code quality report: each finding at its line of the contract, shown in merge requests."""

from __future__ import annotations

from collections.abc import Mapping

from contract_tests.results.reports.safe_text import one_line, to_json
from contract_tests.results.result import Result

SEVERITIES: Mapping[str, str] = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}


def render(result: Result) -> str:
    """The report as JSON."""
    return to_json(
        [
            {
                "description": one_line(
                    f"{result.address_of(finding.operation) or finding.operation}: {finding.purpose} "
                    f"({finding.constraint}): expected {finding.expected}; got {finding.observed}"
                ),
                "check_name": finding.check,
                "fingerprint": finding.fingerprint,
                "severity": SEVERITIES[finding.severity],
                "location": {
                    "path": finding.where.rpartition(":")[0],
                    "lines": {"begin": int(finding.where.rpartition(":")[2])},
                },
            }
            for finding in result.failing
        ]
    )
