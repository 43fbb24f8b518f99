"""Full load for minutes, with journal, sessions and scenarios: memory flat, no error, p99 steady.

python -m benchmarks.soak [--minutes 10]

Ends with 1 where an answer was refused or did not come, or memory grew after the warm-up. Only this machine is asked.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import client, lanes, report
from benchmarks.client import Call, load
from benchmarks.material import PLAIN, Material, make
from benchmarks.processes import away_from_the_server, load_average, running
from benchmarks.run import PAGE

SESSIONS = 20
MOST_GROWTH = 1.1
"""Of memory, from the end of the warm-up to the end."""


@dataclass(frozen=True)
class Slice:
    """A while of load: when it ended, in seconds; answers a second, p99 in milliseconds, resident memory in MB."""

    end: float
    rate: float
    p99: float
    megabytes: float
    failures: int


def calls() -> list[Call]:
    """Of each session: a request that a scenario answers, one that none does, and one without a body."""
    kinds = (PLAIN, replace(PLAIN, body=PLAIN.body.replace("master", "main")), replace(PLAIN, body=""))
    return [
        replace(kind, extra={"X-Mock-Session": f"session-{number}"}) for number in range(SESSIONS) for kind in kinds
    ]


def soak(material: Material, minutes: float, seconds: float) -> Iterator[Slice]:
    """Load the mock slice by slice."""
    asked = calls()
    with running(lanes.ours(material, "--scenarios", str(material.scenarios)), PLAIN) as process:
        end = 0.0
        while end < minutes * 60:
            brought = load(process.url, asked, seconds)
            end += seconds
            yield Slice(end, brought.rate, brought.p99, process.megabytes(), brought.refused + brought.broken)


@dataclass(frozen=True)
class Verdict:
    """What the slices say; `before` and `after` are those after the warm-up, its first and second half."""

    before: Sequence[Slice]
    after: Sequence[Slice]
    failures: int

    @property
    def growth(self) -> float:
        return self.after[-1].megabytes / self.before[0].megabytes

    @property
    def good(self) -> bool:
        return not self.failures and self.growth <= MOST_GROWTH

    def lines(self) -> list[str]:
        first, last = self.before[0], self.after[-1]
        p99 = [statistics.median(each.p99 for each in half) for half in (self.before, self.after)]
        rate = statistics.median(each.rate for each in (*self.before, *self.after))
        return [
            f"| {last.end / 60:g} minutes, {SESSIONS} sessions, journal, scenarios | |",
            "|---|---|",
            f"| answers that were refused or did not come | {self.failures} |",
            f"| answers a second, median | {rate:,.0f} |",
            f"| memory after {first.end:.0f} s, and at the end | {first.megabytes:.0f} MB, {last.megabytes:.0f} MB |",
            f"| p99 in the first half, and in the second | {p99[0]:.1f} ms, {p99[1]:.1f} ms |",
        ]


def judge(slices: Sequence[Slice]) -> Verdict:
    """The first minute, or a quarter of a shorter run, is the warm-up."""
    warm = [each for each in slices if each.end >= min(60, slices[-1].end / 4)]
    middle = (len(warm) + 1) // 2
    return Verdict(warm[:middle], warm[middle:] or warm[-1:], sum(each.failures for each in slices))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--slice", type=float, default=10, metavar="SECONDS", help="how often it is measured")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    began, slices = load_average(), []
    with tempfile.TemporaryDirectory() as folder, away_from_the_server():
        for each in soak(make(Path(folder)), options.minutes, options.slice):
            slices.append(each)
            figures = f"{each.rate:7,.0f}/s  p99 {each.p99:6.1f} ms  {each.megabytes:6.0f} MB  {each.failures} failures"
            sys.stderr.write(f"{each.end:5.0f} s  {figures}\n")
    verdict = judge(slices)
    lines = [*verdict.lines(), "", f"{client.name()}, {client.CONNECTIONS} connections. {report.said_load(began)}"]
    print("\n".join(lines))
    if options.write:
        report.write(PAGE, lines, "soaked")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
