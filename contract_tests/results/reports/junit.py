"""The JUnit report, for CI systems: one test for each finding that fails the run, and for each requirement without one.

So `failures` is the number of findings that the other reports count, and the run is green exactly where `failures` and
`errors` are 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contract_tests.results.findings import Finding
from contract_tests.results.proof import NOT_ASKED, UNPROVEN, Requirement
from contract_tests.results.reports.safe_text import excerpt, visible
from contract_tests.results.reports.terminal import VERDICTS
from contract_tests.results.result import CONFORMING, VIOLATED, Result

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST = 4_000
OUTCOMES = ("failure", "error", "skipped")


def render(result: Result) -> str:
    """The report as XML."""
    cases = [*_findings(result), *_requirements(result), *_verdict(result)]
    if result.exit_code not in (CONFORMING, VIOLATED) and not any(case.find("error") is not None for case in cases):
        cases.append(_case("target", "can be tested", "error", VERDICTS[result.exit_code].lower()))
    counts = {outcome: sum(case.find(outcome) is not None for case in cases) for outcome in OUTCOMES}
    suite = Element(
        "testsuite",
        name="rainbond-verify",
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{result.seconds:.3f}",
    )
    if result.began is not None:
        suite.set("timestamp", result.began.strftime("%Y-%m-%dT%H:%M:%S"))
    suite.extend(cases)
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _findings(result: Result) -> Iterator[Element]:
    for finding in result.findings:
        name = f"{finding.constraint} [{finding.id}]"
        if not result.fails(finding):
            why = f"known: {finding.reason}" if finding.reason else f"tolerated: {finding.purpose}"
            yield _case(finding.operation, name, "skipped", why)
            continue
        case = _case(finding.operation, name, "failure", f"{finding.id}: {finding.purpose}")
        failure = case[0]
        failure.set("type", finding.check)
        failure.text = _xml(_details(finding))
        yield case


def _requirements(result: Result) -> Iterator[Element]:
    failing = {(finding.operation, finding.constraint) for finding in result.failing}
    for requirement in result.proof:
        if (requirement.operation, requirement.constraint) not in failing:
            yield _case(requirement.operation, requirement.constraint, *_outcome(requirement))


def _outcome(requirement: Requirement) -> tuple[str, str]:
    """Only a core requirement that is open makes a run worthless; another one may be left open, and says why."""
    if requirement.state == UNPROVEN:
        return "error", f"unproven: {requirement.why}"
    if requirement.state == NOT_ASKED:
        return "skipped", requirement.why or "not asked for"
    return "", ""


def _verdict(result: Result) -> Iterator[Element]:
    if result.untestable:
        yield _case("target", "can be tested", "error", result.untestable)


def _case(classname: str, name: str, outcome: str, message: str) -> Element:
    case = Element("testcase", classname=_xml(classname), name=_xml(name))
    if outcome:
        SubElement(case, outcome, message=_xml(message))
    return case


def _details(finding: Finding) -> str:
    texts = [f"{finding.where}\nexpected: {finding.expected}\nobserved: {visible(finding.observed)}\n"]
    for name, data in (("request", finding.request), ("answer", finding.answer)):
        part = excerpt(data, LONGEST)
        texts.append(f"--- {name}\n{part.text}\n{part.cut}")
    return "\n".join(texts)


def _xml(text: str) -> str:
    """Text without the signs that XML cannot hold, or that hide."""
    return NOT_XML.sub("\ufffd", visible(text))
