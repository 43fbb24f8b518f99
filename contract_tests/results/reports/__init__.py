"""Reports: one small module a format. None of them ever sees a secret: findings are masked when they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_tests.results.result import Result

Render = Callable[["Result"], str]

FORMATS: Mapping[str, str] = {
    "html": "html",
    "json": "json_report",
    "junit": "junit",
    "sarif": "sarif",
    "markdown": "markdown",
    "coverage": "coverage",
    "gitlab": "code_quality",
    "github": "github",
}
"""The module of each format, imported when a report is wanted."""


def render(form: str, result: Result) -> str:
    """A result in one of the formats."""
    made: Render = import_module(f"{__name__}.{FORMATS[form]}").render
    return made(result)
