"""`rainbond-verify run` and `replay`, once their options are known."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from contract_tests.commands import plan as planning
from contract_tests.commands import replay as replaying
from contract_tests.results.baseline import Baseline
from contract_tests.results.first_baseline import first_baseline
from contract_tests.results.reports import terminal
from contract_tests.results.reports.destinations import Destination, check_new, destinations
from contract_tests.results.result import Result, merged
from contract_tests.settings import Settings, parse_seeds, read_secret, resolve
from contract_tests.target.contract_source import contract_of
from contract_tests.target.credentials import obtained
from contract_tests.target.selection import selected
from contract_tests.target.target import Target, agreed, base_of
from contract_tests.transport.budget import Budget
from contract_tests.transport.wire import Unreachable
from contract_tests.verification.run import unreachable, verify
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.model import Contract
from mock_server.contract.secrets.secret_texts import printable


def run(url: str | None, given: dict[str, Any]) -> int:
    """Verify a server: the exit code.

    Raises:
        SettingsError, SourceError: something cannot be used.
    """
    text = given.pop("seeds")
    seeds = parse_seeds(text) if text else None
    reports = destinations(given.pop("reports"))
    new_baseline = given.pop("new_baseline")
    if new_baseline is not None:
        check_new(new_baseline, "--write-baseline")
    plan_only = given.pop("plan")
    settings = _settings(url, given)
    contract = contract_of(settings)
    selected(contract, settings.include, settings.exclude)
    baseline = _known(settings.baseline)
    if plan_only:
        # Nothing is sent, not even to find out what the target is.
        settings = replace(settings, auth_values={scheme: f"secret-of-{scheme}" for scheme in settings.auth})
        target = Target(settings.url, settings.identity, base_of(settings.url), mock=settings.loopback)
        for line in planning.lines(contract, settings, target):
            click.echo(line)
        return 0
    result = _verified(contract, settings, seeds or (settings.seed,), baseline)
    _show(result, reports)  # before a report that cannot be written
    for report in reports:
        report.write(result)
    if new_baseline is not None:
        new_baseline.write_text(first_baseline(result, datetime.now(UTC).date()), encoding="utf-8")
    return result.exit_code


def replay(file: Path, finding: str | None, given: dict[str, Any]) -> int:
    """Send the requests of a report again: the exit code.

    Raises:
        SettingsError, SourceError: something cannot be used.
        Unreachable: no connection can be made.
    """
    settings = resolve(given)
    named = bool(settings.url)
    settings = settings if named else replace(settings, url=replaying.url_of(file))
    contract = contract_of(settings)
    known = _known(settings.baseline if given["baseline"] else None)
    settings, target = _reached(contract, settings)
    outcomes = replaying.replay(file, finding, settings, target, known, named=named)
    for outcome in outcomes:
        click.echo(printable(f"{outcome.finding}: {outcome.text}"))
    return 1 if any(outcome.happens for outcome in outcomes) else 0


def _known(path: Path | None) -> Baseline | None:
    """The baseline in a file, if one is given. Raises SourceError."""
    if path is None:
        return None
    from contract_tests.results.baseline_file import load_baseline  # noqa: PLC0415 - pydantic, where there is one

    return load_baseline(path)


def _show(result: Result, reports: Sequence[Destination]) -> None:
    """Tell a person; on standard error where standard output holds a report."""
    stream = sys.stderr if any(report.is_standard_output for report in reports) else sys.stdout
    file = next((report.file for report in reports if report.form == "json" and not report.is_standard_output), "")
    screen = terminal.Screen.of(stream)
    for line in terminal.lines(result, file, screen):
        click.echo(line, file=stream, color=screen.colour)


def _settings(url: str | None, given: dict[str, Any]) -> Settings:
    token_file = given.pop("token_file")
    if token_file is not None:
        given["token"] = read_secret(token_file, "--token-file")
    settings = resolve({"url": url, **given})
    if not settings.url:
        raise SettingsError("no target: give its URL, or set RAINBOND_URL")
    return settings


def _reached(contract: Contract, settings: Settings) -> tuple[Settings, Target]:
    """The target, and the settings with the secrets of its schemes: asked once the user agreed, and it is there."""
    target = agreed(contract, settings)
    settings = obtained(contract, settings)
    return settings, replace(target, identity=settings.identity)


def _verified(contract: Contract, settings: Settings, seeds: tuple[int, ...], baseline: Baseline | None) -> Result:
    progress = terminal.ProgressLine()
    try:
        settings, target = _reached(contract, settings)
    except Unreachable as error:
        return unreachable(contract, settings, seeds, error, datetime.now(UTC))
    try:
        return merged(_runs(contract, settings, seeds, baseline, progress, target))
    finally:
        progress.done()


def _runs(
    contract: Contract,
    settings: Settings,
    seeds: tuple[int, ...],
    baseline: Baseline | None,
    progress: terminal.ProgressLine,
    target: Target,
) -> Iterator[Result]:
    """One run for each seed, all of them within one budget."""
    budget = Budget(settings.limits)
    for index, seed in enumerate(seeds):
        closed = budget.closed() if index else ""
        if closed:
            click.echo(f"seeds {seed}..{seeds[-1]} were not run: {closed}", err=True)
            return
        yield verify(contract, replace(settings, seed=seed), baseline, progress, target=target, budget=budget)
