"""The HTML report: one page without scripts or anything from elsewhere, to attach to a build."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from contract_tests.results.findings import Finding
from contract_tests.results.reports.terminal import VERDICTS
from contract_tests.results.result import Result

LONGEST = 20_000
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd}
pre{background:#f6f6f6;padding:.8em;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.proven{color:#1a7f37}.violated,.violation{color:#b3261e}.unproven,.lenient{color:#8a5a00}.known,.not{color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}pre{background:#2a2a2a}td,th{border-color:#444}}
"""


def render(result: Result) -> str:
    """The report as one HTML page."""
    return "".join(_page(result))


def _page(result: Result) -> Iterator[str]:
    verdict = VERDICTS[result.exit_code]
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{verdict}: {escape(result.url)}</title>'
    yield f"<style>{STYLE}</style></head><body><h1>{verdict}</h1><p>{escape(result.url)}</p>"
    if result.untestable:
        yield f"<p>{escape(result.untestable)}</p>"
    yield (
        f"<p>{result.requests} requests, {result.builds} accepted (each may be a build), {result.seconds:.1f} s, "
        f"seeds {escape(', '.join(map(str, result.seeds)))}, contract {result.digest[:12]}</p>"
    )
    yield from (f"<p>{escape(note)}</p>" for note in result.notes)
    yield "<h2>Findings</h2>"
    if not len(result.findings):
        yield "<p>None.</p>"
    for finding in result.findings:
        yield from _finding(finding)
    yield "<h2>Proof</h2><table><tr><th>operation<th>constraint<th>state<th>cases<th>why</tr>"
    for obligation in result.proof:
        yield (
            f"<tr><td>{escape(obligation.operation)}<td>{escape(obligation.constraint)}"
            f'<td class="{obligation.state}">{obligation.state}<td>{obligation.counts}<td>{escape(obligation.why)}</tr>'
        )
    yield "</table></body></html>\n"


def _finding(finding: Finding) -> Iterator[str]:
    yield f'<h3 id="{escape(finding.id)}" class="{finding.kind}">{escape(finding.id)}</h3>'
    yield f"<p>{finding.severity} {finding.kind}: {escape(finding.purpose)} ({escape(finding.where)})</p>"
    if finding.reason:
        yield f"<p>Known: {escape(finding.reason)}</p>"
    yield f"<p>Expected: {escape(finding.expected)}<br>Observed: {escape(finding.observed)}</p>"
    for name, data in (("Request", finding.request), ("Answer", finding.answer)):
        text = data[:LONGEST].decode("utf-8", "backslashreplace")
        yield f"<details><summary>{name}</summary><pre>{escape(text)}</pre></details>"
