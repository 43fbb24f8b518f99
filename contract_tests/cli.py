"""The command `rainbond-verify`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from contract_tests.commands import plan as planning
from contract_tests.commands import replay as replaying
from contract_tests.results.baseline import Baseline, load_baseline
from contract_tests.results.reports import FORMATS, terminal, write
from contract_tests.settings import Settings, parse_seeds, read_token, resolve
from contract_tests.transport.wire import Unreachable
from contract_tests.verification.run import Result, merged, verify
from contract_tests.verification.target import Target, look
from mock_server.contract.loader import load_contract
from mock_server.contract.secret_texts import clean
from mock_server.contract.source import SourceError, nearest
from mock_server.settings import SettingsError

UNUSABLE, UNTESTABLE = 2, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rainbond-mock")
def main() -> None:
    """Proves that a server keeps the contract, or shows the exact request it breaks it with.

    Tokens come from RAINBOND_TOKEN and RAINBOND_OTHER_TOKEN, or from --token-file; ids from the options or from
    RAINBOND_TEAM, RAINBOND_REGION, RAINBOND_APP, RAINBOND_SERVICE, RAINBOND_OTHER_APP and RAINBOND_OTHER_SERVICE.

    Exit codes: 0 conforming; 1 a violation was found; 2 usage or a file unusable; 3 the target could not be tested.
    """


def _identity_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--token-file", type=click.Path(path_type=Path), help="File that holds the token."),
        click.option("--team", help="Team that exists on the target."),
        click.option("--region", help="Region of the team."),
        click.option("--app", help="Application of the team in the region."),
        click.option("--service", help="Component of the application."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@click.argument("url", required=False)
@click.option("--spec", type=click.Path(path_type=Path), help="The contract; default: the one of this kit.")
@_identity_options
@click.option("--id", "ids", multiple=True, metavar="NAME=VALUE", help="Value of another path parameter; repeatable.")
@click.option("--seed", type=click.IntRange(min=0), help="What generated requests are derived from; default 1.")
@click.option("--seeds", metavar="FIRST..LAST", help="Several runs, one for each seed, merged.")
@click.option(
    "--report", "reports", multiple=True, metavar="FORMAT=FILE", help=f"Write a report: {', '.join(FORMATS)}."
)
@click.option("--plan", is_flag=True, help="Print every request that would be sent, and send none of them.")
@click.option("--max-builds", type=click.IntRange(min=0), help="Most accepted requests; default 25, off loopback 5.")
@click.option("--max-time", type=click.FloatRange(min=1), help="Seconds; default 60, off loopback 300.")
@click.option("--rate", type=click.FloatRange(min=0), help="Requests a second; default no limit, off loopback 5.")
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Seconds to wait for one answer.")
@click.option("--slow-after", type=click.FloatRange(min=0.05), help="Seconds after which an answer is slow.")
@click.option("--tolerate", multiple=True, metavar="lenient", help="Report leniency without failing.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Known deviations, each with reason, owner, expiry.")
@click.option(
    "--only", multiple=True, metavar="PATTERN", help="Beside the core, only cases whose id matches; see --plan."
)
@click.option("--fuzz/--no-fuzz", default=None, help="Generate requests on top of the cases; default on.")
@click.option(
    "--i-own-this-target", "own", is_flag=True, default=None, help="Needed off loopback: builds are real there."
)
@click.option("--allow-overwrite", is_flag=True, default=None, help="Off loopback, too, send what overwrites settings.")
def run(url: str | None, **options: Any) -> None:
    """Verify the server at URL (or RAINBOND_URL).

    Each accepted request may start a real build; see --plan and --max-builds.
    """
    with _Unusable():
        seeds = parse_seeds(options.pop("seeds") or "") if options.get("seeds") else None
        reports = [_report(text) for text in options.pop("reports")]
        plan_only = options.pop("plan")
        settings = _settings(url, options)
        _guard(settings, plan_only=plan_only)
        contract = load_contract(settings.spec)
        baseline = load_baseline(settings.baseline) if settings.baseline else None
        if plan_only:
            for line in planning.lines(contract, settings, _looked_at(settings)):
                click.echo(line)
            return
        result = _verified(contract, settings, seeds or (settings.seed,), baseline)
        for form, path in reports:
            write(form, path, result)
    replay_file = next((str(path) for form, path in reports if form == "json"), "")
    for line in terminal.lines(result, replay_file, colour=sys.stdout.isatty()):
        click.echo(line)
    raise SystemExit(result.exit_code)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("finding", required=False)
@click.option("--url", help="Another target than the one of the report.")
@click.option("--spec", type=click.Path(path_type=Path), help="The contract; default: the one of this kit.")
@click.option(
    "--i-own-this-target", "own", is_flag=True, default=None, help="Needed off loopback: builds are real there."
)
def replay(file: Path, finding: str | None, url: str | None, spec: Path | None, own: bool | None) -> None:
    """Send the request of a finding in FILE (a JSON report) again, and tell whether it still happens.

    Without FINDING all of the file's findings are replayed. Exits 1 if any still happens, 0 if none does.
    """
    with _Unusable():
        settings = resolve({"url": url or replaying.url_of(file), "spec": spec, "own": own})
        _guard(settings, plan_only=False)
        outcomes = replaying.replay(file, finding, settings, load_contract(settings.spec))
    for outcome in outcomes:
        click.echo(f"{outcome.finding}: {outcome.text}")
    raise SystemExit(1 if any(outcome.happens for outcome in outcomes) else 0)


# ---- what the commands are made of


def _settings(url: str | None, options: dict[str, Any]) -> Settings:
    token_file = options.pop("token_file")
    if token_file is not None:
        options["token"] = read_token(token_file)
    pairs = [text.partition("=") for text in options.pop("ids")]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise SettingsError(f"--id: {name!r} is not of the form NAME=VALUE")
    options["ids"] = {name: value for name, _, value in pairs} or None
    for name in ("tolerate", "only"):
        options[name] = options[name] or None
    return resolve({"url": url, **options})


def _report(text: str) -> tuple[str, Path]:
    form, sign, path = text.partition("=")
    if form not in FORMATS:
        raise SettingsError(
            f"--report: {form!r}: no such format{nearest(form, FORMATS)}; there are {', '.join(FORMATS)}"
        )
    if not sign or not path:
        raise SettingsError(f"--report: {text!r}: give a file, e.g. {form}=report.{form}")
    if not Path(path).absolute().parent.is_dir():
        raise SettingsError(f"--report: {path}: there is no such folder")
    return form, Path(path)


def _guard(settings: Settings, *, plan_only: bool) -> None:
    if not settings.url:
        raise SettingsError("no target: give its URL, or set RAINBOND_URL")
    if not settings.loopback and not settings.own and not plan_only:
        raise SettingsError(
            f"{settings.url} is not this machine: each accepted request starts a real build there and may overwrite "
            "settings; give --i-own-this-target if it is yours (--plan shows what would be sent)"
        )


def _looked_at(settings: Settings) -> Target:
    """The target's own words where it is this machine; elsewhere a plan sends nothing at all."""
    if settings.loopback:
        try:
            return look(settings.url, settings.identity, settings.patience)
        except Unreachable:
            pass
    return Target(settings.url, settings.identity)


def _verified(contract: Any, settings: Settings, seeds: tuple[int, ...], baseline: Baseline | None) -> Result:
    progress = terminal.ProgressLine()
    try:
        return merged(verify(contract, replace(settings, seed=seed), baseline, progress) for seed in seeds)
    finally:
        progress.done()


class _Unusable:
    """Turns what a user can put right into one message and exit code 2."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SettingsError | SourceError | replaying.ReplayError):
            _stop(str(error), UNUSABLE)
        if isinstance(error, Unreachable):
            _stop(f"unreachable: {error}", UNTESTABLE)
        if isinstance(error, OSError) and error.filename:
            _stop(f"{error.filename}: {error.strerror}", UNUSABLE)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {clean(message)}", err=True)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
