"""The benchmark runs, and its page holds what it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.client import Speed
from benchmarks.run import CALLS, PROBES, Results, Sample
from benchmarks.servers import Server

ROOT = Path(__file__).parents[2]


@pytest.mark.xdist_group("wheel")
def test_the_peers_in_python_are_measured_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    run.main(["--python-only", "--rounds", "1", "--seconds", "1"])

    table = capsys.readouterr().out
    assert len(re.findall(r"\| rainbond-mock \S+ \| 200 \| [1-9]\d* \|", table)) == len(CALLS)
    assert re.search(r"\| Connexion, plain \S+ \| 200 \| [1-9]\d* \| \d+ ms \| \d\.\d\d \| \d\.\d\d of that \|", table)
    assert "| GET | 405 | 405 |" in table


def test_a_peer_that_is_faster_is_shown_as_such() -> None:
    results = {
        Server("ours", "1", ()): results_of(cost=2.0, startup=2.0),
        Server("theirs", "2", ()): results_of(cost=0.5, startup=0.5),
    }

    table = run.report(results, [], rounds=3, seconds=4)

    assert "| theirs 2 | 200 | 400 | 1 ms | 0.50 | 4.00 of that |" in table
    assert "| theirs 2 | 0.50 | 0.50 |" in table


def results_of(cost: float, startup: float) -> Results:
    samples = {call: [Sample(Speed(400, 1.0), cost)] for call in CALLS}
    return Results([(startup, startup)], samples, dict.fromkeys((*CALLS, *PROBES), 200))


def test_the_page_holds_one_measured_table_with_its_conditions(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n")

    run.write(page, "new")

    assert page.read_text() == "before\n<!-- measured: begin -->\nnew\n<!-- measured: end -->\nafter\n"
    written = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert re.search(r"measured: begin -->\n\| Quick start.*\d cores, .*rounds of.*\n<!-- measured: end", written, re.S)
