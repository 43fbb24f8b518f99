"""The SARIF 2.1.0 report: each finding at its line of the contract, for code scanning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from contract_tests.checks.registry import BY_ID
from contract_tests.results.findings import KNOWN, Finding
from contract_tests.results.reports.exchanges import read_request
from contract_tests.results.reports.json_report import exact
from contract_tests.results.reports.safe_text import to_json, visible
from contract_tests.results.reports.terminal import verdict
from contract_tests.results.reports.versions import version_of
from contract_tests.results.result import CONFORMING, VIOLATED, Result

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LONGEST = 4_000
LEVELS: Mapping[str, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
SECURITY_SEVERITIES: Mapping[str, str] = {"critical": "9.5", "high": "8.0", "medium": "5.0", "low": "2.0"}
"""What GitHub sorts findings of security by: the scale of CVSS."""
DATE_TIME = "%Y-%m-%dT%H:%M:%SZ"


def render(result: Result) -> str:
    """The report as JSON."""
    return to_json(value(result))


def value(result: Result) -> dict[str, Any]:
    """The report as plain data."""
    rules = list(dict.fromkeys(finding.check for finding in result.findings))
    driver = {
        "name": "rainbond-verify",
        "version": version_of("rainbond-mock"),
        "rules": [_rule(check) for check in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(result)],
        "results": [_result(result, finding, rules.index(finding.check)) for finding in result.findings],
        "properties": {"url": result.url, "contract": result.digest},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check_id: str) -> dict[str, Any]:
    check = BY_ID.get(check_id)
    if check is None:
        return {"id": check_id}
    security = {"security-severity": SECURITY_SEVERITIES[check.severity]} if check.security else {}
    return {
        "id": check.id,
        "shortDescription": {"text": check.sentence},
        "help": {"text": f"{check.sentence} See docs/checks.md."},
        "defaultConfiguration": {"level": LEVELS[check.severity]},
        "properties": {"tags": ["security", check.source] if check.security else [check.source], **security},
    }


def _invocation(result: Result) -> dict[str, Any]:
    times = {}
    if result.began is not None:
        times["startTimeUtc"] = result.began.strftime(DATE_TIME)
        times["endTimeUtc"] = (result.began + timedelta(seconds=result.seconds)).strftime(DATE_TIME)
    told = [(result.untestable, "error"), *((note, "note") for note in result.notes)]
    return {
        "executionSuccessful": result.exit_code in (CONFORMING, VIOLATED),
        "exitCode": result.exit_code,
        "exitCodeDescription": verdict(result),
        **times,
        "toolExecutionNotifications": [
            {"message": {"text": visible(text)}, "level": level} for text, level in told if text
        ],
    }


def _result(result: Result, finding: Finding, rule: int) -> dict[str, Any]:
    text = f"{finding.purpose} ({finding.constraint}): expected {finding.expected}; got {finding.observed}"
    known = [{"kind": "external", "justification": finding.reason}] if finding.kind == KNOWN else []
    return {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity] if result.fails(finding) else "note",
        "message": {"text": visible(text)},
        "locations": [_location(result, finding)],
        "partialFingerprints": {"finding/v1": finding.fingerprint},
        "occurrenceCount": finding.times,
        "suppressions": known,
        "properties": {"id": finding.id, "severity": finding.severity, "class": finding.kind},
        **_exchange(finding),
    }


def _location(result: Result, finding: Finding) -> dict[str, Any]:
    file, _, line = finding.where.rpartition(":")
    address = result.address_of(finding.operation)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(file)},
            "region": {"startLine": max(1, int(line))},
        },
        "logicalLocations": [
            {"name": finding.operation, "fullyQualifiedName": address or finding.operation, "kind": "member"}
        ],
    }


def _exchange(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {}
    request = read_request(finding.request)
    if request is not None:
        headers = {name: visible(text) for name, text in request.headers}
        found["webRequest"] = {
            "protocol": "HTTP",
            "version": "1.1",
            "method": request.method,
            "target": visible(request.target),
            "headers": headers,
            "body": _content(request.body),
        }
    if finding.answer:
        head, _, body = finding.answer.partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1:2]
        code = {"statusCode": int(status[0])} if status and status[0].isdigit() else {"noResponseReceived": True}
        found["webResponse"] = {**code, "body": _content(body)}
    return found


def _content(body: bytes) -> dict[str, str]:
    """The beginning of a body: what is cut stands in the JSON report."""
    content = exact(body, LONGEST)
    return {"text": content["text"]} if "text" in content else {"binary": content["base64"]}
