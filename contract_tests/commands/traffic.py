"""`rainbond-verify traffic`: recorded exchanges, judged by the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_tests.commands.mistakes import mistakes_told
from mock_server.contract.secrets.secret_texts import clean

if TYPE_CHECKING:
    from contract_tests.results.result import Result

VERDICTS = {0: "CONFORMING", 1: "VIOLATED", 3: "NOTHING TO JUDGE"}
LONGEST = 300


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), help="The contract. Default: the one of this kit.")
@click.option("--base-url", default="", metavar="URL", help="Where the API is served; only what is there is judged.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Known deviations: they do not count.")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Write a report; repeatable.")
def traffic(file: Path, spec: Path | None, base_url: str, baseline: Path | None, reports: tuple[str, ...]) -> None:
    """Judge the exchanges of FILE, an HTTP Archive (HAR), by the contract. Nothing is sent.

    Archives of browsers, of proxies and of this kit's journal will do. Exits 1 where an answer breaks the contract, 3
    where no exchange is one of the contract's, else 0.
    """
    from contract_tests.results.baseline_file import load_baseline  # noqa: PLC0415 - late, as in all commands
    from contract_tests.results.reports.destinations import destinations  # noqa: PLC0415
    from contract_tests.traffic.archive import entries  # noqa: PLC0415
    from contract_tests.traffic.judging import Judge  # noqa: PLC0415
    from mock_server.contract.loader import load_contract  # noqa: PLC0415

    with mistakes_told():
        wanted = destinations(reports)
        judge = Judge(load_contract(spec), base_url, load_baseline(baseline) if baseline else None)
        judge.take(entries(file))
        result = judge.result(str(file))
        for report in wanted:
            report.write(result)
    for line in _lines(result):
        click.echo(clean(line), err=any(report.is_standard_output for report in wanted))
    raise SystemExit(result.exit_code)


def _lines(result: Result) -> Iterator[str]:
    from contract_tests.results.reports.safe_text import one_line  # noqa: PLC0415

    yield f"{VERDICTS[result.exit_code]}  {result.url}"
    yield f"  {result.untestable or f'{result.requests} exchanges judged'}"
    for one in result.coverage:
        if one.answered:
            statuses = ", ".join(f"{status} ×{count}" for status, count in one.answered.items())
            yield f"  {one.method} {one.path}: {statuses}"
    for finding in result.findings:
        times = f" ×{finding.times}" if finding.times > 1 else ""
        reason = f" ({finding.reason})" if finding.reason else ""
        yield f"✗ {finding.id}  {finding.severity} {finding.kind}{times}{reason}: {one_line(finding.purpose)}"
        yield f"    {finding.where}: expected {one_line(finding.expected)}; got {one_line(finding.observed)[:LONGEST]}"
    yield from (f"note: {one_line(note)}" for note in result.notes)
