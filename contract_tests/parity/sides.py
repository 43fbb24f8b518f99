"""The two servers: what may be sent to either, within what limits, and who the verifier is there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_tests.cases.case import Case
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.suite import Scope, suites
from contract_tests.settings import Settings, read_secret, resolve
from contract_tests.target.selection import selected
from contract_tests.target.target import Target, agreed
from contract_tests.transport.budget import Budget, Limits
from contract_tests.transport.wire import Exchange
from contract_tests.verification.leave import Leave
from contract_tests.verification.sending import Sender
from mock_server.contract.model import Contract

PREFIX, PREFIX_OF_B = "RAINBOND_", "RAINBOND_B_"


def settings_of_b(url: str, given: Mapping[str, object], token_file: Path | None) -> Settings:
    """The settings of the second server: its own options and variables (`RAINBOND_B_TOKEN`), else those of the first.

    Raises:
        SettingsError: a value is not allowed.
    """
    own = {name: value for name, value in os.environ.items() if name.startswith(PREFIX_OF_B)}
    environment = {**os.environ, **{PREFIX + name.removeprefix(PREFIX_OF_B): value for name, value in own.items()}}
    token = {"token": read_secret(token_file, "--token-file")} if token_file is not None else {}
    return resolve({**given, **token, "url": url}, environment)


@contextmanager
def sides(contract: Contract, a: Settings, b: Settings) -> Iterator[tuple[Side, Side]]:
    """Both servers, looked at: what one of them must not be sent, neither is.

    Raises:
        SettingsError: the user must say first that a server is theirs.
        Unreachable: no connection can be made.
    """
    targets = agreed(contract, a), agreed(contract, b)
    overwriting = all(target.mock or a.allow_overwrite for target in targets)
    scope = Scope(a.seed, overwriting, not (a.loopback and b.loopback), a.only)
    limits = stricter(a.limits, b.limits)
    both = (
        Side("A", contract, a, targets[0], limits, scope),
        Side("B", contract, b, targets[1], limits, scope),
    )
    try:
        yield both
    finally:
        for side in both:
            side.sender.wire.close()


def stricter(one: Limits, other: Limits) -> Limits:
    """The limits that both servers' limits allow."""
    return Limits(
        max_builds=min(one.max_builds, other.max_builds),
        max_seconds=min(one.max_seconds, other.max_seconds),
        per_second=_least(one.per_second, other.per_second),
        failures_in_a_row=int(_least(one.failures_in_a_row, other.failures_in_a_row)),
    )


def _least(one: float, other: float) -> float:
    """The smaller of two limits, where 0 is none."""
    return min(one, other) or max(one, other)


@dataclass(frozen=True, slots=True)
class Step:
    """A case as it is sent to one of the servers."""

    under_test: OperationUnderTest
    case: Case


class Side:
    """One of the servers.

    Args:
        name: what messages call it: `A` or `B`.
        limits: those that hold for both.
        scope: which cases are wanted on both.
    """

    def __init__(
        self, name: str, contract: Contract, settings: Settings, target: Target, limits: Limits, scope: Scope
    ) -> None:
        self.name = name
        self.target = target
        wanted = selected(contract, settings.include, settings.exclude)
        self.suites = [each for each in suites(contract, target, scope) if each.under_test.operation.id in wanted]
        self.sender = Sender(settings.wire(), Budget(limits))
        self._leave = Leave(self.sender.ask, harmless=target.mock)
        self._steps = {case.id: Step(suite.under_test, case) for suite in self.suites for case in suite.cases}

    def step(self, case: Case) -> Step | None:
        """A case of either server as it is sent to this one; None where this one cannot be asked."""
        return self._steps.get(case.id)

    def may_be_sent(self, step: Step) -> bool:
        return self._leave.withheld(step.under_test, step.case.request) is None

    def send(self, step: Step) -> Exchange:
        """Send a case. Raises Unreachable."""
        return self.sender.send(step.under_test, step.case)
