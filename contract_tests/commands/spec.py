"""`rainbond-verify spec`: what is wrong or weak in a contract, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_tests.commands.mistakes import mistakes_told
from mock_server.contract.secrets.secret_texts import for_terminal

if TYPE_CHECKING:
    from mock_server.contract.findings import Finding


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="How to tell it.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
def spec(files: tuple[Path, ...], form: str, strict: bool) -> None:
    """List what is wrong or weak in the contract FILE (default: the one of this kit).

    Exits 1 where it cannot be served or verified, else 0. The rules are explained in docs/contract.md.
    """
    from mock_server.contract.builtin import default_spec  # noqa: PLC0415 - late, as in all commands
    from mock_server.contract.check import lint  # noqa: PLC0415
    from mock_server.contract.document.source import load_source  # noqa: PLC0415

    with mistakes_told():
        found = [finding for file in files or (default_spec(),) for finding in lint(load_source(file))]
    errors = sum(finding.severity == "error" for finding in found)
    if form == "json":
        click.echo(_json(found, errors))
    else:
        for finding in found:
            click.echo(for_terminal(str(finding)))
        click.echo(f"{errors} errors, {len(found) - errors} warnings")
    raise SystemExit(1 if errors or (strict and found) else 0)


def _json(found: list[Finding], errors: int) -> str:
    value = {
        "report": "rainbond-verify spec",
        "counts": {"error": errors, "warning": len(found) - errors},
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "file": finding.place.rpartition(":")[0],
                "line": int(finding.place.rpartition(":")[2]),
                "text": finding.text,
            }
            for finding in found
        ],
    }
    return json.dumps(value, indent=2, ensure_ascii=False)
