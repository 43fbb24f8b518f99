"""Verification: was the mock asked what it should have been, as often as it should have been? Pure.

    {"operation": "buildComponent", "path": {…}, "headers": {…}, "body": {…}, "count": 1 or {"min": 1, "max": 3},
     "unmatched": 0}

Without `count`, at least one request must match. `unmatched` counts the session's requests that do not match.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_server.contract.document.diagnostics import Diagnostics
from mock_server.contract.document.source import Location, Source, SourceError
from mock_server.contract.model import Contract
from mock_server.contract.secrets.secret_names import SecretNames, secret_names
from mock_server.engine.matching import Condition, Pattern
from mock_server.journal.entries import Entry, Recorded, view_of_entry
from mock_server.loaders.patterns import PatternReader

if TYPE_CHECKING:
    from mock_server.loaders.scenario_format import Range as WrittenRange

NEAREST = 3
MOST_LISTED = 20
MOST_CONDITIONS = 1_000


@dataclass(frozen=True, slots=True)
class Range:
    """How many there may be."""

    least: int = 0
    most: float = math.inf

    def __contains__(self, count: int) -> bool:
        return self.least <= count <= self.most

    def __str__(self) -> str:
        if self.least == self.most:
            return f"exactly {self.least}"
        if self.most == math.inf:
            return f"at least {self.least}"
        return f"at most {self.most}" if self.least == 0 else f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What should have been asked.

    Attributes:
        pattern: what the requests are like.
        count: how many there should be.
        unmatched: how many others there may be; None: any number.
    """

    pattern: Pattern
    count: Range
    unmatched: Range | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an expectation holds.

    Attributes:
        holds: None where requests are missing, so that nobody can know.
        message: why not, in lines for people; or that it does.
        details: the same for programs.
    """

    holds: bool | None
    message: str
    details: Mapping[str, object]


def read_expectation(source: Source, contract: Contract) -> Expectation:
    """The expectation in a document.

    Raises:
        SourceError: with every fault, one a line.
    """
    from mock_server.loaders.scenario_format import Expectation as Written  # noqa: PLC0415 - pydantic, when it is asked

    diagnostics = Diagnostics(source)
    try:
        written = diagnostics.read(Written) or Written()
        reader = PatternReader(contract, diagnostics, secret_names(contract))
        # What a pipeline sends wrongly is expected to be seen, too.
        reader.strict = False
        pattern = reader.read({name: getattr(written, name) for name in written.model_fields_set}, ())
    except RecursionError:
        raise SourceError(f"{source.name}: nested too deeply") from None
    for condition in pattern.conditions:
        _check_masked(condition, secret_names(contract), diagnostics)
    if len(pattern.conditions) > MOST_CONDITIONS:
        diagnostics.add((), f"{len(pattern.conditions)} conditions; allowed: {MOST_CONDITIONS}")
    diagnostics.raise_any()
    unmatched = None if written.unmatched is None else _range(written.unmatched)
    return Expectation(pattern, Range(1) if written.count is None else _range(written.count), unmatched)


def _check_masked(condition: Condition, secrets: SecretNames, diagnostics: Diagnostics) -> None:
    """What is masked in the journal can only be asked for its presence."""
    is_secret = any(step in secrets for step in condition.at)
    if is_secret and condition.matcher.kind != "present":
        at: Location = (condition.part, *condition.at)
        diagnostics.add(at, f"{condition.place}: the journal masks it; only {{present: true}} or false can be asked")


def _range(written: WrittenRange | int) -> Range:
    if isinstance(written, int):
        return Range(written, written)
    return Range(written.min, math.inf if written.max is None else written.max)


def verify(expectation: Expectation, recorded: Recorded) -> Verdict:
    """Whether a session's journal is as expected; where it is not, what came nearest and how it differs."""
    judged = [(entry, expectation.pattern.differences(view_of_entry(entry))) for entry in recorded.entries]
    matched = [entry for entry, differences in judged if not differences]
    others = [(entry, differences) for entry, differences in judged if differences and not _is_preflight(entry)]
    problems = _problems(expectation, len(matched), len(others))
    missing = _missing(expectation, bool(problems), recorded)
    nearest = sorted(others, key=lambda item: len(item[1]))[:NEAREST]
    details: dict[str, object] = {
        "holds": None if missing else not problems,
        "expected": str(expectation.count),
        "matched": len(matched),
        "unmatched": len(others),
        "dropped": recorded.dropped,
        "requests": [entry["id"] for entry in matched[:MOST_LISTED]],
    }
    if missing:
        details["missing"] = missing
    if not problems and not missing:
        return Verdict(True, f"{len(matched)} matching: as expected", details)
    details["nearest"] = [{**_summary(entry), "differences": differences} for entry, differences in nearest]
    lines = [
        *(f"nothing is proven: {text}" for text in missing),
        *problems,
        *_listed("matching", [(entry, []) for entry in matched[:NEAREST]]),
    ]
    lines += _listed("not matching, nearest first", nearest)
    if not recorded.entries:
        lines.append("no request came in this session")
    return Verdict(None if missing else False, "\n".join(lines), details)


def _problems(expectation: Expectation, matched: int, others: int) -> list[str]:
    found = []
    wanted = expectation.count
    name = expectation.pattern.operation or "any operation"
    if matched not in wanted:
        found.append(f"{name}: expected {wanted} matching, got {matched}")
    if expectation.unmatched is not None and others not in expectation.unmatched:
        found.append(f"others: expected {expectation.unmatched}, got {others}")
    return found


def _missing(expectation: Expectation, refuted: bool, recorded: Recorded) -> list[str]:
    """Why the journal proves nothing; empty where it does: enough requests are enough, whatever is missing."""
    if not refuted and expectation.count.most == math.inf and expectation.unmatched is None:
        return []
    dropped = f"{recorded.dropped} older requests were dropped; raise --journal-size or --journal-memory"
    return [*([dropped] if recorded.dropped else []), *recorded.gaps]


def _is_preflight(entry: Entry) -> bool:
    return entry["method"] == "OPTIONS" and "access-control-request-method" in entry["headers"]


def _summary(entry: Entry) -> dict[str, object]:
    return {key: entry[key] for key in ("id", "time", "operation", "method", "path", "body", "valid", "status")}


def _listed(title: str, judged: list[tuple[Entry, list[str]]]) -> list[str]:
    lines = []
    for entry, differences in judged:
        lines.append(f"  #{entry['id']} {entry['method']} {entry['path']} -> {entry['status']}")
        lines += [f"      {difference}" for difference in differences]
    return [f"{title}:", *lines] if lines else []
