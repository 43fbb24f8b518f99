"""Measures a verifier's power: `python -m tests.defects.power`.

Runs `rainbond-verify`, and beside it bare Schemathesis, over every seeded defect and, seed by seed, over the conforming
console, and prints what they found.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tests.defects.console import Console
from tests.defects.ledger import Ledger
from tests.defects.measure import BARE, VERIFIER, Outcome, measure
from tests.defects.mutation import KINDS, Defect
from tests.defects.seeded import DEFECTS
from tests.defects.table import CONFORMING, Results, page

Job = tuple[str, str, int]


class Seeds(click.ParamType[Sequence[int]]):
    """Seeds, as `1..10` or `3,7`."""

    name = "seeds"

    def convert(self, value: str | Sequence[int], param: object, ctx: object) -> Sequence[int]:
        if not isinstance(value, str):
            return value
        first, dots, last = value.partition("..")
        try:
            return range(int(first), int(last) + 1) if dots else [int(seed) for seed in value.split(",")]
        except ValueError:
            raise click.BadParameter(f"{value!r} is neither a range such as 1..10 nor a list such as 3,7") from None


def chosen(only: Sequence[str], every: int) -> list[Defect]:
    """The defects of these kinds or ids; all of them where none is named."""
    known = {*KINDS, *(defect.id for defect in DEFECTS)}
    if unknown := set(only) - known:
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: neither a kind ({', '.join(KINDS)}) nor an id")
    return [defect for defect in DEFECTS if not only or {defect.id, defect.kind} & set(only)][::every]


def jobs_of(defects: Sequence[Defect], tools: Sequence[str], seeds: Sequence[int]) -> list[Job]:
    """Every run to make; a verifier that cries wolf is seen first."""
    plain = [(tool, CONFORMING, seed) for seed in seeds for tool in tools]
    return plain + [(tool, defect.id, seeds[0]) for defect in defects for tool in tools]


def run(job: Job) -> Outcome:
    tool, target, seed = job
    by_id = {defect.id: defect for defect in DEFECTS}
    return measure(tool, target, by_id[target].console() if target in by_id else Console(), seed)


@click.command(context_settings={"show_default": True})
@click.option("--only", multiple=True, metavar="KIND|ID", help="Only these defects; may be given several times.")
@click.option("--every", type=click.IntRange(1), default=1, help="Only every n-th of them.")
@click.option("--seeds", type=Seeds(), default="1..10", help="Seeds for the conforming console; defects get the first.")
@click.option("--jobs", type=click.IntRange(1), default=2, help="How many runs go on at once.")
@click.option("--bare/--no-bare", default=True, help="Run bare Schemathesis beside the verifier.")
@click.option("--verifier/--no-verifier", default=True, help="Run the verifier.")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to this file as well.")
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep each run's outcome in this file, and do not repeat the runs that it holds already.",
)
def main(
    only: Sequence[str],
    every: int,
    seeds: Sequence[int],
    jobs: int,
    bare: bool,
    verifier: bool,
    write: Path | None,
    resume: Path | None,
) -> None:
    """Measure what the verifier finds among the seeded defects."""
    tools = [tool for tool, wanted in ((VERIFIER, verifier), (BARE, bare)) if wanted]
    if not tools:
        raise click.UsageError("nothing to run: --no-verifier and --no-bare exclude each other")
    defects = chosen(only, every)
    work = jobs_of(defects, tools, seeds)
    ledger = Ledger(resume)
    missing = [job for job in work if job not in ledger.known]
    with ThreadPoolExecutor(jobs) as pool:
        for number, outcome in enumerate(pool.map(run, missing), 1):
            ledger.add(outcome)
            click.echo(progress(number, len(missing), outcome), err=True)
    outcomes = [ledger.known[job] for job in work]
    text = page(Results(defects, tools, outcomes, seeds))
    click.echo(text)
    if write is not None:
        write.write_text(text, encoding="utf-8")
    if faults := {fault for outcome in outcomes for fault in outcome.faults}:
        raise click.ClickException("the console itself failed, which spoils the measurement:\n" + "\n".join(faults))


def progress(number: int, total: int, outcome: Outcome) -> str:
    """One line about one run."""
    verdict = "found" if outcome.found else f"exit code {outcome.code}"
    return (
        f"{number}/{total} {outcome.target} {outcome.tool}: {verdict}, {outcome.seconds:.1f} s, {outcome.builds} builds"
    )


if __name__ == "__main__":
    main()
