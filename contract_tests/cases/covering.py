"""Few bodies that cover much: each pair of enum values, each pair of present, null and absent, each text in each place.

Every accepted request may start a real build, so that valid values are packed: a greedy cover, the most telling rows
first, always the same for the same contract.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from contract_tests.cases.material.texts import ALPHABETS, COMPOSITES, SINGLES, USUAL
from contract_tests.cases.material.values import positive_values
from contract_tests.cases.operation import OperationUnderTest

CANDIDATES = 150
"""How many random rows compete for each place; more finds slightly better rows, slower."""


MOSTLY = 0.8
"""A new text, and the next in its queue; now and then another, or null, or nothing."""


@dataclass(frozen=True, slots=True)
class Level:
    """What one property does in a row: a value, null, or (`present` False) nothing at all."""

    label: str
    value: Any = None
    present: bool = True

    @property
    def presence(self) -> str:
        return "absent" if not self.present else "null" if self.value is None else "set"


ABSENT = Level("absent", present=False)
Row = Mapping[str, Level]


def rows(under_test: OperationUnderTest, covered: Iterable[Row], count: int) -> list[Row]:
    """Up to `count` rows that together add the most to what `covered` shows already."""
    levels = _levels(under_test)
    if not levels:
        return []
    open_goals = _all_goals(levels)
    for row in covered:
        open_goals -= _goals(row)
    source = random.Random(0)  # noqa: S311 - reproducible choice, nothing secret
    queues = {name: [level for level in choices if _is_free(level)] for name, choices in levels.items()}
    for index, queue in enumerate(queues.values()):
        first = [level for level in queue if _proves_much(level)]
        usual = [level for level in queue if level.label in OFTEN]
        rest = [level for level in queue if level.label not in OFTEN and not _proves_much(level)]
        queue[:] = [*first, *_turned(usual, index * 3), *_turned(rest, index * 5)]
    chosen: list[Row] = []
    while len(chosen) < count and open_goals:
        candidates = [_candidate(levels, queues, open_goals, source) for _ in range(CANDIDATES)]
        best = max(candidates, key=lambda row: sum(_weight(goal) for goal in _goals(row) & open_goals))
        gained = _goals(best) & open_goals
        if not gained:
            break
        open_goals -= gained
        chosen.append(best)
    return chosen


def body_of(row: Row) -> dict[str, Any]:
    return {name: level.value for name, level in row.items() if level.present}


OFTEN = frozenset(f"text-{label}" for label, _ in SINGLES[:USUAL])


def _turned(levels: list[Level], by: int) -> list[Level]:
    """Each property starts elsewhere, so that a row holds different texts."""
    start = by % len(levels) if levels else 0
    return [*levels[start:], *levels[:start]]


def _proves_much(level: Level) -> bool:
    return level.label in MUCH


def _is_free(level: Level) -> bool:
    return level.label.startswith(("text-", "limit-"))


def _levels(under_test: OperationUnderTest) -> dict[str, list[Level]]:
    """What each property can do; the texts that prove most come first."""
    levels: dict[str, list[Level]] = {}
    required = under_test.body.required
    for name, schema in under_test.body.properties.items():
        if not under_test.body.may_send(name) or schema.node.get("readOnly"):
            continue
        known = sorted(positive_values(schema), key=lambda positive: (positive.kind == "text", positive.kind))
        levels[name] = [Level(f"{positive.kind}-{positive.label}", positive.value) for positive in known]
        if name not in required:
            levels[name].append(ABSENT)
        if not any(level.presence == "set" for level in levels[name]):
            levels[name].append(Level("base", under_test.body.base.get(name)))
    return levels


Goal = tuple[Hashable, ...]


def _all_goals(levels: Mapping[str, list[Level]]) -> set[Goal]:
    found: set[Goal] = set()
    for name, choices in levels.items():
        found |= {("level", name, level.label) for level in choices}
    for (one, ones), (other, others) in combinations(levels.items(), 2):
        found |= {("presence", one, a.presence, other, b.presence) for a in ones for b in others}
        if _is_enum(ones) and _is_enum(others):
            found |= {("pair", one, a.label, other, b.label) for a in ones for b in others}
    return found


def _is_enum(choices: list[Level]) -> bool:
    return any(level.label.startswith("enum-") for level in choices)


def _goals(row: Row) -> set[Goal]:
    found: set[Goal] = {("level", name, level.label) for name, level in row.items()}
    for (one, a), (other, b) in combinations(row.items(), 2):
        found.add(("presence", one, a.presence, other, b.presence))
        found.add(("pair", one, a.label, other, b.label))
    return found


def _weight(goal: Goal) -> int:
    """Each pair of enum values first; then texts that prove much; then null and absence beside others."""
    if goal[0] == "pair":
        return 40 if str(goal[2]).startswith("enum-") and str(goal[4]).startswith("enum-") else 10
    if goal[0] == "level":
        return 30 if str(goal[2]) in MUCH else 12 if str(goal[2]) in OFTEN else 6
    return 2


MUCH = frozenset([f"text-{label}" for label, _ in COMPOSITES] + [f"limit-longest-{name}" for name, _ in ALPHABETS])


def _candidate(
    levels: Mapping[str, list[Level]],
    queues: Mapping[str, list[Level]],
    open_goals: set[Goal],
    source: random.Random,
) -> Row:
    row: dict[str, Level] = {}
    for name, choices in levels.items():
        fresh = [level for level in queues[name] if ("level", name, level.label) in open_goals]
        if fresh and source.random() < MOSTLY:
            row[name] = fresh[0] if source.random() < MOSTLY else source.choice(fresh)
        else:
            row[name] = source.choice(choices)
    return row
