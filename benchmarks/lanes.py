"""What is measured, and the goals that it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks import peers
from benchmarks.material import FEW, MANY, OPERATIONS, PLAIN, Material, last_operation, padded
from benchmarks.measure import Lane, Results
from benchmarks.processes import Server

OURS, PLAIN_CONNEXION, FLOOR = "rainbond-mock", "plain Connexion", "bare ASGI application"
NO_BODY, LARGE, HUGE = "no body", "a body of 10 kB", "a body of 1 MB"
WITHOUT_JOURNAL, WITH_SCENARIO = "no journal", "a scenario that matches"
MANY_COMPONENTS = f"a catalogue of {MANY:,} components"
MANY_OPERATIONS = f"the last of {OPERATIONS:,} operations"
TWO_WORKERS = "two workers"
WRONG_VALUE, NO_TOKEN = "refused: a wrong value", "refused: no token"


def beside(others: Sequence[Server], material: Material) -> list[Lane]:
    """The servers side by side: a POST with a token and a JSON body."""
    servers = [peers.floor(), ours(material), peers.connexion(), *others]
    return [Lane(server.name, server, PLAIN) for server in servers]


def ours(material: Material, *options: str) -> Server:
    """The mock with everything on: validation, token, catalogue, event ids, journal."""
    return peers.mock(OURS, "--catalogue", str(material.few), *options)


def costs(material: Material) -> list[Lane]:
    """What makes an answer of the mock dearer or cheaper; and plain Connexion, where a goal compares them."""
    everything, connexion = ours(material), peers.connexion()
    wrong = replace(PLAIN, body='{"build_type": "helm"}', status=400)
    nobody = replace(PLAIN, token="", status=401)
    thousand = peers.mock(OURS, "--spec", str(material.operations), "--catalogue", str(material.few))
    many = peers.mock(OURS, "--catalogue", str(material.many))
    rows = [
        Lane(NO_BODY, everything, replace(PLAIN, body="")),
        Lane(LARGE, everything, padded(10_000)),
        Lane(HUGE, everything, padded(1_000_000)),
        Lane(WITHOUT_JOURNAL, ours(material, "--journal-size", "0"), PLAIN),
        Lane(WITH_SCENARIO, ours(material, "--scenarios", str(material.scenarios)), PLAIN),
        Lane(MANY_COMPONENTS, many, replace(PLAIN, path=PLAIN.path.replace(f"svc-{FEW}/", f"svc-{MANY}/"))),
        Lane(MANY_OPERATIONS, thousand, last_operation()),
        Lane(TWO_WORKERS, ours(material, "--workers", "2"), PLAIN),
        Lane(WRONG_VALUE, everything, wrong),
        Lane(NO_TOKEN, everything, nobody),
    ]
    return rows + [
        Lane(of_connexion(name), connexion, call)
        for name, call in (
            (LARGE, padded(10_000)),
            (HUGE, padded(1_000_000)),
            (WRONG_VALUE, wrong),
            (NO_TOKEN, nobody),
        )
    ]


def of_connexion(name: str) -> str:
    return f"{PLAIN_CONNEXION}, {name}"


@dataclass(frozen=True)
class Goal:
    """What is aimed at: `measured` is at most (or at least) `limit`; None where a lane is missing."""

    text: str
    limit: float
    measured: float | None
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def goals(results: Results) -> list[Goal]:
    def ratio(one: str, other: str) -> float | None:
        dear, cheap = results.cost(one), results.cost(other)
        return dear / cheap if dear and cheap else None

    def first(lane: str) -> float | None:
        return results.median(lane, lambda sample: sample.first_answer)

    def times_connexion(ours: str, theirs: str = PLAIN_CONNEXION) -> float | None:
        return ratio(theirs, ours)

    def refusal(name: str) -> float | None:
        return times_connexion(name, of_connexion(name))

    return [
        Goal("times as fast as plain Connexion", 10, times_connexion(OURS), at_least=True),
        Goal("times the floor", 2, ratio(OURS, FLOOR)),
        Goal("times plain Connexion, with a scenario that matches", 5, times_connexion(WITH_SCENARIO), at_least=True),
        Goal("times plain Connexion's, a wrong value refused", 3, refusal(WRONG_VALUE), at_least=True),
        Goal("times plain Connexion's, no token refused", 3, refusal(NO_TOKEN), at_least=True),
        Goal("p99 in ms at 32 connections", 5, results.median(OURS, lambda sample: sample.p99)),
        Goal("MB of memory", 80, results.median(OURS, lambda sample: sample.megabytes)),
        Goal("seconds to the first answer", 0.5, first(OURS)),
        Goal(f"seconds to the first answer, {OPERATIONS:,} operations", 1.5, first(MANY_OPERATIONS)),
        Goal(f"times the cost of one operation, {OPERATIONS:,} operations", 1.1, ratio(MANY_OPERATIONS, OURS)),
        Goal(f"times the cost of {FEW} components, {MANY:,} components", 1.1, ratio(MANY_COMPONENTS, OURS)),
        Goal("times the cost of one process, two workers", 1.15, ratio(TWO_WORKERS, OURS)),
    ]
