"""Annotations for GitHub Actions: workflow commands that mark the contract's lines in a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contract_tests.results.findings import Finding
from contract_tests.results.reports.safe_text import one_line, shortened
from contract_tests.results.reports.terminal import VERDICTS
from contract_tests.results.result import CONFORMING, VIOLATED, Result

LEVELS: Mapping[str, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}
LONGEST = 1_000


def render(result: Result) -> str:
    """One line for each finding that fails the run, the gravest first: GitHub shows ten of a kind."""
    return "".join(f"{line}\n" for line in _lines(result))


def _lines(result: Result) -> Iterator[str]:
    if result.exit_code not in (CONFORMING, VIOLATED):
        why = result.untestable or "not everything was asked that a verdict needs"
        yield f"::error title={_property(VERDICTS[result.exit_code])}::{_data(why)}"
    for finding in result.failing:
        yield _annotation(finding, result.address_of(finding.operation) or finding.operation)


def _annotation(finding: Finding, address: str) -> str:
    file, _, line = finding.where.rpartition(":")
    place = f"file={_property(file)},line={line},title={_property(f'{finding.check} {address}')}"
    text = f"{finding.purpose} ({finding.constraint}): expected {finding.expected}; got {finding.observed}"
    return f"::{LEVELS[finding.severity]} {place}::{_data(text)}"


def _data(text: str) -> str:
    return shortened(one_line(text), LONGEST).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
