"""Reads a baseline from its file."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from contract_tests.checks.registry import BY_ID
from contract_tests.results.baseline import Baseline, Entry
from mock_server.contract.document.diagnostics import Diagnostics, shown
from mock_server.contract.document.formats import Format, OneOf
from mock_server.contract.document.source import load_source


def _day(value: object) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is no day such as 2027-06-30") from None


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class WrittenEntry(Format, title="entry"):
    check: Annotated[str, OneOf(tuple(BY_ID))]
    operation: str = "*"
    constraint: str = "*"
    case: Annotated[list[str], BeforeValidator(_listed)] = Field(["*"])
    observed: str = "*"
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: Annotated[datetime.date, BeforeValidator(_day)]


class WrittenBaseline(Format, title="baseline"):
    known: list[WrittenEntry]


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        SourceError: the file cannot be used; every mistake is named with its line and the nearest spelling.
    """
    source = load_source(path)
    diagnostics = Diagnostics(source)
    written = diagnostics.read(WrittenBaseline)
    diagnostics.raise_any()
    entries = [
        Entry(place=source.place(("known", index)), cases=tuple(each.case), **each.model_dump(exclude={"case"}))
        for index, each in enumerate(written.known if written else ())
    ]
    return Baseline(tuple(entries))
