"""The fixture `rainbond_mock`, in test suites of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CATALOGUE = Path(__file__).parent.parent / "recorded" / "catalogue.yaml"
HELPERS = """
import json, urllib.error, urllib.request

import pytest

PATH = "/openapi/v1/teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001/build"

def build(url, token, body=None):
    data = json.dumps(body).encode() if body is not None else b""
    headers = {"Authorization": token, "Content-Type": "application/json"}
    request = urllib.request.Request(url + PATH, data, headers, method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(helpers=HELPERS)
    pytester.syspathinsert()
    return pytester


def test_the_issues_example(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        from helpers import build

        def run_pipeline(url, token):
            while build(url, token, {"build_type": "docker_image"}) == 409:
                pass

        def test_pipeline_retries_when_busy(rainbond_mock):
            rainbond_mock.scenario("busy-then-accepted", answers=["region-busy", "accepted"])
            run_pipeline(rainbond_mock.url, rainbond_mock.token)
            rainbond_mock.assert_called("buildComponent", body={"build_type": "docker_image"}, times=2)
    """)

    suite.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=1)


def test_each_test_starts_afresh_on_the_same_server(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        from helpers import build

        addresses = set()

        @pytest.mark.parametrize("number", range(3))
        def test_it(rainbond_mock, number):
            assert rainbond_mock.requests() == []
            assert rainbond_mock.state == "start"
            assert build(rainbond_mock.url, rainbond_mock.token) == 200
            rainbond_mock.scenario("busy", answers=["region-busy"], set="later")
            assert build(rainbond_mock.url, rainbond_mock.token) == 409
            addresses.add(rainbond_mock.address)

        def test_one_server():
            assert len(addresses) == 1
    """)

    suite.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=4)


def test_workers_of_xdist_share_one_server(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.makepyfile("""
        import os, pathlib, pytest
        from helpers import build

        @pytest.mark.parametrize("number", range(8))
        def test_it(rainbond_mock, number, tmp_path_factory):
            rainbond_mock.scenario("busy", answers=["region-busy", "accepted"])
            assert [build(rainbond_mock.url, rainbond_mock.token) for _ in range(3)] == [409, 200, 200]
            rainbond_mock.assert_called("buildComponent", times=3, unmatched=0)
            seen = pathlib.Path(os.environ["SEEN"])
            (seen / f"{os.environ['PYTEST_XDIST_WORKER']}-{number}").write_text(rainbond_mock.address)
    """)
    seen = suite.mkdir("seen")
    monkeypatch.setenv("SEEN", str(seen))

    suite.runpytest_subprocess("-n", "2", "-p", "no:schemathesis").assert_outcomes(passed=8)

    files = list(seen.iterdir())
    assert {file.name.split("-")[0] for file in files} == {"gw0", "gw1"}
    assert len({file.read_text() for file in files}) == 1


def test_the_markers_arguments_are_the_settings(suite: pytest.Pytester) -> None:
    suite.makepyfile(f"""
        import pytest
        from helpers import build

        pytestmark = pytest.mark.rainbond_mock(catalogue={str(CATALOGUE)!r})

        def test_catalogue(rainbond_mock):
            assert build(rainbond_mock.url, rainbond_mock.token) == 200
            assert build(rainbond_mock.url, "unknown") == 401

        @pytest.mark.rainbond_mock(profile="console")
        def test_both(rainbond_mock):
            assert build(rainbond_mock.url, rainbond_mock.token, {{"branch": 7}}) == 200
            assert build(rainbond_mock.url, "unknown") == 401

        def test_strict(rainbond_mock):
            assert build(rainbond_mock.url, rainbond_mock.token, {{"branch": 7}}) == 400
    """)

    suite.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("prfile='console'", "prfile: no such setting (did you mean 'profile'?)"),
        ("profile='consle'", "did you mean 'console'?"),
        ("catalogue='nowhere.yaml'", "nowhere.yaml: no such file"),
        ("'console'", "give settings by name, not 'console'"),
    ],
)
def test_a_marker_that_cannot_be_is_told_in_one_line(suite: pytest.Pytester, arguments: str, told: str) -> None:
    suite.makepyfile(f"""
        import pytest

        @pytest.mark.rainbond_mock({arguments})
        def test_it(rainbond_mock):
            pass
    """)

    result = suite.runpytest_inprocess("-p", "no:xdist")

    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_a_failing_assertion_shows_the_nearest_requests(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        from helpers import build

        def test_it(rainbond_mock):
            build(rainbond_mock.url, rainbond_mock.token, {"branch": "dev"})
            rainbond_mock.assert_called("buildComponent", body={"branch": "main"})
    """)

    result = suite.runpytest_inprocess("-p", "no:xdist")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*buildComponent: expected at least 1 matching, got 0*",
            "*nearest first*",
            "*body /branch: expected 'main', got 'dev'*",
        ]
    )


def test_a_scenario_that_cannot_be_fails_the_test_with_all_reasons(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(rainbond_mock):
            rainbond_mock.scenario("x", answers=["region-bus"], when={"operation": "buildComponent"})
    """)

    result = suite.runpytest_inprocess("-p", "no:xdist")

    result.stdout.fnmatch_lines(["*did you mean 'region-busy'?*"])


def test_a_run_that_does_not_use_the_fixture_imports_no_server(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import sys

        def test_it():
            assert "connexion" not in sys.modules
            assert "mock_server.web.serving.server" not in sys.modules
    """)

    suite.runpytest_subprocess("-p", "no:xdist", "-p", "no:schemathesis").assert_outcomes(passed=1)


def test_the_example_pipelines_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.copy_example(str(Path(__file__).parents[2] / "examples" / "pipeline"))

    pytester.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=5)
