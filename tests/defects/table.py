"""The measured power as a page: found and missed by kind, what a run costs, false alarms, and what was missed."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from tests.defects.measure import BARE, CRASHED, TIMED_OUT, VERIFIER, Outcome
from tests.defects.mutation import KINDS, Defect
from tests.defects.seeded import DEFECTS

CONFORMING = "conforming"
APART = {
    2: "stopped as unusable",
    3: "stopped as untestable",
    TIMED_OUT: "ended after three minutes",
    CRASHED: "fell over",
}

INTRODUCTION = f"""\
# What the verifier finds

`tests/defects/` holds a console that conforms to the contract, written apart from `mock_server/`, and copies of it with
one seeded defect each: mistakes that real backends make, of eight kinds. Every defect has a witness, a request whose
answer differs from the conforming console's; `pytest tests/defects` proves that for each of them, and that no two are
the same. The defects were written without knowledge of the verifier's checks.

One command runs `{VERIFIER}` against all of them, and beside it bare {BARE}, with the same contract, a good token,
ids that exist and its default checks. Each run has an empty folder and a console of its own. *Found* means exit code 1.
*Builds* are those the console accepted, counted by the console. A *false alarm* is any exit code but 0 on the
conforming console; `tests/defects/measure.py` holds both commands.

All of it takes about 35 minutes on two quiet cores:

<!-- run by tests/defects/test_power.py -->
```console
$ python -m tests.defects.power --write docs/power.md
```

Every second defect takes half of that (`--every 2`), one kind or one defect a few seconds each, and an interrupted run
goes on where it stopped (`--resume FILE`):

<!-- run by tests/defects/test_power.py -->
```console
$ python -m tests.defects.power --only debug-page --seeds 1 --no-bare
…
```

The verifier's authors were told what kinds of things it missed, though not the defects, so that this set is no longer
unseen: its figure flatters the verifier. The first measurement, made before anybody was told anything, found 82 of 93
(every third defect, but for seven whose runs could not be used). Seconds are those of a machine that others were using
as well.

By choice the verifier does not judge an X-Internal-Token beside a good token, which a target may ignore to no harm:
`internal-token-ignored` is missed since that was decided, whatever an older table says.
"""


@dataclass(frozen=True)
class Results:
    """Everything that was measured in one run of the command."""

    defects: Sequence[Defect]
    tools: Sequence[str]
    outcomes: Sequence[Outcome]
    seeds: Sequence[int]

    def of(self, tool: str, targets: Iterable[str]) -> list[Outcome]:
        wanted = set(targets)
        return [outcome for outcome in self.outcomes if outcome.tool == tool and outcome.target in wanted]

    def missed(self, tool: str) -> list[tuple[Defect, Outcome]]:
        by_id = {outcome.target: outcome for outcome in self.of(tool, (defect.id for defect in self.defects))}
        pairs = ((defect, by_id[defect.id]) for defect in self.defects)
        return [(defect, outcome) for defect, outcome in pairs if not outcome.found]

    def false_alarms(self, tool: str) -> list[Outcome]:
        return [outcome for outcome in self.of(tool, [CONFORMING]) if outcome.code != 0]


def page(results: Results) -> str:
    """The whole page, in Markdown."""
    parts = [INTRODUCTION, "## Measured\n", summary(results), by_kind(results), costs(results)]
    parts += [missed(results, tool) for tool in results.tools]
    return "\n".join(parts)


def summary(results: Results) -> str:
    tools = ", ".join(f"{BARE} {version('schemathesis')}" if tool == BARE else tool for tool in results.tools)
    return (
        f"{len(results.defects)} of {len(DEFECTS)} defects; {tools}; Python {platform.python_version()}, "
        f"{os.cpu_count()} cores; seed {results.seeds[0]} for the defects.\n"
    )


def by_kind(results: Results) -> str:
    header = ["kind", "defects", *(f"{tool} found" for tool in results.tools)]
    rows = [_kind_row(results, kind) for kind in KINDS if any(defect.kind == kind for defect in results.defects)]
    return _table([header, *rows, _kind_row(results, None)])


def _kind_row(results: Results, kind: str | None) -> list[str]:
    ids = [defect.id for defect in results.defects if kind in (None, defect.kind)]
    shares = [_share([outcome.found for outcome in results.of(tool, ids)]) for tool in results.tools]
    row = [kind or "all", str(len(ids)), *shares]
    return row if kind else [f"**{cell}**" for cell in row]


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found)} ({100 * sum(found) / len(found):.1f} %)" if found else "–"


def costs(results: Results) -> str:
    header = ["a run", *results.tools]
    return _table([header, *_cost_rows(results)])


def _cost_rows(results: Results) -> Iterator[list[str]]:
    seeded = {tool: results.of(tool, (defect.id for defect in results.defects)) for tool in results.tools}
    plain = {tool: results.of(tool, [CONFORMING]) for tool in results.tools}
    if results.defects:
        yield ["seconds, median", *(f"{median(o.seconds for o in seeded[tool]):.1f}" for tool in results.tools)]
        yield ["seconds, longest", *(f"{max(o.seconds for o in seeded[tool]):.1f}" for tool in results.tools)]
        yield ["builds, median", *(f"{median(o.builds for o in seeded[tool]):g}" for tool in results.tools)]
        yield ["builds, most", *(f"{max(o.builds for o in seeded[tool])}" for tool in results.tools)]
    if all(plain.values()):
        yield [
            f"seconds on the conforming console, median of {len(results.seeds)} seeds",
            *(f"{median(o.seconds for o in plain[tool]):.1f}" for tool in results.tools),
        ]
        yield [
            "builds on the conforming console, median",
            *(f"{median(o.builds for o in plain[tool]):g}" for tool in results.tools),
        ]
        alarms = (f"{len(results.false_alarms(tool))} of {len(plain[tool])}" for tool in results.tools)
        yield ["false alarms", *alarms]


def missed(results: Results, tool: str) -> str:
    """What a tool missed, kind by kind; runs that ended with neither verdict say how."""
    pairs = results.missed(tool)
    lines = [f"### Missed by {tool}: {len(pairs)}\n"]
    for kind in KINDS:
        of_kind = [_entry(defect, outcome) for defect, outcome in pairs if defect.kind == kind]
        if of_kind:
            lines += [f"{kind.capitalize()}:\n", *of_kind, ""]
    return "\n".join(lines)


def _entry(defect: Defect, outcome: Outcome) -> str:
    return f"- `{defect.id}`: {defect.sentence}{_how(outcome)}"


def _how(outcome: Outcome) -> str:
    return f" *({APART.get(outcome.code, f'exit code {outcome.code}')})*" if outcome.code != 0 else ""


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---" * len(rows[0]) + "|")
    return "\n".join(lines) + "\n"
