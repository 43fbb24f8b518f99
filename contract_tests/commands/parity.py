"""`rainbond-verify parity`: the same requests to two servers, and a table of where their answers differ."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from contract_tests.commands.mistakes import mistakes_told
from contract_tests.settings import Settings, read_secret, resolve
from mock_server.configuration.command_line import options
from mock_server.contract.secrets.secret_texts import clean

OF_B = ("team", "region", "app", "service")


@click.command()
@click.argument("url_a")
@click.argument("url_b")
@options(Settings, "spec")
@click.option("--token-file", type=click.Path(path_type=Path), help="File that holds A's token.")
@options(Settings, "team", "region", "app", "service", "ids", "headers")
@click.option("--b-token-file", type=click.Path(path_type=Path), help="File that holds B's token. Default: A's token.")
@click.option("--b-team", metavar="TEXT", help="B's team. Default: A's; the same of the others.")
@click.option("--b-region", metavar="TEXT", help="B's region.")
@click.option("--b-app", metavar="TEXT", help="B's application.")
@click.option("--b-service", metavar="TEXT", help="B's component.")
@options(Settings, "seed", "max_builds", "max_time", "rate", "timeout", "only", "include", "exclude")
@options(Settings, "wait", "cacert", "cert", "key", "insecure", "own", "allow_overwrite")
@click.option(
    "--format", "form", type=click.Choice(("text", "markdown", "json")), default="text", help="How to tell it."
)
def parity(url_a: str, url_b: str, form: str, token_file: Path | None, b_token_file: Path | None, **given: Any) -> None:
    """Send the same requests to the servers A and B, and tell where their answers differ.

    B's token and ids are those of A, where RAINBOND_B_TOKEN, RAINBOND_B_TEAM and so on do not say otherwise. Both are
    asked within the stricter of both budgets. Exits 1 where something differs, 3 where nothing could be compared.
    """
    from contract_tests.parity.comparing import compared  # noqa: PLC0415 - late, as in all commands
    from contract_tests.parity.sides import settings_of_b, sides  # noqa: PLC0415
    from contract_tests.parity.tables import FORMATS  # noqa: PLC0415
    from contract_tests.results.masking import Masker  # noqa: PLC0415
    from contract_tests.results.reports.terminal import ProgressLine  # noqa: PLC0415
    from mock_server.contract.loader import load_contract  # noqa: PLC0415

    own_of_b = {name: value for name in OF_B if (value := given.pop(f"b_{name}", None)) is not None}
    with mistakes_told():
        token = {"token": read_secret(token_file, "--token-file")} if token_file is not None else {}
        a = resolve({**given, **token, "url": url_a})
        b = settings_of_b(url_b, {**given, **token, **own_of_b}, b_token_file)
        progress = ProgressLine()
        with sides(load_contract(a.spec), a, b) as both:
            result = compared(*both, progress)
        progress.done()
    secrets = {**{f"B_{name}": secret for name, secret in b.secrets.items()}, **a.secrets}
    for line in FORMATS[form](result, Masker(secrets)):
        click.echo(clean(line) if form == "text" else line)
    sys.exit(result.exit_code)
