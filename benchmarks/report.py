"""The page's tables in Markdown, and the plot in SVG."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from benchmarks import client
from benchmarks.lanes import FLOOR, OURS, PLAIN_CONNEXION, Goal
from benchmarks.measure import Lane, Results

WIDTH, ROW, LEFT, RIGHT = 760, 30, 210, 190


def tables(beside: Sequence[Lane], costs: Sequence[Lane], results: Results) -> list[str]:
    """How servers compare, and what makes the mock's answers dearer."""
    head = ("µs an answer", "requests/s", "p99", "memory", "first answer")
    lines = _head("A POST with token and JSON body", *head, "× plain Connexion", "× the floor")
    for lane in _measured(beside, results):
        cost = results.cost(lane.name) or 0
        times = _times(results.cost(PLAIN_CONNEXION), cost), _times(cost, results.cost(FLOOR))
        lines.append(_row(lane.server.title, *_figures(lane, results), *times))
    lines += ["", *_head("What makes it dearer", *head)]
    lines += [_row(lane.name, *_figures(lane, results)) for lane in _measured(costs, results)]
    return lines


def goal_table(goals: Sequence[Goal]) -> list[str]:
    said = {True: "reached", False: "**not reached**", None: "not measured"}
    lines = _head("Goal", "aimed at", "measured", "")
    for goal in goals:
        bound = "at least" if goal.at_least else "at most"
        measured = "" if goal.measured is None else f"{goal.measured:.2f}"
        lines.append(_row(goal.text, f"{bound} {goal.limit:g}", measured, said[goal.reached]))
    return lines


def status_table(said: Mapping[str, Mapping[str, int]], probes: Sequence[str]) -> list[str]:
    """Who refuses what."""
    lines = _head("Answer to", *said)
    return lines + [_row(probe, *(str(answers[probe]) for answers in said.values())) for probe in probes]


def conditions(rounds: int, seconds: float, began: float) -> str:
    """The machine, its load, and how it was measured."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False) if _has_node() else None
    machine = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"Node.js {node.stdout.strip() if node else 'absent'}"
    )
    return (
        f"{machine}. {client.name()} with {client.CONNECTIONS} connections on the same machine, the server on one core "
        f"and it on another; {rounds} alternating rounds of {seconds:g} s, medians. "
        f"{said_load(began)}"
    )


def said_load(average: float) -> str:
    return f"Load of the machine in the minute before: {average:.1f}."


def _has_node() -> bool:
    return any((Path(folder) / "node").exists() for folder in os.get_exec_path())


def plot(beside: Sequence[Lane], results: Results, caption: str) -> str:
    """A bar for each server: processor time of an answer."""
    rows = [(lane, results.cost(lane.name) or 0) for lane in _measured(beside, results)]
    rows.sort(key=lambda row: row[1])
    longest = max(cost for _, cost in rows)
    height = 70 + ROW * len(rows) + 34
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="14"',
        '  font-family="system-ui, sans-serif">',
        "<style>text { fill: #24292f } .bar { fill: #8c959f } .ours { fill: #1a7f37 } .small { font-size: 11px }",
        "@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #3fb950 } }",
        "</style>",
        "<title>Processor time of an answer</title>",
        '<text x="10" y="26" font-size="17">Processor time of an answer, in microseconds: less is better</text>',
    ]
    for number, (lane, cost) in enumerate(rows):
        top = 46 + ROW * number
        width = max(2.0, cost / longest * (WIDTH - LEFT - RIGHT))
        times = _times(results.cost(PLAIN_CONNEXION), cost)
        figure = f"{cost:,.0f} µs" + (f"  ({times} × plain Connexion)" if times else "")
        kind = "bar ours" if lane.name == OURS else "bar"
        lines += [
            f'<text x="{LEFT - 10}" y="{top + 16}" text-anchor="end">{escape(lane.server.title)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{width:.1f}" height="{ROW - 8}" rx="3"/>',
            f'<text x="{LEFT + width + 8:.1f}" y="{top + 16}">{escape(figure)}</text>',
        ]
    for number, part in enumerate(_wrapped(caption)):
        lines.append(f'<text class="small" x="10" y="{height - 30 + 15 * number}">{escape(part)}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _wrapped(caption: str) -> tuple[str, str]:
    middle = caption.rfind(" ", 0, len(caption) // 2 + 10)
    return caption[:middle], caption[middle + 1 :]


def write(page: Path, lines: Sequence[str], mark: str = "measured") -> None:
    """Put the lines between the page's marks."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    text = page.read_text(encoding="utf-8")
    measured = "\n".join([begin, *lines, end])
    page.write_text(re.sub(f"{begin}.*{end}", lambda _: measured, text, flags=re.DOTALL), encoding="utf-8")


def summary(results: Results, load: str) -> list[str]:
    """What the README says."""
    ours, plain, floor = (results.cost(name) for name in (OURS, PLAIN_CONNEXION, FLOOR))
    if not (ours and plain and floor):
        return ["Not measured."]
    return [
        f"An answer takes the mock {ours:.0f} µs of processor time, with validation, token, catalogue, event id and "
        f"journal: plain Connexion takes {plain / ours:.1f} times as long, a bare ASGI application {floor / ours:.2f}.",
        "",
        "![Processor time of an answer](docs/benchmarks.svg)",
        "",
        load,
    ]


def _measured(lanes: Sequence[Lane], results: Results) -> list[Lane]:
    return [lane for lane in lanes if lane.name in results.samples]


def _figures(lane: Lane, results: Results) -> tuple[str, ...]:
    def median(name: str, form: str) -> str:
        return format(results.median(lane.name, lambda sample: float(getattr(sample, name))) or 0, form)

    return (
        median("cost", ",.0f"),
        median("rate", ",.0f"),
        f"{median('p99', '.1f')} ms",
        f"{median('megabytes', ',.0f')} MB",
        f"{median('first_answer', '.2f')} s",
    )


def _times(dear: float | None, cheap: float | None) -> str:
    return f"{dear / cheap:.1f}" if dear and cheap else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), f"|{'---|' * len(cells)}"]
