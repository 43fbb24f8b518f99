"""The measurement itself: what is run, what counts as found, and what the page says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.defects import measure
from tests.defects.console import Console
from tests.defects.ledger import Ledger
from tests.defects.measure import BARE, VERIFIER, Outcome
from tests.defects.mutation import LEAK
from tests.defects.power import Seeds, chosen, jobs_of, main
from tests.defects.seeded import DEFECTS
from tests.defects.table import CONFORMING, Results, page


def outcome(tool: str, target: str, code: int, *, seconds: float = 2.0, builds: int = 5, seed: int = 1) -> Outcome:
    return Outcome(tool, target, seed, code, seconds, builds, "")


def test_seeds_are_a_range_or_a_list() -> None:
    assert range(1, 11) == Seeds().convert("1..10", None, None)
    assert Seeds().convert("3,7", None, None) == [3, 7]


def test_a_kind_or_an_id_chooses_defects() -> None:
    assert {LEAK} == {defect.kind for defect in chosen([LEAK], 1)}
    assert [defect.id for defect in chosen(["debug-page"], 1)] == ["debug-page"]
    assert list(DEFECTS) == chosen([], 1)
    assert list(DEFECTS[::7]) == chosen([], 7)


def test_an_unknown_kind_is_refused_by_name() -> None:
    result = CliRunner().invoke(main, ["--only", "leeks"])
    assert result.exit_code == 2
    assert "leeks" in result.output


def test_each_tool_sees_the_conforming_console_with_each_seed() -> None:
    jobs = jobs_of(DEFECTS[:1], [VERIFIER, BARE], [4, 5])
    assert jobs[:3] == [(VERIFIER, CONFORMING, 4), (BARE, CONFORMING, 4), (VERIFIER, CONFORMING, 5)]
    assert [(VERIFIER, DEFECTS[0].id, 4), (BARE, DEFECTS[0].id, 4)] == jobs[4:]


def test_a_ledger_holds_outcomes_from_one_run_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    first = outcome(VERIFIER, CONFORMING, 0)
    Ledger(path).add(first)
    assert {(VERIFIER, CONFORMING, 1): first} == Ledger(path).known


@pytest.mark.parametrize(("code", "found"), [(0, False), (1, True), (2, False), (3, False), (measure.TIMED_OUT, False)])
def test_only_exit_code_1_is_a_find(code: int, found: bool) -> None:
    assert found is outcome(VERIFIER, "debug-page", code).found


def test_the_page_counts_by_kind_and_names_what_was_missed() -> None:
    defects = chosen(["debug-page", "trace-echoes", "second-build-fails"], 1)
    runs = [outcome(VERIFIER, "debug-page", 1), outcome(VERIFIER, "trace-echoes", 0)]
    runs += [outcome(VERIFIER, "second-build-fails", 3, seconds=9.0), outcome(VERIFIER, CONFORMING, 0)]
    text = page(Results(defects, [VERIFIER], runs, [1]))
    assert "| leaks | 2 | 1 (50.0 %) |" in text
    assert "| **all** | **3** | **1 (33.3 %)** |" in text
    assert "- `trace-echoes`: TRACE repeats the request, token and all.\n" in text
    assert "*(stopped as untestable)*" in text
    assert "| false alarms | 0 of 1 |" in text
    assert "| seconds, longest | 9.0 |" in text


def test_the_command_writes_the_page_and_keeps_the_outcomes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in (VERIFIER, BARE):
        monkeypatch.setitem(measure.COMMANDS, tool, lambda url, seed, folder: ["false"])
    options = ["--every", "100", "--seeds", "1", "--write", str(tmp_path / "power.md")]
    result = CliRunner().invoke(main, [*options, "--resume", str(tmp_path / "outcomes.jsonl")])
    assert result.exit_code == 0, result.output
    assert "| **all** | **3** | **3 (100.0 %)** | **3 (100.0 %)** |" in (tmp_path / "power.md").read_text("utf-8")
    assert len(Ledger(tmp_path / "outcomes.jsonl").known) == 8


def test_a_run_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "LONGEST", 0.2)
    monkeypatch.setitem(measure.COMMANDS, VERIFIER, lambda url, seed, folder: ["sleep", "5"])
    assert measure.measure(VERIFIER, CONFORMING, Console(), 1).code == measure.TIMED_OUT


def test_a_tool_that_falls_over_has_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    program = [sys.executable, "-c", "raise ValueError('a fault of the tool')"]
    monkeypatch.setitem(measure.COMMANDS, VERIFIER, lambda url, seed, folder: program)
    result = measure.measure(VERIFIER, CONFORMING, Console(), 1)
    assert (result.code, result.found) == (measure.CRASHED, False)


def test_a_tool_is_given_the_identities_in_an_empty_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAINBOND_URL", "http://127.0.0.1:1")
    script = "ls -A | wc -l; env | grep ^RAINBOND_ | sort | cut -d= -f1"
    monkeypatch.setitem(measure.COMMANDS, VERIFIER, lambda url, seed, folder: ["sh", "-c", script])
    lines = measure.measure(VERIFIER, CONFORMING, Console(), 1).output.split()
    assert ["0", *sorted(measure.IDENTITY)] == lines
