"""Lanes, each a server with one request, measured in alternating rounds."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.client import Call, ask, load
from benchmarks.processes import Running, Server, StartError, running

WARM_UP = 1.0


@dataclass(frozen=True)
class Lane:
    """A row of the table: what is measured, of which server, with which request."""

    name: str
    server: Server
    call: Call


@dataclass(frozen=True)
class Sample:
    """One round of one lane.

    Attributes:
        cost: processor time of the server's processes for an answer, in microseconds.
        rate: answers a second.
        p99: the 99th percentile of their times, in milliseconds.
        megabytes: resident memory after the load.
        first_answer: seconds from the start of the server to its first answer.
    """

    cost: float
    rate: float
    p99: float
    megabytes: float
    first_answer: float


@dataclass
class Results:
    """What was measured, lane by lane; a lane that could not be measured has a note instead."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def median(self, lane: str, of: Callable[[Sample], float]) -> float | None:
        found = self.samples.get(lane)
        return statistics.median(map(of, found)) if found else None

    def cost(self, lane: str) -> float | None:
        return self.median(lane, lambda sample: sample.cost)


class WrongAnswerError(Exception):
    """A server answers something else than it is to be measured for."""


def measure(lanes: Sequence[Lane], rounds: int, seconds: float) -> Results:
    """Every lane once a round, each round in the opposite order of the one before."""
    results = Results()
    failed: set[str] = set()
    for number in range(rounds):
        for lane in lanes if number % 2 == 0 else lanes[::-1]:
            if lane.name in failed:
                continue
            sys.stderr.write(f"round {number + 1} of {rounds}: {lane.name}\n")
            try:
                results.samples.setdefault(lane.name, []).append(_sample(lane, seconds))
            except (StartError, WrongAnswerError) as error:
                failed.add(lane.name)
                results.notes.append(f"{lane.name}: not measured, {error}.")
    for name in failed:
        del results.samples[name]
    return results


def _sample(lane: Lane, seconds: float) -> Sample:
    with running(lane.server, lane.call) as process:
        _check(lane, process)
        load(process.url, [lane.call], WARM_UP)
        before = process.processor_seconds()
        brought = load(process.url, [lane.call], seconds)
        used = process.processor_seconds() - before
        expected = brought.requests if lane.call.status >= 400 else 0  # noqa: PLR2004 - where refusals begin
        if brought.broken or brought.refused != expected:
            raise WrongAnswerError(
                f"under load {brought.refused} of {brought.requests} answers were refusals, {brought.broken} broke"
            )
        cost = used / max(1, brought.requests) * 1e6
        return Sample(cost, brought.rate, brought.p99, process.megabytes(), process.first_answer)


def _check(lane: Lane, process: Running) -> None:
    """Nothing is timed but the answer that is meant."""
    status, body = ask(process.url, lane.call)
    if status != lane.call.status or (status == 200 and b"event_id" not in body):  # noqa: PLR2004 - OK
        raise WrongAnswerError(f"it answers {status}, not {lane.call.status}: {body[:80]!r}")


def statuses(servers: Sequence[Server], probes: Mapping[str, Call], first: Call) -> dict[str, dict[str, int]]:
    """What each server says to each probe."""
    said: dict[str, dict[str, int]] = {}
    for server in servers:
        try:
            with running(server, first) as process:
                said[server.name] = {name: ask(process.url, call)[0] for name, call in probes.items()}
        except StartError:
            continue  # its lane has the note
    return said
