"""The Markdown report: for `$GITHUB_STEP_SUMMARY`, merge requests, tickets."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.results.findings import KNOWN, Finding
from contract_tests.results.proof import NOT_ASKED, PARTLY, PROVEN, UNPROVEN, VIOLATED
from contract_tests.results.reports import coverage
from contract_tests.results.reports.exchanges import curl
from contract_tests.results.reports.grouping import Cause, by_operation, causes
from contract_tests.results.reports.safe_text import (
    code_span,
    excerpt,
    longest_run,
    one_line,
    shortened,
    without_commands,
)
from contract_tests.results.reports.terminal import INSECURE, counted, verdict
from contract_tests.results.result import Result

LONGEST_TEXT, LONGEST_MESSAGE = 300, 2_000
MOST_EXCHANGES = 20
"""Findings whose request and answer are shown: GitHub takes a summary of one megabyte."""
STATES = (PROVEN, PARTLY, VIOLATED, UNPROVEN, NOT_ASKED)


def render(result: Result) -> str:
    """The report as GitHub-flavoured Markdown."""
    return "".join(f"{line}\n" for line in _lines(result))


def _lines(result: Result) -> Iterator[str]:
    yield f"## {verdict(result)} {code_span(result.url)}"
    yield ""
    yield from _facts(result)
    new = causes(finding for finding in result.findings if finding.kind != KNOWN)
    if new:
        yield from _table(result, new)
        yield from _exchanges(result, new)
    known = [finding for finding in result.findings if finding.kind == KNOWN]
    if known:
        yield "### Known deviations"
        yield ""
        yield from (f"- {code_span(f.check)} {code_span(f.constraint)}: {code_span(f.reason)}" for f in known)
        yield ""
    yield from _proof(result)
    yield from _folded("Statuses by operation", coverage.table(result))


def _facts(result: Result) -> Iterator[str]:
    sent, planned = result.proof.sent
    severities = ", ".join(f"{count} {severity}" for severity, count in result.severities.items() if count)
    if result.insecure:
        yield f"**{INSECURE}.**  "
    if result.untestable:
        yield f"{code_span(result.untestable)}  "
    if result.failing:
        yield f"**{counted(len(result.failing), 'finding')}**: {severities}  "
    began = f", {result.began:%Y-%m-%d %H:%M} UTC" if result.began else ""
    yield (
        f"{sent} of {planned} planned cases sent; {result.requests} requests, {result.builds} accepted, "
        f"{result.seconds:.1f} s{began}; contract {code_span(result.contract)} `{result.digest[:12]}`"
    )
    yield ""
    yield from (f"- {code_span(note)}" for note in result.notes)
    yield ""


def _table(result: Result, found: list[Cause]) -> Iterator[str]:
    yield "| Severity | Finding | Operation | About | Times | Contract |"
    yield "|---|---|---|---|--:|---|"
    for cause in found:
        for finding in cause.findings:
            tolerated = "" if result.fails(finding) else " (tolerated)"
            address = result.address_of(finding.operation) or finding.operation
            yield (
                f"| {finding.severity}{tolerated} | `{finding.id}` | {code_span(address)} | "
                f"{code_span(finding.constraint)} | {finding.times} | {code_span(finding.where)} |"
            )
    yield ""


def _exchanges(result: Result, found: list[Cause]) -> Iterator[str]:
    findings = [finding for cause in found for finding in cause.findings]
    for finding in findings[:MOST_EXCHANGES]:
        yield from _folded(f"{finding.id}: {_html(finding.purpose)}", _exchange(finding, result.url))
    if len(findings) > MOST_EXCHANGES:
        yield f"Requests and answers of the other {len(findings) - MOST_EXCHANGES} stand in the HTML and JSON reports."
        yield ""


def _exchange(finding: Finding, url: str) -> Iterator[str]:
    yield f"Expected {code_span(shortened(finding.expected, LONGEST_TEXT))}  "
    yield f"Got {code_span(shortened(finding.observed, LONGEST_TEXT))}"
    yield ""
    command = curl(finding.request, url)
    if command:
        yield from _fenced(command, "bash")
    for data in (finding.request, finding.answer):
        part = excerpt(data, LONGEST_MESSAGE)
        yield from _fenced(f"{part.text}\n({part.cut})" if part.cut else part.text, "http")


def _fenced(text: str, language: str) -> Iterator[str]:
    fence = "`" * max(3, longest_run("`", text) + 1)
    yield f"{fence}{language}"
    yield without_commands(text)
    yield fence
    yield ""


def _proof(result: Result) -> Iterator[str]:
    operations = by_operation(result.proof)
    if not operations:
        return
    yield f"| Proof | {' | '.join(STATES)} |"
    yield f"|---|{'--:|' * len(STATES)}"
    for operation, requirements in operations.items():
        counts = [sum(one.state == state for one in requirements) for state in STATES]
        yield f"| {code_span(operation)} | {' | '.join(map(str, counts))} |"
    yield ""


def _folded(summary: str, lines: Iterator[str]) -> Iterator[str]:
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def _html(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
