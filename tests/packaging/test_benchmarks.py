"""The benchmark runs, says what it measured and what it could not, and its page holds what it prints."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import lanes, material, measure, peers, report, run, soak
from benchmarks.client import Call, read_wrk
from benchmarks.measure import Lane, Results, Sample
from benchmarks.processes import Server

ROOT = Path(__file__).parents[2]


@pytest.mark.xdist_group("wheel")
def test_the_peers_in_python_are_measured_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    run.main(["--python-only", "--beside-only", "--rounds", "1", "--seconds", "1"])

    table = capsys.readouterr().out
    figures = r"[1-9][\d,]* \| [1-9][\d,]* \| [\d.]+ ms \| \d+ MB \| \d+\.\d\d s \| [\d.]+ \| [\d.]+ \|"
    for name in ("bare ASGI application", r"rainbond-mock \S+", r"plain Connexion \S+"):
        assert re.search(rf"\| {name} \| {figures}", table), name
    assert "| GET | 405 | 405 |" in table
    assert re.search(r"\| times the floor \| at most 2 \| \d+\.\d\d \| ", table)


@pytest.mark.xdist_group("wheel")
def test_a_wrong_answer_is_not_timed() -> None:
    refused = Lane("refused", peers.connexion(), Call(material.PATH, "{"))
    absent = Lane("absent", Server("absent", "1", (sys.executable, "-c", "raise SystemExit(3)")), material.PLAIN)

    results = measure.measure([refused, absent], rounds=2, seconds=1)

    assert results.samples == {}
    assert [note.partition("{")[0] for note in results.notes] == [
        "refused: not measured, it answers 400, not 200: b'",
        "absent: not measured, absent 1 ended with 3 instead of starting.",
    ]


def test_a_peer_that_npm_cannot_install_is_skipped_with_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = material.make(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert peers.from_npm(tmp_path, files) == (
        [],
        ["openapi-backend, Prism, Mockoon: not measured, npm is not installed."],
    )

    (tmp_path / "npm").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    found, missing = peers.from_npm(tmp_path / "cache", files)
    assert found == []
    assert missing[1] == "Prism: not measured, npm could not install @stoplight/prism-cli."


def test_a_peer_that_is_faster_is_shown_as_such() -> None:
    beside, results = measured({lanes.FLOOR: 30, lanes.OURS: 600, lanes.PLAIN_CONNEXION: 300})

    assert "| plain Connexion 2 | 300 | 400 | 1.0 ms | 70 MB | 0.30 s | 1.0 | 10.0 |" in report.tables(
        beside, [], results
    )
    goals = report.goal_table(lanes.goals(results))
    assert "| times as fast as plain Connexion | at least 10 | 0.50 | **not reached** |" in goals
    assert "| MB of memory | at most 80 | 70.00 | reached |" in goals
    assert any(line.endswith("|  | not measured |") for line in goals)


def test_the_plot_is_an_image_with_a_bar_for_each_server() -> None:
    beside, results = measured({lanes.FLOOR: 30, lanes.OURS: 60, lanes.PLAIN_CONNEXION: 600})

    plot = ET.fromstring(report.plot(beside, results, "measured & <here> with wrk on two cores"))

    bars = [float(bar.attrib["width"]) for bar in plot.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == sorted(bars)
    assert len(bars) == 3
    texts = " ".join(filter(None, (text.text for text in plot.iter("{http://www.w3.org/2000/svg}text"))))
    assert "60 µs  (10.0 × plain Connexion)" in texts
    assert "measured & <here>" in texts


def measured(costs: dict[str, float]) -> tuple[list[Lane], Results]:
    beside = [Lane(name, Server(name, "2", ()), material.PLAIN) for name in costs]
    samples = {name: [Sample(cost, 400, 1.0, 70, 0.3)] for name, cost in costs.items()}
    return beside, Results(samples)


def test_what_wrk_says_is_read_with_its_failures() -> None:
    printed = """
    Latency Distribution
       99%    1.21s
    40 requests in 2.00s, 1MB read
    Socket errors: connect 1, read 2, write 0, timeout 4
    Non-2xx or 3xx responses: 3
  Requests/sec:     20.10
"""
    load = read_wrk(printed)

    assert (load.requests, load.rate, load.p99, load.refused, load.broken) == (40, 20.1, 1210.0, 3, 7)


def test_bodies_have_the_size_that_the_table_says() -> None:
    assert 140 <= len(material.PLAIN.body) <= 160
    assert [len(material.padded(size).body) for size in (10_000, 1_000_000)] == [10_000, 1_000_000]


def test_a_soak_ends_badly_when_memory_grows_or_an_answer_fails() -> None:
    def slices(*megabytes: float, failures: int = 0) -> soak.Verdict:
        return soak.judge([soak.Slice(60.0 * n, 100, 5, each, failures) for n, each in enumerate(megabytes, 1)])

    assert slices(90, 95, 96, 96).good
    assert not slices(90, 95, 96, 120).good
    assert not slices(90, 90, failures=1).good
    assert "| memory after 60 s, and at the end | 90 MB, 96 MB |" in slices(90, 95, 96, 96).lines()


@pytest.mark.xdist_group("wheel")
def test_a_soak_asks_sessions_and_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    soak.main(["--minutes", "0.05", "--slice", "1"])

    assert re.search(
        r"refused or did not come \| 0 \|\n\| answers a second, median \| [\d,]+ \|", capsys.readouterr().out
    )


def test_page_and_readme_hold_what_one_run_measured(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n")

    report.write(page, ["new", "lines"])

    assert page.read_text() == "before\n<!-- measured: begin -->\nnew\nlines\n<!-- measured: end -->\nafter\n"
    conditions = re.compile(r"measured: begin -->.*?(\d cores, .*rounds of.*)\n<!-- measured: end", re.S)
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("docs/benchmarks.md", "README.md")]
    assert len({conditions.search(text)[1] for text in pages}) == 1  # type: ignore[index]
