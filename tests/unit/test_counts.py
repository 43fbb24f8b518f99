"""Counts of answers: by kind, summed over processes, never without bound."""

from __future__ import annotations

import json
from pathlib import Path

from mock_server.service.counts import BOUNDS, MOST_SERIES, OTHER, Counts, Kind, read

BUILT = Kind("buildComponent", 200, way="compiled")


def counted(counts: Counts) -> dict[Kind, int]:
    return {kind: sum(series.classes) for kind, series in counts.items()}


def test_answers_are_counted_by_kind_and_by_how_long_they_took() -> None:
    counts = Counts()
    counts.of(BUILT).add(BOUNDS[0])
    counts.of(BUILT).add(2.0)
    counts.of(BUILT).add(60.0)

    series = counts.of(BUILT)
    assert (series.classes[0], series.classes[-1], sum(series.classes)) == (1, 1, 3)
    assert series.seconds == BOUNDS[0] + 62.0


def test_counts_are_read_as_they_were_written() -> None:
    counts = Counts()
    counts.store_errors = 2
    counts.of(BUILT).add(0.1)

    again = read(counts.text())

    assert (again.items(), again.store_errors) == (counts.items(), 2)


def test_processes_that_share_a_folder_are_summed_even_after_one_died(tmp_path: Path) -> None:
    died, own = Counts(), Counts()
    died.of(BUILT).add(0.1)
    (tmp_path / "1.json").write_text(died.text(), encoding="utf-8")
    with own.shared(tmp_path):
        own.of(BUILT).add(0.1)
        assert counted(own.total()) == {BUILT: 2}

    written = [json.loads(file.read_text(encoding="utf-8")) for file in tmp_path.glob("*.json")]
    assert len(written) == 2
    assert counted(own) == {BUILT: 1}


def test_kinds_beyond_the_limit_are_counted_together() -> None:
    counts = Counts()
    for number in range(MOST_SERIES + 5):
        counts.of(Kind("buildComponent", 409, scenario=f"scenario {number}")).add(0.1)

    assert counted(counts)[Kind(OTHER, 409, scenario=OTHER)] == 5
