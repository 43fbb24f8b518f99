"""Scenarios: what the mock answers on demand, instead of what it would. Frozen value objects, and the choice.

Nothing here knows a store or a clock: how often a scenario has matched comes in as a number, and chance is a hash of
seed, session, scenario and that number. The format is explained in `docs/scenarios.md`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

from mock_server.engine.matching import Pattern, RequestView
from mock_server.engine.messages import ABSENT

OF_THE_CONNECTION = ("connection", "content-length", "transfer-encoding")
"""Headers of an answer that a server acts on."""

FAULTS = ("reset", "empty", "truncate", "garbage", "hang")
LONGEST_DELAY = 300.0
"""Seconds that no delay exceeds."""

Z99 = NormalDist().inv_cdf(0.99)


@dataclass(frozen=True, slots=True)
class SeededRandom:
    """Chance that is the same at any time and on any machine: each question has one answer, between 0 and 1."""

    seed: str
    session: str
    scenario: str
    match: int

    def draw(self, question: str) -> float:
        drawn = json.dumps([self.seed, self.session, self.scenario, self.match, question])
        return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:6]) / 2**48


@dataclass(frozen=True, slots=True)
class Delay:
    """How long an answer takes, in seconds: half of them at most `p50`, all but one in a hundred at most `p99`."""

    p50: float
    p99: float

    @property
    def is_constant(self) -> bool:
        return self.p50 in (self.p99, 0)

    def seconds(self, chance: float) -> float:
        """The delay for a chance between 0 and 1; log-normal, as latencies are."""
        if self.is_constant:
            return self.p50
        spread = math.log(self.p99 / self.p50) / Z99
        ordinary = NormalDist().inv_cdf(min(max(chance, 1e-9), 1 - 1e-9))
        return min(round(self.p50 * math.exp(spread * ordinary), 3), LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """One answer of a scenario: a named example, a status with or without a body, or a fault alone.

    Attributes:
        times: for how many matches it answers before the next one does.
        probability: how likely it stands in for the answer after it, of whose turn it takes nothing; None: always.
        off_contract: whether it may break the contract.
    """

    example: str | None = None
    status: int | None = None
    body: object = ABSENT
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    probability: float | None = None
    delay: Delay | None = None
    fault: str | None = None
    off_contract: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """When it matches a request, it answers.

    Attributes:
        state: the state in which alone it matches; None: in any.
        operations: the operations that can give all of its answers; None: any.
        even_invalid: whether it answers requests that break the contract.
        next_state: the state after it answered; None: as before.
        identity: its name with a digest of its content: what its progress is counted by.
    """

    name: str
    identity: str
    when: Pattern
    state: str | None = None
    operations: frozenset[str] | None = None
    answers: tuple[ResponseSpec, ...] = ()
    delay: Delay | None = None
    fault: str | None = None
    next_state: str | None = None
    even_invalid: bool = False

    def matches(self, view: RequestView, state: str, valid: bool) -> bool:
        """Whether it answers a request, in a session's state."""
        if not (valid or self.even_invalid) or (self.state is not None and self.state != state):
            return False
        if self.operations is not None and view.operation is not None and view.operation not in self.operations:
            return False
        return self.when.matches(view)

    @property
    def is_immediate(self) -> bool:
        """Whether its answers are sent at once, whole, and leave the connection as it is."""
        names = (name.lower() for each in self.answers for name in each.headers)
        is_whole = self.delay is None and self.fault is None
        is_whole = is_whole and all(each.delay is None and each.fault is None for each in self.answers)
        return is_whole and not any(name in OF_THE_CONNECTION for name in names)

    @property
    def is_constant(self) -> bool:
        """Whether each match has the same outcome and changes nothing, so that nobody has to count them."""
        delays = [self.delay, *(each.delay for each in self.answers)]
        is_certain = len(self.answers) <= 1 and all(each.probability is None for each in self.answers)
        return is_certain and self.next_state is None and all(each is None or each.is_constant for each in delays)

    def objections(self, view: RequestView, state: str, valid: bool) -> list[str]:
        """Why it does not answer a request, in words; nothing where it does."""
        found = [] if valid or self.even_invalid else ["request: breaks the contract, and even_invalid is not set"]
        if self.state is not None and self.state != state:
            found.append(f"state: expected {self.state!r}, is {state!r} now")
        if self.operations is not None and view.operation is not None and view.operation not in self.operations:
            found.append(f"operation: {view.operation} cannot give all of its answers")
        return [*found, *self.when.differences(view)]

    def answer(self, random: SeededRandom) -> ResponseSpec | None:
        """What it answers at its n-th match; None leaves the answer to what it would be without the scenario."""
        turn = list(self._turn(random.match))
        for index, spec in enumerate(turn):
            if spec.probability is None or random.draw(f"answer {index}") < spec.probability:
                return spec
        return None

    def _turn(self, match: int) -> Iterator[ResponseSpec]:
        """The answers that may come at a match: unlikely ones, then the one whose turn it is."""
        turns: list[tuple[int, list[ResponseSpec]]] = []
        unlikely: list[ResponseSpec] = []
        for spec in self.answers:
            unlikely.append(spec)
            if spec.probability is None:
                turns.append((spec.times, unlikely))
                unlikely = []
        if unlikely or not turns:
            turns.append((1, unlikely))
        for times, group in turns:
            if match <= times:
                yield from group
                return
            match -= times
        yield from turns[-1][1]


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """The scenarios of a session, in the order in which they are asked."""

    scenarios: tuple[Scenario, ...] = ()

    def choose(self, view: Callable[[], RequestView], state: str, valid: bool) -> Scenario | None:
        """The first scenario that answers a request; `view` is asked only where it matters."""
        able = [scenario for scenario in self.scenarios if valid or scenario.even_invalid]
        if not able:
            return None
        known = view()
        return next((scenario for scenario in able if scenario.matches(known, state, valid)), None)


@dataclass(frozen=True, slots=True)
class ScenarioMatch:
    """A scenario's turn to answer one request.

    Attributes:
        answer: what it says; None where chance left the answer to what it would be without the scenario.
    """

    scenario: str
    answer: ResponseSpec | None
    delay: float
    fault: str | None


def matched(scenario: Scenario, random: SeededRandom) -> ScenarioMatch:
    """What a scenario does at its n-th match, which the numbers are drawn for."""
    answer = scenario.answer(random)
    delay = (answer.delay if answer else None) or scenario.delay
    fault = (answer.fault if answer else None) or scenario.fault
    return ScenarioMatch(scenario.name, answer, delay.seconds(random.draw("delay")) if delay else 0.0, fault)
