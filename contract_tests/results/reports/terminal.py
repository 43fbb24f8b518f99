"""The report a person reads: progress while it runs; then verdict, findings by cause, proof, notes, in 80 columns."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from contract_tests.checks.registry import BY_ID
from contract_tests.results.findings import KNOWN, LENIENT, Finding
from contract_tests.results.proof import NOT_ASKED, PARTLY, PROVEN, UNPROVEN, VIOLATED, Requirement
from contract_tests.results.reports.grouping import Cause, by_operation, causes
from contract_tests.results.reports.safe_text import one_line, shortened
from contract_tests.results.result import Result

MOST_CAUSES, MOST_OF_A_CAUSE = 12, 3
WIDTH, NARROWEST, WIDEST = 80, 40, 120
LONGEST_TEXT = 300
BREAK = "\v"
"""A blank to textwrap, and in no text that was made visible."""
VERDICTS = {0: "CONFORMING", 1: "VIOLATED", 3: "NOT TESTABLE", 130: "INTERRUPTED"}
INSECURE = "The certificate was not checked (--insecure): whoever stands in between could have answered"
COLOURS = {0: "1;32", 1: "1;31", 3: "1;33", 130: "1;33"}
OF_SEVERITY = {"critical": "1;31", "high": "31", "medium": "33", "low": "36"}


@dataclass(frozen=True, slots=True)
class Screen:
    """What the report is written for."""

    width: int = WIDTH
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str] = os.environ) -> Screen:
        """The terminal behind a stream: NO_COLOR and FORCE_COLOR decide; else colours only where somebody watches."""
        live = stream.isatty()
        wanted = bool(environment.get("FORCE_COLOR")) or (live and environment.get("TERM") != "dumb")
        columns = shutil.get_terminal_size((WIDTH, 24)).columns if live else WIDTH
        return cls(min(max(columns, NARROWEST), WIDEST), wanted and not environment.get("NO_COLOR"))

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def wrap(self, text: str, indent: str, first: str | None = None) -> list[str]:
        """The text in lines of the screen's width; what has no blank may be longer, so that it can be copied."""
        head = indent if first is None else first
        wrapper = textwrap.TextWrapper(
            self.width,
            initial_indent=head,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )
        return wrapper.wrap(text) or [head.rstrip()]

    def wrap_path(self, text: str, indent: str, first: str) -> list[str]:
        """The same for a path, which is continued at a slash."""
        breakable = text.replace("/", f"{BREAK}/")
        return [line.replace(BREAK, "") for line in self.wrap(breakable, indent, first)]


