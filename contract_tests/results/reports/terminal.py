"""The report a person reads: progress while it runs; then, on one screen, verdict, proof, findings, builds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from contract_tests.results.findings import KNOWN, Finding
from contract_tests.results.proof import NOT_ASKED, PARTLY, PROVEN, UNPROVEN, VIOLATED, Requirement
from contract_tests.results.result import Result

MOST_FINDINGS = 12
WIDTH = 118
VERDICTS = {0: "CONFORMING", 1: "VIOLATED", 3: "NOT TESTABLE", 130: "INTERRUPTED"}
COLOURS = {0: "32", 1: "31", 3: "33", 130: "33"}


class ProgressLine:
    """One line that says what is being done; nothing where nobody watches."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._last = ""

    def __call__(self, what: str, sent: int) -> None:
        if self._live and (what != self._last or sent % 20 == 0):
            self._last = what
            self._stream.write(f"\r\x1b[2K{sent:5d} requests  {what}")
            self._stream.flush()

    def done(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


def lines(result: Result, replay_file: str = "", *, colour: bool = False) -> Iterator[str]:
    """The whole report."""
    code = result.exit_code
    verdict = f"\x1b[1;{COLOURS[code]}m{VERDICTS[code]}\x1b[0m" if colour else VERDICTS[code]
    yield f"{verdict}  {result.url}"
    sent, planned = result.proof.sent
    yield f"  {result.untestable or f'{sent} of {planned} planned cases sent'}"
    yield ""
    if not result.untestable:
        yield from _proof(result)
    yield from _findings(result, replay_file)
    for note in result.notes:
        yield f"note: {note}"
    seeds = f"seed {result.seeds[0]}" if len(result.seeds) == 1 else f"seeds {result.seeds[0]}..{result.seeds[-1]}"
    yield (
        f"{result.requests} requests ({result.generated} generated), {result.builds} accepted (each may be a build), "
        f"{result.seconds:.1f} s, {seeds}, contract {result.digest[:12]}"
    )


def _proof(result: Result) -> Iterator[str]:
    operations: dict[str, list[Requirement]] = {}
    for obligation in result.proof:
        operations.setdefault(obligation.operation, []).append(obligation)
    for operation, obligations in operations.items():
        yield f"{operation}"
        for state in (PROVEN, PARTLY, VIOLATED, UNPROVEN, NOT_ASKED):
            named = [_named(obligation) for obligation in obligations if obligation.state == state]
            if named:
                yield from _wrapped(f"  {state:14}", named)
    if operations:
        yield ""


def _named(obligation: Requirement) -> str:
    counted = f"{obligation.constraint} {obligation.counts}" if obligation.planned else obligation.constraint
    said = obligation.why if obligation.state in (UNPROVEN, PARTLY, NOT_ASKED) else ""
    return f"{counted} ({said})" if said else counted


def _wrapped(head: str, items: list[str]) -> Iterator[str]:
    line = head
    for index, item in enumerate(items):
        piece = f" {item}" + ("," if index < len(items) - 1 else "")
        if len(line) + len(piece) > WIDTH and line.strip():
            yield line
            line = " " * len(head)
        line += piece
    yield line


def _findings(result: Result, replay_file: str) -> Iterator[str]:
    shown = [finding for finding in result.findings if finding.kind != KNOWN]
    for finding in shown[:MOST_FINDINGS]:
        yield from _finding(finding, replay_file)
    if len(shown) > MOST_FINDINGS:
        yield f"… and {len(shown) - MOST_FINDINGS} more findings; --report json=FILE lists all"
        yield ""
    known = [finding for finding in result.findings if finding.kind == KNOWN]
    if known:
        yield from _wrapped("known: ", [f"{finding.check} {finding.constraint}" for finding in known])
        yield ""


def _finding(finding: Finding, replay_file: str) -> Iterator[str]:
    times = f" ×{finding.times}" if finding.times > 1 else ""
    yield _cut(f"✗ {finding.id}  {finding.severity} {finding.kind}{times}: {finding.purpose}")
    yield _cut(f"    {finding.where}: expected {finding.expected}; got {_one_line(finding.observed)}")
    where = replay_file or "FILE"
    hint = "" if replay_file else "  (give --report json=FILE)"
    yield f"    rainbond-verify replay {where} {finding.id}{hint}"
    yield ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
