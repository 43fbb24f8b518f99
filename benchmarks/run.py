"""Measures the mock beside other mock servers: `python -m benchmarks.run`.

Every server runs on one core and the client on another, on this machine only. An answer is checked before it is timed.
Processor time says more than requests a second: it depends little on what else the machine does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import lanes, peers, report
from benchmarks.material import PLAIN, PROBES, make
from benchmarks.measure import Lane, Results, measure, statuses
from benchmarks.processes import ROOT, away_from_the_server, load_average

PAGE, README, PLOT = ROOT / "docs" / "benchmarks.md", ROOT / "README.md", ROOT / "docs" / "benchmarks.svg"


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    began = load_average()
    with tempfile.TemporaryDirectory() as folder, away_from_the_server():
        material = make(Path(folder))
        others, notes = ([], []) if options.python_only else peers.from_npm(options.peers or peers.cache(), material)
        beside, costs = lanes.beside(others, material), [] if options.beside_only else lanes.costs(material)
        measured = [lane for lane in (*beside, *costs) if not options.only or lane.name in options.only]
        results = measure(measured, options.rounds, options.seconds)
        results.notes = notes + results.notes
        said = statuses([lane.server for lane in beside[1:]], PROBES, PLAIN)
    caption = report.conditions(options.rounds, options.seconds, began)
    page = _page(beside, costs, results, said, caption)
    print("\n".join(page))
    if options.write:
        _write(page, report.plot(beside, results, caption), report.summary(results, caption))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="whole seconds that each request is sent for")
    parser.add_argument("--python-only", action="store_true", help="leave out the servers that npm would install")
    parser.add_argument("--beside-only", action="store_true", help="leave out what makes the mock's answers dearer")
    parser.add_argument("--only", action="append", metavar="NAME", help="measure this row alone; may be repeated")
    parser.add_argument("--peers", type=Path, help=f"where npm installs, or has installed (default: {peers.cache()})")
    parser.add_argument("--write", action="store_true", help="put tables and plot into README and docs")
    return parser.parse_args(arguments)


def _page(
    beside: list[Lane], costs: list[Lane], results: Results, said: dict[str, dict[str, int]], caption: str
) -> list[str]:
    lines = [*report.tables(beside, costs, results), ""]
    lines += [*report.goal_table(lanes.goals(results)), ""]
    lines += [*report.status_table(said, list(PROBES)), ""]
    return [*lines, *results.notes, *([""] if results.notes else []), caption]


def _write(page: list[str], plot: str, summary: list[str]) -> None:
    report.write(PAGE, page)
    report.write(README, summary)
    PLOT.write_text(plot, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
