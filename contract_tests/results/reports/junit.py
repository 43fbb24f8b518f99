"""The JUnit report: one test case for each obligation, for CI systems."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contract_tests.results.findings import Finding
from contract_tests.results.proof import NOT_ASKED, UNPROVEN, Requirement
from contract_tests.results.result import Result

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST = 4000


def render(result: Result) -> str:
    """The report as XML."""
    suite = Element("testsuite", name="rainbond-verify", time=f"{result.seconds:.3f}")
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for obligation in result.proof:
        _obligation(suite, obligation, result, counts)
    if result.untestable:
        counts["tests"] += 1
        counts["errors"] += 1
        case = SubElement(suite, "testcase", classname="target", name="can be tested")
        SubElement(case, "error", message=clean(result.untestable))
    for name, number in counts.items():
        suite.set(name, str(number))
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _obligation(suite: Element, obligation: Requirement, result: Result, counts: dict[str, int]) -> None:
    case = SubElement(suite, "testcase", classname=clean(obligation.operation), name=clean(obligation.constraint))
    counts["tests"] += 1
    found = [
        finding
        for finding in result.failing
        if (finding.operation, finding.constraint) == (obligation.operation, obligation.constraint)
    ]
    for finding in found:
        failure = SubElement(case, "failure", message=clean(f"{finding.id}: {finding.purpose}"), type=finding.check)
        failure.text = clean(_details(finding))
    if found:
        counts["failures"] += 1
    elif obligation.state == UNPROVEN:
        counts["errors"] += 1
        SubElement(case, "error", message=clean(f"unproven: {obligation.why}"))
    elif obligation.state == NOT_ASKED:
        counts["skipped"] += 1
        SubElement(case, "skipped", message=clean(obligation.why or "not asked for"))


def _details(finding: Finding) -> str:
    request = finding.request[:LONGEST].decode("utf-8", "backslashreplace")
    answer = finding.answer[:LONGEST].decode("utf-8", "backslashreplace")
    return (
        f"{finding.where}\nexpected: {finding.expected}\nobserved: {finding.observed}\n"
        f"\n--- request\n{request}\n--- answer\n{answer}\n"
    )


def clean(text: str) -> str:
    """Text without the signs that XML cannot hold."""
    return NOT_XML.sub("\ufffd", text)
