"""The command `rainbond-verify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from contract_tests import settings as settings_of
from contract_tests.baseline import load_baseline
from contract_tests.reports import terminal
from contract_tests.settings import Settings, SettingsError, resolve
from contract_tests.verification import verify
from mock_server.contract_reader import load_contract
from mock_server.yaml_source import SourceError

UNUSABLE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Proves that a server keeps the contract, or shows the exact request it breaks it with."""


@main.command()
@click.argument("url", required=False)
def run(url: str | None, **options: Any) -> None:
    """Verify the server at URL."""
    settings = resolve({"url": url})
    contract = load_contract(settings.spec)
    progress = terminal.ProgressLine()
    result = verify(contract, settings, progress=progress)
    progress.done()
    for line in terminal.lines(result, colour=sys.stdout.isatty()):
        click.echo(line)
    raise SystemExit(result.exit_code)


_ = (Path, settings_of, load_baseline, Settings, SettingsError, SourceError, UNUSABLE)

if __name__ == "__main__":
    main()
