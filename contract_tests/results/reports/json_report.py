"""The JSON report: everything, for programs; and what `rainbond-verify replay` reads."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from contract_tests.results.coverage import OperationCoverage
from contract_tests.results.findings import Finding
from contract_tests.results.reports.safe_text import to_json
from contract_tests.results.reports.terminal import VERDICTS
from contract_tests.results.reports.versions import versions
from contract_tests.results.result import Result

SCHEMA = Path(__file__).with_name("report.schema.json")
"""What the report looks like, as JSON Schema."""
LONGEST_ANSWER = 64 * 1024


def render(result: Result) -> str:
    """The report as indented JSON."""
    return to_json(value(result))


def value(result: Result) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "report": "rainbond-verify",
        "version": 1,
        "began": result.began.isoformat(timespec="seconds") if result.began else None,
        "url": result.url,
        "verdict": VERDICTS[result.exit_code],
        "exit_code": result.exit_code,
        "untestable": result.untestable,
        "seeds": list(result.seeds),
        "contract": result.digest,
        "contract_title": result.contract,
        "versions": versions(),
        "options": dict(result.options),
        "requests": result.requests,
        "generated": result.generated,
        "accepted": result.builds,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
        "severities": dict(result.severities),
        "proof": [
            {
                "operation": requirement.operation,
                "constraint": requirement.constraint,
                "state": requirement.state,
                "core": requirement.core,
                "cases": {
                    "planned": requirement.planned,
                    "proven": requirement.proven,
                    "violated": requirement.violated,
                    "skipped": requirement.skipped,
                },
                "why": requirement.why,
            }
            for requirement in result.proof
        ],
        "findings": [_finding(finding, fails=result.fails(finding)) for finding in result.findings],
        "coverage": [_coverage(one) for one in result.coverage],
    }


def _coverage(one: OperationCoverage) -> dict[str, Any]:
    return {
        "operation": one.operation,
        "method": one.method,
        "path": one.path,
        "documented": list(one.documented),
        "answered": {str(status): count for status, count in one.answered.items()},
    }


def _finding(finding: Finding, *, fails: bool) -> dict[str, Any]:
    return {
        "id": finding.id,
        "fingerprint": finding.fingerprint,
        "check": finding.check,
        "severity": finding.severity,
        "class": finding.kind,
        "fails": fails,
        "reason": finding.reason,
        "operation": finding.operation,
        "constraint": finding.constraint,
        "case": finding.case,
        "purpose": finding.purpose,
        "expected": finding.expected,
        "observed": finding.observed,
        "contract": finding.where,
        "times": finding.times,
        "seeds": list(finding.seeds),
        "seconds": round(finding.seconds, 3),
        "request": exact(finding.request),
        "answer": exact(finding.answer, LONGEST_ANSWER),
    }


def exact(data: bytes, longest: int | None = None) -> dict[str, Any]:
    """Bytes that survive JSON: as text where they are text, else as base64; `bytes` is the size of what is cut."""
    kept = data[:longest]
    cut = {"bytes": len(data)} if len(kept) < len(data) else {}
    try:
        return {"text": kept.decode("utf-8"), **cut}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(kept).decode(), **cut}
