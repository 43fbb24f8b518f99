"""`rainbond-verify diff`: what changed between two contracts, and whether it breaks anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_tests.commands.mistakes import mistakes_told
from mock_server.contract.document.source import SourceError, nearest
from mock_server.contract.secrets.secret_texts import for_terminal

if TYPE_CHECKING:
    from contract_tests.diff.rules import Change


@click.command()
@click.argument("old")
@click.argument("new", nargs=-1, required=True)
@click.option(
    "--for", "audience", type=click.Choice(("clients", "servers")), default="clients", help="Whom to judge for."
)
@click.option(
    "--format", "form", type=click.Choice(("text", "markdown", "json")), default="text", help="How to tell it."
)
@click.option("--accept", multiple=True, metavar="ID", help="A change, or a whole rule, that is wanted; repeatable.")
@click.option("--accept-file", type=click.Path(path_type=Path), help="File with such ids, one a line; # comments.")
def diff(
    old: str, new: tuple[str, ...], audience: str, form: str, accept: tuple[str, ...], accept_file: Path | None
) -> None:
    """Tell what changed from the contract OLD to NEW: breaking, dangerous or safe.

    Each is a file, or REVISION:PATH, which git has. OLD may be a revision alone: then each NEW is compared with itself
    there. Exits 1 where a change breaks clients (or servers) that keep to OLD, else 0.
    """
    from contract_tests.diff.reports import FORMATS, level_of  # noqa: PLC0415 - late, as in all commands
    from contract_tests.diff.revisions import changes_between, pairs  # noqa: PLC0415
    from contract_tests.diff.rules import BREAKING, LEVELS  # noqa: PLC0415

    with mistakes_told():
        wanted = [*accept, *_read(accept_file)]
        found = [change for pair in pairs(old, new) for change in changes_between(*pair)]
        accepted = _accepted(found, wanted)
    left = [change for level in LEVELS for change in found if level_of(change, audience) == level]
    left = [change for change in left if change not in accepted]
    for line in FORMATS[form](left, accepted, audience):
        click.echo(for_terminal(line) if form == "text" else line)
    raise SystemExit(1 if any(level_of(change, audience) == BREAKING for change in left) else 0)


def _read(file: Path | None) -> Iterator[str]:
    """The ids that a file lists."""
    if file is None:
        return
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"--accept-file {file}: cannot be read: {type(error).__name__}") from None
    for line in lines:
        word = line.partition("#")[0].strip()
        if word:
            yield word


def _accepted(changes: Sequence[Change], wanted: Sequence[str]) -> list[Change]:
    """The changes that are wanted; what is wanted and did not happen is told, what is no id at all is a mistake."""
    from contract_tests.diff.reports import id_of  # noqa: PLC0415
    from contract_tests.diff.rules import RULES  # noqa: PLC0415

    happened = {id_of(change) for change in changes}
    for word in wanted:
        rule = word if word in RULES else word.rpartition("-")[0]
        if rule not in RULES:
            raise SourceError(f"--accept {word}: no such change{nearest(word, [*happened, *RULES])}")
        if word not in happened and not any(change.rule.id == word for change in changes):
            click.echo(f"note: --accept {word}: nothing of the kind happened", err=True)
    return [change for change in changes if change.rule.id in wanted or id_of(change) in wanted]
