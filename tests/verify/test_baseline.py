"""A baseline says what is known, by whom and until when; all that is wrong with the file is said with its line."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from contract_tests.cases.case import UNROUTED, Case
from contract_tests.results.baseline import Baseline, Entry
from contract_tests.results.baseline_file import load_baseline
from contract_tests.results.findings import KNOWN, VIOLATION
from contract_tests.results.first_baseline import first_baseline
from contract_tests.results.result import CONFORMING, VIOLATED
from contract_tests.transport.wire import Request
from contract_tests.verification.run import verify
from mock_server.contract.document.source import SourceError
from mock_server.contract.model import Contract
from tests.verify.faults import serving
from tests.verify.results import finding, result
from tests.verify.test_faults_are_found import fails_on_bytes

ENTRY = """
known:
  - check: server-error
    constraint: JSON *
    reason: its parser does not catch it
    owner: the parser's people
    expires: {expires}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "baseline.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_known_deviation_is_green_and_named(tmp_path: Path, contract: Contract) -> None:
    baseline = load_baseline(written(tmp_path, ENTRY.format(expires="2999-01-01")))
    with serving(fails_on_bytes) as served:
        result = verify(contract, served.settings(only=("*/encoding/*",), max_time=60.0), baseline)
    assert result.exit_code == CONFORMING
    assert {(KNOWN, "its parser does not catch it")} == {(f.kind, f.reason) for f in result.findings}
    assert not result.notes


def test_what_the_baseline_does_not_name_stays_red(tmp_path: Path, contract: Contract) -> None:
    """Known in one place is not known in another, even for the same check."""
    text = ENTRY.format(expires="2999-01-01").replace("constraint: JSON *", "case: '*/encoding/latin-1'")
    baseline = load_baseline(written(tmp_path, text))
    with serving(fails_on_bytes) as served:
        result = verify(contract, served.settings(only=("*/encoding/*",), max_time=60.0), baseline)
    assert result.exit_code == VIOLATED
    assert {KNOWN, VIOLATION} == {finding.kind for finding in result.findings}


def test_expired_entry_is_reported_and_counts_no_more(tmp_path: Path, contract: Contract) -> None:
    baseline = load_baseline(written(tmp_path, ENTRY.format(expires="2020-01-01")))
    with serving(fails_on_bytes) as served:
        result = verify(contract, served.settings(only=("*/encoding/*",), max_time=60.0), baseline)
    assert result.exit_code == VIOLATED
    assert any("expired on 2020-01-01; ask the parser's people" in note for note in result.notes)


def test_entry_that_is_not_seen_is_reported_once_its_like_was_sent(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY.format(expires="2999-01-01"))
    baseline = load_baseline(path)
    sent = Case("o/body/x", "server-error", "o", "JSON syntax", "", Request("POST", "/"), UNROUTED, ())
    expected = [f"{path}:3: server-error * was not seen; the baseline entry may go"]
    assert [expected, []] == [list(baseline.notes([sent])), list(baseline.notes([]))]


def test_first_baseline_makes_the_next_run_green_and_asks_for_reasons(tmp_path: Path, contract: Contract) -> None:
    with serving(fails_on_bytes) as served:
        settings = served.settings(only=("*/encoding/*", "*/syntax/*"), max_time=60.0)
        found = verify(contract, settings)
        path = written(tmp_path, first_baseline(found, datetime.date(2999, 1, 1)))
        again = verify(contract, settings, load_baseline(path))
    assert (found.exit_code, again.exit_code) == (VIOLATED, CONFORMING)
    assert len(found.failing) == len(list(again.findings))
    assert again.notes == (f"{path}:7: {len(found.failing)} of the baseline's reasons are still to be written",)


def test_first_baseline_takes_patterns_for_texts(tmp_path: Path) -> None:
    shown = result(finding(constraint="limit a[*]?", observed="\n- check: x \x1b # \u202e"))
    (entry,) = load_baseline(written(tmp_path, first_baseline(shown, datetime.date(2027, 1, 1)))).entries
    assert entry.covers("limit-not-enforced", "createOrder", "limit a[*]?", "any")
    assert not entry.covers("limit-not-enforced", "createOrder", "limit ab", "any")
    assert entry.expires == datetime.date(2027, 1, 31)


def test_first_baseline_of_a_green_run_is_empty(tmp_path: Path) -> None:
    assert load_baseline(written(tmp_path, first_baseline(result(), datetime.date(2027, 1, 1)))).entries == ()


def test_last_day_still_counts() -> None:
    day = datetime.date(2027, 1, 1)
    entry = Entry("server-error", "r", "o", day, "b.yaml:1")
    assert Baseline((entry,), today=day).reason_for("server-error", "o", "c", "k") == "r"
    assert Baseline((entry,), today=day + datetime.timedelta(1)).reason_for("server-error", "o", "c", "k") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", ":1: a list is not allowed; allowed: a mapping with known"),
        ("known: 5\n", ":1: known: 5 is not allowed; allowed: a list"),
        ("known:\n  - 5\n", ":2: known: 5 is not allowed; allowed: a mapping with check, operation"),
        ("known:\n  - chek: server-error\n", "did you mean 'check'"),
        ("known:\n  - check: server-eror\n    reason: r\n    owner: o\n    expires: 2999-01-01\n", "'server-error'"),
        (
            "known:\n  - check: server-error\n    owner: o\n    expires: 2999-01-01\n",
            ":2: the entry has no reason; write it as {",
        ),
        (
            "known:\n  - check: server-error\n    reason: r\n    owner: o\n    expires: soon\n",
            "5: expires: 'soon' is no",
        ),
        ("known:\n  - {reason: r, owner: o, expires: x}\n  - {check: 5}\n", ":3: check: unknown 5; allowed: "),
    ],
)
def test_what_is_wrong_with_the_file_is_said_with_its_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        load_baseline(written(tmp_path, text))
    assert says in str(error.value)
