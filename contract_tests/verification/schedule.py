"""In which order the cases of all operations are sent: the core of each first, what takes something away last.

Every accepted request may be a build: the core of every operation has them first, the last one waits until all else
was sent (nothing may be sent once it is spent), and what a baseline knows to be accepted takes none that is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from contract_tests.cases.case import CORE, LIKELY, Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.suite import Suite

Step = tuple[OperationUnderTest, Case]
Steps = list[Step]


class Schedule:
    """The cases of some operations in order.

    Args:
        left: how many requests may still be accepted.
        is_known: whether a baseline knows that a case is accepted against the contract.
        done: ids of cases that were sent already.
    """

    def __init__(
        self,
        suites: Iterable[Suite],
        left: Callable[[], int],
        is_known: Callable[[Case], bool] = lambda case: False,
        done: frozenset[str] = frozenset(),
    ) -> None:
        found = list(suites)
        self._left = left
        self._keeping = [suite for suite in found if not suite.under_test.takes_away]
        taking = [suite for suite in found if suite.under_test.takes_away]
        self._taking = sorted(taking, key=lambda suite: suite.under_test.ends_session)
        self._done = done
        self._is_known = is_known
        self._waiting: Steps = []
        self._known: Steps = []
        self._core_open = 0

    def early(self, in_time: Callable[[], bool] = lambda: True) -> Iterator[Step]:
        """What comes first; the rest waits for `late`."""
        valid, refusing = self._split()
        self._known = [step for step in refusing if step[0].has_effect(step[1].request) and self._is_known(step[1])]
        deferred = {step[1].id for step in self._known}
        refusing = [step for step in refusing if step[1].id not in deferred]
        groups = len({step[1].likeness for step in self._known})
        core = [step for step in valid if step[1].priority == CORE]
        self._core_open = sum(map(_cost, core)) + len(self._taking)
        for step in self._in_order(core, [step for step in valid if step[1].priority != CORE], refusing):
            cost = _cost(step)
            needed = 1 if step[1].priority == CORE else 1 + self._core_open + groups
            if (cost and self._left() - cost < needed) or not in_time():
                self._waiting.append(step)
                continue
            self._core_open -= cost if step[1].priority == CORE else 0
            yield step

    def late(self) -> Iterator[Step]:
        """What waited: the core before all else; then what is known; then what takes something away."""
        waiting = sorted(self._waiting, key=lambda step: step[1].priority)
        groups = len({step[1].likeness for step in self._known})
        for step in waiting:
            spare = self._left() - _cost(step) - len(self._taking) - groups
            if step[1].priority == CORE or not _cost(step) or spare >= 0:
                yield step
            else:
                self._known.append(step)
        yield from self._known
        for suite in self._taking:
            steps = [(suite.under_test, case) for case in suite.cases]
            yield from sorted(steps, key=lambda step: (step[1].expect.accepts, step[1].priority))

    @property
    def kept(self) -> int:
        """Builds that what waits will take."""
        return sum(map(_cost, self._waiting)) + len(self._taking) + len({step[1].likeness for step in self._known})

    def _split(self) -> tuple[Steps, Steps]:
        queues = [
            [(suite.under_test, case) for case in suite.cases if case.id not in self._done] for suite in self._keeping
        ]
        steps = [step for step in chain.from_iterable(zip_longest(*queues)) if step is not None]
        by_priority = sorted(steps, key=lambda step: step[1].priority)
        return (
            [step for step in by_priority if step[1].expect.accepts],
            [step for step in by_priority if not step[1].expect.accepts],
        )

    @staticmethod
    def _in_order(core: Steps, valid: Steps, refusing: Steps) -> Iterator[Step]:
        """Valid requests are spread among the invalid ones, so that each proves that the others left no trace."""
        yield from core
        yield from (step for step in refusing if step[1].priority == CORE)
        yield from _spread(valid, [step for step in refusing if step[1].priority == LIKELY])
        yield from (step for step in refusing if step[1].priority > LIKELY)


def planned(suites: Sequence[Suite], builds: int) -> Iterator[Step]:
    """The steps of a run on a target that conforms, in order."""
    left = builds
    firsts = [(suite.under_test, first) for suite in suites if (first := suite.first) is not None]

    def count(step: Step) -> Step:
        nonlocal left
        left -= _cost(step)
        return step

    yield from map(count, firsts)
    schedule = Schedule(suites, lambda: left, done=frozenset(case.id for _, case in firsts))
    yield from map(count, schedule.early())
    yield from map(count, schedule.late())


def _cost(step: Step) -> int:
    """How many builds a step takes on a target that conforms."""
    under_test, case = step
    return case.together if case.expect.accepts and under_test.has_effect(case.request) else 0


def _spread(few: Steps, many: Steps) -> Iterator[Step]:
    step = max(1, len(many) // (len(few) + 1))
    waiting = iter(few)
    for index, case in enumerate(many):
        yield case
        if index % step == step - 1:
            yield from (one for one in [next(waiting, None)] if one is not None)
    yield from waiting
