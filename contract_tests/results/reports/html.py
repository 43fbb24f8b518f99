"""The HTML report: one page without scripts or anything from elsewhere, to attach to a build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contract_tests.checks.registry import BY_ID
from contract_tests.results.findings import KNOWN, SEVERITIES, Finding
from contract_tests.results.reports.exchanges import curl
from contract_tests.results.reports.grouping import Cause, by_operation, causes
from contract_tests.results.reports.safe_text import Excerpt, excerpt, visible
from contract_tests.results.reports.terminal import INSECURE, counted, verdict
from contract_tests.results.reports.versions import versions
from contract_tests.results.result import Result

LONGEST = 8_000
"""Bytes of a request or an answer that the page shows."""
OPEN_CAUSES = 3
"""Causes that are unfolded when the page is opened, unless there are few findings anyway."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the page shows of a finding beside its own texts."""

    request: Excerpt
    answer: Excerpt
    curl: str


def render(result: Result) -> str:
    """The report as one HTML page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        # Whatever a server sent is text on the page; nothing in the template is marked as safe.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    return environment.get_template("report.html.j2").render(
        result=result,
        verdict=verdict(result),
        insecure=INSECURE,
        severities=SEVERITIES,
        causes=causes(finding for finding in result.findings if finding.kind != KNOWN),
        known=causes(finding for finding in result.findings if finding.kind == KNOWN),
        proof=by_operation(result.proof),
        versions=versions(),
        open_causes=OPEN_CAUSES,
        counted=counted,
        sentence=_sentence,
        exchange=lambda finding: _exchange(finding, result.url),
    )


def _sentence(cause: Cause) -> str:
    return BY_ID[cause.check].sentence if cause.check in BY_ID else ""


def _exchange(finding: Finding, url: str) -> Exchange:
    return Exchange(excerpt(finding.request, LONGEST), excerpt(finding.answer, LONGEST), curl(finding.request, url))
