"""Measures the mock beside other mock servers and prints a table: `python -m benchmarks.run`.

Each round starts every server anew and sends it the same requests from the same client; medians of the rounds are
shown. Everything stays on this machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import client
from benchmarks.client import Call, Speed
from benchmarks.servers import ROOT, Server, answer, npm_servers, python_servers

PAGE = ROOT / "docs" / "benchmarks.md"
BUILD = "/openapi/v1/teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001/build"
CALLS = (
    Call("Quick start (no body)", BUILD),
    Call("With a JSON body", BUILD, '{"build_type": "source_code", "branch": "main"}'),
)
PROBES = (
    Call("no token", BUILD, token=None),
    Call("`Bearer` before the token", BUILD, token="Bearer 0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"),
    Call("`build_type: helm`", BUILD, '{"build_type": "helm"}'),
    Call("a branch of 256 letters", BUILD, f'{{"branch": "{"x" * 256}"}}'),
    Call("a body that is not JSON", BUILD, "{"),
    Call("GET", BUILD, method="GET"),
)
"""Requests that the console refuses."""


@dataclass(frozen=True)
class Sample:
    """One request in one round; `cost` is the processor time of a thousand answers in seconds."""

    speed: Speed
    cost: float


@dataclass
class Results:
    """What was measured of one server, round by round."""

    startups: list[tuple[float, float]] = field(default_factory=list)
    samples: dict[Call, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[Call, int] = field(default_factory=dict)

    def rate(self, call: Call) -> float:
        return statistics.median(sample.speed.rate for sample in self.samples[call])

    def p99(self, call: Call) -> float:
        return statistics.median(sample.speed.p99 for sample in self.samples[call])

    def cost(self, call: Call) -> float:
        return statistics.median(sample.cost for sample in self.samples[call])


def measure(servers: list[Server], rounds: int, seconds: float) -> dict[Server, Results]:
    results = {server: Results() for server in servers}
    for number in range(rounds):
        first = number % len(servers)
        for server in servers[first:] + servers[:first]:
            print(f"round {number + 1} of {rounds}: {server.name}", file=sys.stderr)
            _measure_once(server, results[server], seconds)
    return results


def _measure_once(server: Server, result: Results, seconds: float) -> None:
    with server.running() as process:
        result.startups.append((process.startup, process.cpu_seconds()))
        result.statuses = {call: answer(process.url, call) for call in (*CALLS, *PROBES)}
        for call in CALLS:
            client.measure(process.url, call, max(1, seconds / 4))  # warm-up
            before = process.cpu_seconds()
            speed = client.measure(process.url, call, seconds)
            cost = (process.cpu_seconds() - before) / (speed.rate * seconds) * 1000
            result.samples[call].append(Sample(speed, cost))


def report(results: dict[Server, Results], notes: list[str], rounds: int, seconds: float) -> str:
    ours = next(iter(results))
    lines = []
    for call in CALLS:
        lines += [
            f"| {call.name} | answer | requests/s | p99 | processor seconds for 1000 | rainbond-mock needs |",
            "|---|---|---|---|---|---|",
        ]
        for server, result in results.items():
            compared = f"{results[ours].cost(call) / result.cost(call):.2f} of that" if server != ours else ""
            cells = (f"{result.rate(call):.0f}", f"{result.p99(call):.0f} ms", f"{result.cost(call):.2f}", compared)
            lines.append(f"| {server.name} {server.version} | {result.statuses[call]} | {' | '.join(cells)} |")
        lines.append("")
    lines += ["| Start | seconds to the first answer | processor seconds |", "|---|---|---|"]
    for server, result in results.items():
        wall, processor = (statistics.median(column) for column in zip(*result.startups, strict=True))
        lines.append(f"| {server.name} {server.version} | {wall:.2f} | {processor:.2f} |")
    lines += ["", f"| Answer to | {' | '.join(server.name for server in results)} |", f"|---{'|---' * len(results)}|"]
    for call in PROBES:
        lines.append(f"| {call.name} | {' | '.join(str(result.statuses[call]) for result in results.values())} |")
    return "\n".join([*lines, "", *notes, _conditions(rounds, seconds)])


def _conditions(rounds: int, seconds: float) -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    machine = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, Node.js {node or 'absent'}"
    )
    load = f"{client.name()} with {client.CONNECTIONS} connections on the same machine"
    return (
        f"{machine}. {load}; {rounds} rounds of {seconds:g} s, medians; one process for each server. "
        f"Load of the machine in the 15 minutes before: {os.getloadavg()[2]:.1f}."
    )


def write(page: Path, table: str) -> None:
    """Put the table between the page's marks."""
    begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
    text = page.read_text(encoding="utf-8")
    text = re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="whole seconds that each request is sent for")
    parser.add_argument("--python-only", action="store_true", help="leave out the servers that npm would install")
    parser.add_argument("--peers", type=Path, help="where npm installs, or has installed (default: a temporary folder)")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        servers, notes = python_servers(), []
        if not options.python_only:
            others, notes = npm_servers(options.peers or Path(temporary))
            servers += others
        table = report(measure(servers, options.rounds, options.seconds), notes, options.rounds, options.seconds)
    print(table)
    if options.write:
        write(PAGE, table)


if __name__ == "__main__":
    main()
