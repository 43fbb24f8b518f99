"""Reports: one small module a format. None of them ever sees a secret: findings are masked when they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from contract_tests.results.reports import html, json_report, junit
from contract_tests.results.result import Result

FORMATS: Mapping[str, Callable[[Result], str]] = {
    "html": html.render,
    "json": json_report.render,
    "junit": junit.render,
}


def write(form: str, path: Path, result: Result) -> None:
    """Write a result in one of the formats."""
    path.write_text(FORMATS[form](result), encoding="utf-8")
