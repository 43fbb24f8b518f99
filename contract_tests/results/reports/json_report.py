"""The JSON report: everything, for programs; and what `rainbond-verify replay` reads."""

from __future__ import annotations

import base64
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from contract_tests.results.findings import Finding
from contract_tests.results.result import Result

PACKAGES = ("rainbond-mock", "schemathesis", "hypothesis")


def render(result: Result) -> str:
    """The report as indented JSON."""
    return json.dumps(value(result), indent=2, ensure_ascii=False) + "\n"


def value(result: Result) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "report": "rainbond-verify",
        "url": result.url,
        "exit_code": result.exit_code,
        "untestable": result.untestable,
        "seeds": list(result.seeds),
        "contract": result.digest,
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "options": dict(result.options),
        "requests": result.requests,
        "generated": result.generated,
        "accepted": result.builds,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
        "proof": [
            {
                "operation": obligation.operation,
                "constraint": obligation.constraint,
                "state": obligation.state,
                "core": obligation.core,
                "cases": {
                    "planned": obligation.planned,
                    "proven": obligation.proven,
                    "violated": obligation.violated,
                    "skipped": obligation.skipped,
                },
                "why": obligation.why,
            }
            for obligation in result.proof
        ],
        "findings": [_finding(finding, fails=result.fails(finding)) for finding in result.findings],
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
        "answer": exact(finding.answer),
    }


def exact(data: bytes) -> dict[str, str]:
    """Bytes that survive JSON: as text where they are text, else as base64."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
