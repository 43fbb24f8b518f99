"""The command: exit codes, one clear message for what a user can put right, and secrets in no output."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from contract_tests.cli import main
from contract_tests.settings import ENVIRONMENT
from contract_tests.target.target import CATALOGUE
from mock_server.settings import Settings as MockSettings
from mock_server.web.serving.running import running
from tests.verify.faults import IDENTITY, Served, serving
from tests.verify.test_faults_are_found import token_ignored, token_in_header

BY_VARIABLE = {variable: IDENTITY[name] for variable, name in ENVIRONMENT.items() if name in IDENTITY}
QUICK = ("--no-fuzz", "--only", "core")


def command(*arguments: str, **environment: str) -> Result:
    unset = dict.fromkeys(ENVIRONMENT)
    return CliRunner().invoke(main, arguments, env={**unset, **environment}, catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "http://127.0.0.1:1", "--slow-aftr", "1"), "--slow-after"),
        (("run", "http://127.0.0.1:1", "--seed", "x"), "'x'"),
        (("run", "http://127.0.0.1:1", "--seeds", "3..1"), "3..1"),
        (("run", "http://127.0.0.1:1", "--seeds", "a..b"), "a..b"),
        (("run", "http://127.0.0.1:1", "--report", "jnit=x.xml"), "did you mean 'junit'"),
        (("run", "http://127.0.0.1:1", "--report", "json"), "give a file"),
        (("run", "http://127.0.0.1:1", "--report", "json=/no/such/folder/r.json"), "No such file or directory"),
        (("run", "http://127.0.0.1:1", "--report", "json=-", "--report", "sarif=-"), "2 reports for standard output"),
        (("run", "http://127.0.0.1:1", "--report", "json=/"), "Is a directory"),
        (("run", "http://127.0.0.1:1", "--write-baseline", "/"), "/ exists already"),
        (("run", "http://127.0.0.1:1", "--write-baseline", "/no/folder/b.yaml"), "No such file or directory"),
        (("run", "http://127.0.0.1:1", "--tolerate", "lenint"), "did you mean 'lenient'"),
        (("run", "http://127.0.0.1:1", "--baseline", "no-such.yaml"), "no such file"),
        (("run", "http://127.0.0.1:1", "--spec", "no-such.yaml"), "no such file"),
        (("run", "http://127.0.0.1:1", "--token-file", "no-such-file"), "no-such-file"),
        (("run", "http://127.0.0.1:1", "--id", "team_id"), "NAME=VALUE"),
        (("run", "ftp://example.com"), "no address of a server"),
        (("run", "http://127.0.0.1:99999"), "port"),
        (("run", "http://user:secret@127.0.0.1:1"), "prefix"),
        (("run",), "RAINBOND_URL"),
        (("run", "https://console.example.com"), "--i-own-this-target"),
        (("replay", "no-such.json"), "no such file"),
        (("verfy",), "verfy"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_message(arguments: tuple[str, ...], says: str) -> None:
    result = command(*arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


def test_nobody_there_is_not_testable() -> None:
    result = command("run", "http://127.0.0.1:9")
    assert result.exit_code == 3
    assert "unreachable" in result.output


def test_report_is_written_where_nobody_is_there(tmp_path: Path) -> None:
    file = tmp_path / "r.xml"
    assert command("run", "http://127.0.0.1:9", f"--report=junit={file}").exit_code == 3
    assert 'errors="1"' in file.read_text()


def test_file_of_a_report_stays_as_it_was_where_nothing_was_sent(tmp_path: Path) -> None:
    """A report that could be written is not begun before there is one."""
    new = tmp_path / "new.json"
    assert command("run", "https://console.example.com", f"--report=json={new}").exit_code == 2
    assert not new.exists()


def test_standard_output_holds_the_report_alone(conforming: Served) -> None:
    result = command("run", conforming.url, "--report", "json=-", *QUICK, **BY_VARIABLE)
    assert json.loads(result.stdout)["verdict"] == "CONFORMING"
    assert result.stderr.startswith("CONFORMING")


def test_conforming_server_is_green_on_one_screen(conforming: Served) -> None:
    result = command("run", conforming.url, *QUICK, **BY_VARIABLE)
    assert result.exit_code == 0
    assert result.output.startswith("CONFORMING")
    assert len(result.output.splitlines()) < 30


def test_refused_token_says_what_to_set(conforming: Served) -> None:
    result = command("run", conforming.url, *QUICK, **{**BY_VARIABLE, "RAINBOND_TOKEN": "0" * 40})
    assert result.exit_code == 3
    assert "RAINBOND_TOKEN" in result.output


def test_unknown_ids_are_named(conforming: Served) -> None:
    result = command("run", conforming.url, *QUICK, **{**BY_VARIABLE, "RAINBOND_TEAM": "nobody"})
    assert result.exit_code == 3
    assert "team_id=nobody" in result.output


def test_token_comes_from_a_file(conforming: Served, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(IDENTITY["token"] + "\n")
    given = {name: value for name, value in BY_VARIABLE.items() if name != "RAINBOND_TOKEN"}
    assert command("run", conforming.url, *QUICK, "--token-file", str(file), **given).exit_code == 0


def test_options_come_before_environment_before_file(
    conforming: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's team is wrong, the environment's app is wrong, the options put both right."""
    monkeypatch.chdir(tmp_path)
    Path("rainbond.toml").write_text('[verify]\nteam = "nobody"\nregion = "rainbond"\nfuzz = false\n')
    given = {**BY_VARIABLE, "RAINBOND_APP": "77"}
    wrong = command("run", conforming.url, "--only", "core", **given)
    assert wrong.exit_code == 3
    right = command("run", conforming.url, "--only", "core", "--app", IDENTITY["app"], **given)
    assert right.exit_code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[verify]\nteem = 'x'\n", "did you mean 'team'"),
        ("[verify]\ntoken = 'x'\n", "RAINBOND_TOKEN"),
        ("[verify]\nseed = 'x'\n", "seed"),
        ("[verify\n", "not valid TOML"),
    ],
)
def test_bad_configuration_file_is_named(text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rainbond.toml").write_text(text)
    result = command("run", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert says in result.output


def test_reports_are_valid_and_hold_no_secret(tmp_path: Path) -> None:
    """Each format can be read, names the finding, and shows no token, not even where the server gave it away."""
    files = {form: tmp_path / f"report.{form}" for form in ("json", "junit", "html")}
    with serving(token_in_header) as served:
        arguments = [f"--report={form}={path}" for form, path in files.items()]
        result = command("run", served.url, "--no-fuzz", "--only", "*/token/*", *arguments, **BY_VARIABLE)
    assert result.exit_code == 1
    texts = {form: path.read_text() for form, path in files.items()}
    report = json.loads(texts["json"])
    assert "secret-in-answer" in {finding["check"] for finding in report["findings"]}
    assert report["versions"]["schemathesis"]
    suite = ElementTree.fromstring(texts["junit"]).find("testsuite")
    assert suite is not None
    assert suite.get("failures") != "0"
    assert texts["html"].startswith("<!doctype html>")
    for text in (*texts.values(), result.output):
        for secret in (IDENTITY["token"], IDENTITY["other_token"], IDENTITY["token"][:-1], IDENTITY["token"][::-1]):
            assert secret not in text


def test_plan_lists_requests_and_sends_none(conforming: Served) -> None:
    result = command("run", conforming.url, "--plan", "--no-fuzz", **BY_VARIABLE)
    assert result.exit_code == 0
    assert conforming.app.accepted == 0
    assert "at most 25 builds" in result.output
    assert "buildComponent: token" in result.output
    assert IDENTITY["token"] not in result.output


def test_plan_needs_no_leave_elsewhere() -> None:
    """Off loopback the plan is shown without asking whose the target is; it asks the target nothing, either."""
    result = command("run", "https://console.example.com", "--plan", "--no-fuzz", **BY_VARIABLE)
    assert result.exit_code == 0
    assert "at most 5 builds" in result.output


def test_seeds_are_swept_and_merged(conforming: Served, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    result = command("run", conforming.url, "--seeds", "4..6", f"--report=json={file}", *QUICK, **BY_VARIABLE)
    assert result.exit_code == 0
    assert json.loads(file.read_text())["seeds"] == [4, 5, 6]


def test_replay_tells_whether_it_still_happens(tmp_path: Path) -> None:
    """The very bytes are sent again, the token filled in; against a conforming server it does not happen any more."""
    file = tmp_path / "r.json"
    with serving(token_ignored) as served:
        command("run", served.url, f"--report=json={file}", "--no-fuzz", "--only", "*/token/*", **BY_VARIABLE)
        found = json.loads(file.read_text())["findings"][0]["id"]
        again = command("replay", str(file), found, "--url", served.url, **BY_VARIABLE)
    assert again.exit_code == 1
    assert f"{found}: still happens" in again.output


def test_replay_of_a_repaired_server_is_green(conforming: Served, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    with serving(token_ignored) as served:
        command("run", served.url, f"--report=json={file}", "--no-fuzz", "--only", "*/token/*", **BY_VARIABLE)
    result = command("replay", str(file), "--url", conforming.url, **BY_VARIABLE)
    assert result.exit_code == 0
    assert "does not happen any more" in result.output


@pytest.mark.parametrize(
    "finding",
    [1, {}, {"id": None, "request": None, "answer": None, "expected": None},
     {"id": "a", "request": {"base64": "%"}, "answer": {"text": ""}, "expected": ""},
     {"id": "\ud800", "request": {"text": "\ud800"}, "answer": {"text": ""}, "expected": ""}],
)  # fmt: skip
def test_replay_of_somebody_elses_file_is_no_surprise(conforming: Served, tmp_path: Path, finding: object) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"url": conforming.url, "findings": [finding]}))
    result = command("replay", str(file), **BY_VARIABLE)
    assert (result.exit_code, "findings/0: not as rainbond-verify writes them" in result.output) == (2, True)


def test_replay_sends_a_token_only_where_the_user_names_the_target(conforming: Served, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    request = {"text": "GET / HTTP/1.1\r\nAuthorization: ${RAINBOND_TOKEN}\r\n\r\n"}
    finding = {"id": "a", "request": request, "answer": {"text": ""}, "expected": ""}
    file.write_text(json.dumps({"url": conforming.url, "findings": [finding]}))
    unnamed = command("replay", str(file), **BY_VARIABLE)
    named = command("replay", str(file), **{**BY_VARIABLE, "RAINBOND_URL": conforming.url})
    assert (unnamed.exit_code, "name the target by --url or RAINBOND_URL" in unnamed.output) == (2, True)
    assert named.exit_code == 0


def test_replay_shows_no_control_signs(conforming: Served, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    finding = {
        "id": "a",
        "request": {"text": "GET / HTTP/1.1\r\n\r\n"},
        "answer": {"text": ""},
        "expected": "\x1b[2J\x9b",
    }
    file.write_text(json.dumps({"url": conforming.url, "findings": [finding]}))
    result = command("replay", str(file), **BY_VARIABLE)
    assert (result.exit_code, r"\x1b[2J\x9b" in result.output) == (0, True)


def test_replay_names_what_is_missing(conforming: Served, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    with serving(token_ignored) as served:
        command("run", served.url, f"--report=json={file}", "--no-fuzz", "--only", "*/token/*", **BY_VARIABLE)
    unknown = command("replay", str(file), "no-such-finding", "--url", conforming.url, **BY_VARIABLE)
    assert (unknown.exit_code, "no-such-finding" in unknown.output) == (2, True)
    tokenless = command("replay", str(file), "--url", conforming.url)
    assert (tokenless.exit_code, "RAINBOND_TOKEN" in tokenless.output) == (2, True)


def test_leniency_can_be_tolerated() -> None:
    """Numbers in text fields fail the run, or are reported without failing it."""
    settings = MockSettings(profile="console", catalogue=CATALOGUE, event_ids="sequence")
    with running(settings) as mock:
        url = mock.url
        lenient = command("run", url, "--no-fuzz", "--only", "*/type/integer*", **BY_VARIABLE)
        tolerated = command(
            "run", url, "--no-fuzz", "--only", "*/type/integer*", "--tolerate", "lenient", **BY_VARIABLE
        )
    assert (lenient.exit_code, tolerated.exit_code) == (1, 0)
    assert "lenient" in tolerated.output
