"""What changed, as text, Markdown and JSON."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from contract_tests.diff.rules import BREAKING, LEVELS, Change

NONE = "no change of what requests and answers may be"
MOST_OPERATIONS = 3

Report = Callable[[Sequence[Change], Sequence[Change], str], Iterator[str]]
"""Makes lines of the changes, those that are accepted, and whom to judge for: `clients` or `servers`."""


def id_of(change: Change) -> str:
    """The change's own id: that of its rule, and what it is about; the same however lines move."""
    text = "\n".join((change.rule.id, change.pointer, change.subject, change.text))
    return f"{change.rule.id}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def text(changes: Sequence[Change], accepted: Sequence[Change], audience: str) -> Iterator[str]:
    """The report for a terminal."""
    for change in changes:
        yield f"{level_of(change, audience)}: {change.subject}: {change.text} [{id_of(change)}]"
        yield f"    {change.old} -> {change.new}{_others(change)}"
    yield from (f"accepted: {change.subject}: {change.text} [{id_of(change)}]" for change in accepted)
    yield _sum(changes, accepted, audience)


def markdown(changes: Sequence[Change], accepted: Sequence[Change], audience: str) -> Iterator[str]:
    """The report for a pull request."""
    yield f"## API changes for {audience}"
    yield ""
    yield _sum(changes, accepted, audience)
    for level in LEVELS:
        found = [change for change in changes if level_of(change, audience) == level]
        if found:
            yield from ("", f"### {level.title()}", "", "| What | How | Old | New | Id |", "|---|---|---|---|---|")
        for change in found:
            cells = (change.subject + _others(change), change.text, change.old, change.new, f"`{id_of(change)}`")
            yield f"| {' | '.join(map(_cell, cells))} |"
    if accepted:
        yield from ("", "### Accepted", "", "| What | How | Id |", "|---|---|---|")
    for change in accepted:
        yield f"| {' | '.join(map(_cell, (change.subject, change.text, f'`{id_of(change)}`')))} |"


def as_json(changes: Sequence[Change], accepted: Sequence[Change], audience: str) -> Iterator[str]:
    """The report for programs."""
    counted = Counter(level_of(change, audience) for change in changes)
    value: dict[str, object] = {
        "report": "rainbond-verify diff",
        "for": audience,
        "counts": {level: counted[level] for level in LEVELS} | {"accepted": len(accepted)},
        "changes": [_plain(change, audience, accepted=False) for change in changes]
        + [_plain(change, audience, accepted=True) for change in accepted],
    }
    yield json.dumps(value, indent=2, ensure_ascii=False)


FORMATS: Mapping[str, Report] = {"text": text, "markdown": markdown, "json": as_json}


def level_of(change: Change, audience: str) -> str:
    """How grave a change is for `clients` or `servers`."""
    return change.rule.clients if audience == "clients" else change.rule.servers


def _sum(changes: Sequence[Change], accepted: Sequence[Change], audience: str) -> str:
    counted = Counter(level_of(change, audience) for change in changes)
    if not changes and not accepted:
        return NONE
    counts = ", ".join(f"{counted[level]} {level}" for level in LEVELS)
    more = f", {len(accepted)} accepted" if accepted else ""
    verdict = "breaks" if counted[BREAKING] else "does not break"
    return f"{counts}{more}: {verdict} {audience} that keep to the old document"


def _others(change: Change) -> str:
    others = change.operations[1:]
    if not others:
        return ""
    more = f" and {len(others) - MOST_OPERATIONS} more" if len(others) > MOST_OPERATIONS else ""
    return f" (also in {', '.join(others[:MOST_OPERATIONS])}{more})"


def _cell(value: str) -> str:
    """A text as a cell of a table, whatever it holds."""
    return value.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _plain(change: Change, audience: str, *, accepted: bool) -> dict[str, object]:
    return {
        "id": id_of(change),
        "rule": change.rule.id,
        "level": level_of(change, audience),
        "clients": change.rule.clients,
        "servers": change.rule.servers,
        "accepted": accepted,
        "subject": change.subject,
        "text": change.text,
        "pointer": change.pointer,
        "old": change.old,
        "new": change.new,
        "operations": list(change.operations),
    }
