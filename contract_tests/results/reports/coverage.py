"""The coverage report: each operation with the statuses that the contract documents and those that were answered."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.results.coverage import OperationCoverage
from contract_tests.results.reports.safe_text import code_span
from contract_tests.results.result import Result


def render(result: Result) -> str:
    """The report as a Markdown table, which can be read as it is."""
    return "".join(f"{line}\n" for line in table(result))


def table(result: Result) -> Iterator[str]:
    """The lines of the table; `200 ×17` is a status and how often it was answered."""
    yield "| Operation | Answered | Documented, but not answered | Answered, but not documented |"
    yield "|---|---|---|---|"
    for one in result.coverage:
        answered = ", ".join(f"{status} ×{times}" for status in one.documented if (times := one.times(status)))
        undocumented = ", ".join(f"{status} ×{times}" for status, times in one.undocumented.items())
        yield f"| {_named(one)} | {answered} | {', '.join(one.missing)} | {undocumented} |"


def _named(one: OperationCoverage) -> str:
    return f"{code_span(f'{one.method} {one.path}')} {code_span(one.operation)}"
