"""Attacks the mock and the verifier, and prints a table: `make attack`, or `make attack ARGS='--minutes 1'`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.attacks import clients, documents, targets
from tests.attacks.victim import Victim, victim

SHARE = 0.4
"""Of the time, what malformed requests and broken documents get each."""
BESIDE = 12
"""Seconds that each attack on others' waiting goes on, of fifteen minutes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        attack: what was tried.
        before: what it did to the version of 2026-11-22.
        now: what it does.
    """

    attack: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"| {self.attack} | {self.before} | {self.now} |"


WAITING: tuple[tuple[str, str, Callable[[Victim], object]], ...] = (
    ("67 KB made slow to search for secrets", "all wait 15-25 s", clients.masking),
    ("scenarios of 256 KB, and of more", "all wait 7-18 s", clients.scenario_document),
    ("`^(a+)+$` in a scenario, in `verify`", "for ever", clients.slow_expression),
    ("50,000 unknown keys", "all wait 4 s", clients.unknown_keys),
    ("brackets in brackets, YAML's aliases", "all wait", clients.brackets),
    ("900 clients that say nothing", "never closed", clients.silent_clients),
    ("a full journal, read as a whole", "all wait 1.9 s, 1.9 GB", clients.full_journal),
)
KEEPING: tuple[tuple[str, str, Callable[[Victim], object]], ...] = (
    ("20 bodies of 50 MB", "2.2 GB", clients.long_bodies),
    ("400 sessions with 200 KB of scenarios", "1 GB in 1,000", clients.many_sessions),
)


def rows(seconds: float, seed: int) -> Iterator[Row]:
    """Every attack, the time shared among them."""
    beside = BESIDE * min(seconds / 900, 1)
    for attack, before, work in WAITING:
        with victim() as mock:
            quiet, attacked = mock.wait_beside(work, beside)
            yield Row(
                attack, before, f"others' p99 {attacked:.0f} ms ({quiet:.0f} without), {mock.memory} MB{_told(mock)}"
            )
    for attack, before, work in KEEPING:
        with victim() as mock:
            work(mock)
            yield Row(attack, before, f"{mock.memory} MB{_told(mock)}")
    with victim(files=256) as mock:
        clients.silent_clients(mock)
        yield Row("900 clients, 256 open files", "114,612 tracebacks", f"answers go on{_told(mock)}")
    yield Row("malformed requests", "not measured", _malformed(seconds * SHARE, random.Random(seed)))
    yield Row("hostile documents", "tracebacks", documents.broken_documents(seconds * SHARE, random.Random(seed)))
    for status, before in ((302, "65"), (400, "65"), (500, "825"), (0, "11")):
        answer = f"answers {status}" if status else "closes the connection"
        found = targets.builds(status, "--i-own-this-target", "--no-fuzz")
        yield Row(f"builds, then {answer}; {targets.BUILDS} allowed", f"{before} builds", f"{found} builds")
    yield Row("no word of the user", "built", f"{targets.builds(200)} builds")


def _malformed(seconds: float, randomness: random.Random) -> str:
    with victim() as mock:
        end, count, failures = time.monotonic() + seconds, 0, 0
        while time.monotonic() < end:
            status = clients.malformed(mock, randomness)
            count, failures = count + 1, failures + (status >= 500)
        alive = mock.build(b"{}").status == 200
        return f"{count} sent, {failures} × 5xx, {'answers go on' if alive else 'NO ANSWER'}{_told(mock)}"


def _told(mock: Victim) -> str:
    complaints = mock.complaints
    return f"; stderr: {complaints.splitlines()[-1][:100]}" if complaints else ""


def main() -> None:
    options = argparse.ArgumentParser(prog="make attack", description=__doc__)
    options.add_argument("--minutes", type=float, default=15.0)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    print("| Attack | Before | Now |\n|---|---|---|", flush=True)
    for row in rows(given.minutes * 60, given.seed):
        print(row, flush=True)


if __name__ == "__main__":
    sys.exit(main())