class ProgressLine:
    """One line that says what is being done; nothing where nobody watches."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._last = ""

    def __call__(self, what: str, sent: int) -> None:
        if self._live and (what != self._last or sent % 20 == 0):
            self._last = what
            width = shutil.get_terminal_size((WIDTH, 24)).columns
            self._stream.write("\r\x1b[2K" + shortened(f"{sent:5d} requests  {one_line(what)}", width - 1))
            self._stream.flush()

    def done(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


def lines(result: Result, replay_file: str = "", screen: Screen | None = None) -> Iterator[str]:
    """The whole report."""
    screen = screen or Screen()
    yield f"{screen.paint(verdict(result), COLOURS[result.exit_code])}  {one_line(result.url)}"
    if result.insecure:
        yield from screen.wrap(f"{INSECURE}.", "  ")
    yield from screen.wrap(one_line(result.untestable) or _summary(result), "  ")
    yield ""
    yield from _findings(result, replay_file, screen)
    if not result.untestable:
        yield from _proof(result, screen)
    for note in result.notes:
        yield from screen.wrap(one_line(note), "  ", "note: ")
    yield from screen.wrap(_figures(result), "  ", "")


def verdict(result: Result) -> str:
    """The verdict in capitals, with what it cannot be trusted for."""
    word = VERDICTS[result.exit_code]
    return f"{word}, INSECURE" if result.insecure else word


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _summary(result: Result) -> str:
    sent, planned = result.proof.sent
    cases = f"{sent} of {planned} planned cases sent"
    if not result.failing:
        return cases
    severities = ", ".join(f"{count} {severity}" for severity, count in result.severities.items() if count)
    return f"{counted(len(result.failing), 'finding')}: {severities}; {cases}"


def _figures(result: Result) -> str:
    seeds = f"seed {result.seeds[0]}" if len(result.seeds) == 1 else f"seeds {result.seeds[0]}..{result.seeds[-1]}"
    return (
        f"{result.requests} requests ({result.generated} generated), "
        f"{result.builds} accepted (each may have an effect), {result.seconds:.1f} s, "
        f"{seeds}, contract {result.digest[:12]}"
    )


# ---- findings


def _findings(result: Result, replay_file: str, screen: Screen) -> Iterator[str]:
    found = causes(finding for finding in result.findings if finding.kind != KNOWN)
    for cause in found[:MOST_CAUSES]:
        yield from _cause(cause, result, screen)
    if len(found) > MOST_CAUSES:
        yield f"… and {counted(len(found) - MOST_CAUSES, 'more cause')}; --report html=FILE shows all"
        yield ""
    if found:
        again = f"again: rainbond-verify replay {replay_file or 'FILE'} {found[0].findings[0].id}"
        yield again if replay_file else f"{again}  (FILE: of --report json=FILE)"
        yield ""
    known = [finding for finding in result.findings if finding.kind == KNOWN]
    if known:
        names = ", ".join(dict.fromkeys(f"{finding.check} {finding.constraint}" for finding in known))
        yield from screen.wrap(one_line(names), " " * 7, "known: ")
        yield ""


def _cause(cause: Cause, result: Result, screen: Screen) -> Iterator[str]:
    severity = screen.paint(cause.severity, OF_SEVERITY[cause.severity])
    yield f"{severity}  {cause.check}"
    yield from screen.wrap(BY_ID[cause.check].sentence if cause.check in BY_ID else "", "  ")
    operation = ""
    for finding in cause.findings[:MOST_OF_A_CAUSE]:
        if finding.operation != operation:
            operation = finding.operation
            yield from screen.wrap_path(one_line(result.address_of(operation) or operation), "      ", "  ")
        yield from _finding(finding, result, screen)
    rest = len(cause.findings) - MOST_OF_A_CAUSE
    if rest > 0:
        yield f"  … and {rest} more of this cause"
    yield ""


def _finding(finding: Finding, result: Result, screen: Screen) -> Iterator[str]:
    times = f", {finding.times} times" if finding.times > 1 else ""
    lenient = ", lenient" if finding.kind == LENIENT else ""
    lenient += "" if result.fails(finding) else ", tolerated"
    yield from screen.wrap(one_line(f"{finding.constraint}{times}{lenient}: {finding.purpose}"), "    ", "  ✗ ")
    for word, text in (("expected", finding.expected), ("got", finding.observed), ("contract", finding.where)):
        yield from screen.wrap(shortened(one_line(text), LONGEST_TEXT), " " * 13, f"    {word:9}")
    yield f"    finding  {finding.id}"


# ---- proof


def _proof(result: Result, screen: Screen) -> Iterator[str]:
    operations = by_operation(result.proof)
    for operation, requirements in operations.items():
        yield from screen.wrap_path(one_line(f"{operation}  {result.address_of(operation)}"), "    ", "")
        for state in (PROVEN, PARTLY, VIOLATED, UNPROVEN, NOT_ASKED):
            named = [_named(requirement) for requirement in requirements if requirement.state == state]
            if named:
                yield from screen.wrap(one_line(", ".join(named)), " " * 16, f"  {state:14}")
    if operations:
        yield ""


def _named(requirement: Requirement) -> str:
    counts = f"{requirement.constraint} {requirement.counts}" if requirement.planned else requirement.constraint
    said = requirement.why if requirement.state in (UNPROVEN, PARTLY, NOT_ASKED) else ""
    return f"{counts} ({said})" if said else counts
