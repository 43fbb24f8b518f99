"""The command `rainbond-verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from contract_tests.commands.diff import diff
from contract_tests.commands.mistakes import mistakes_told
from contract_tests.commands.parity import parity
from contract_tests.commands.spec import spec
from contract_tests.commands.traffic import traffic
from contract_tests.results.reports import FORMATS
from contract_tests.settings import Settings
from mock_server.command_group import CommandGroup
from mock_server.configuration.command_line import options


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rainbond-mock")
def main() -> None:
    """Proves that a server keeps the contract, or shows the exact request it breaks it with.

    Tokens come from RAINBOND_TOKEN and RAINBOND_OTHER_TOKEN, or from --token-file; ids from the options or from
    RAINBOND_TEAM, RAINBOND_REGION, RAINBOND_APP, RAINBOND_SERVICE, RAINBOND_OTHER_APP and RAINBOND_OTHER_SERVICE.

    Exit codes: 0 conforming; 1 a violation was found; 2 usage or a file unusable; 3 the target could not be tested;
    4 an error of this program; 130 interrupted.
    """


@main.command()
@click.argument("url", required=False)
@options(Settings, "spec")
@click.option("--token-file", type=click.Path(path_type=Path), help="File that holds the token.")
@options(Settings, "team", "region", "app", "service", "ids", "headers", "auth", "seed")
@click.option("--seeds", metavar="FIRST..LAST", help="Several runs, one for each seed, merged.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    help=f"Write a report, - is standard output; repeatable: {', '.join(FORMATS)}.",
)
@click.option(
    "--write-baseline",
    "new_baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what was found as a first baseline, with reasons to fill in.",
)
@click.option("--plan", is_flag=True, help="Print every request that would be sent, and send none of them.")
@options(Settings, "max_builds", "max_time", "rate", "timeout", "slow_after", "tolerate", "baseline", "only", "fuzz")
@options(Settings, "include", "exclude", "own", "allow_overwrite")
@options(Settings, "cacert", "cert", "key", "insecure", "wait")
def run(url: str | None, **given: Any) -> None:
    """Verify the server at URL (or RAINBOND_URL).

    Each accepted request may start a real build; see --plan and --max-builds.
    """
    from contract_tests.commands.run import run as verify  # noqa: PLC0415 - late, as in all commands

    with mistakes_told():
        code = verify(url, given)
    raise SystemExit(code)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("finding", required=False)
@click.option("--url", help="Another target than the one of the report.")
@options(Settings, "spec", "baseline", "auth", "own", "cacert", "cert", "key", "insecure")
def replay(file: Path, finding: str | None, **given: Any) -> None:
    """Send the request of a finding in FILE (a JSON report) again, and tell whether it still happens.

    Without FINDING all of the file's findings are replayed. Exits 1 if any still happens, 0 if none does. Tokens are
    sent only to a target that --url or RAINBOND_URL names: a report may be somebody else's.
    """
    from contract_tests.commands.run import replay as send_again  # noqa: PLC0415

    with mistakes_told():
        code = send_again(file, finding, given)
    raise SystemExit(code)


for command in (diff, parity, spec, traffic):
    main.add_command(command)


if __name__ == "__main__":
    main()
