"""What is remembered of a method, a path and credentials is what would be found out again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.loader import load_contract
from mock_server.engine import remembered
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import check
from mock_server.settings import Settings
from mock_server.web.factory import build_definition
from tests.mock.conftest import CATALOGUE

BUILD = "/openapi/v1/teams/{}/regions/{}/apps/{}/services/5c000000000000000000000000000001/build"
PATHS = st.builds(
    BUILD.format, st.sampled_from(["citeam01", "none", "a b"]), st.sampled_from(["rainbond", "x"]), st.integers(0, 3)
)
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "X-Api-Key", "Content-Type", "Cookie"]),
    st.sampled_from(["0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312", "other", "", "application/json"]),
)
REQUESTS = st.builds(
    lambda method, path, headers, body: Request.build(method, path, headers.items(), body),
    st.sampled_from(["POST", "GET"]), PATHS, HEADERS, st.sampled_from([b"", b"{}", b"[", b'{"branch": 1}']),
)  # fmt: skip
USED = build_definition(Settings(catalogue=CATALOGUE))


@given(request=REQUESTS)
def test_a_remembered_outcome_is_that_of_a_fresh_mock(request: Request) -> None:
    fresh = replace(USED)

    assert _facts(check(USED, request)) == _facts(check(fresh, request))


def _facts(checked: CheckedRequest) -> tuple[object, ...]:
    refusal = checked.refusal
    told = (refusal.name, dict(refusal.variables)) if refusal else None
    return checked.request, checked.operation, checked.parameters, checked.caller, checked.resources, checked.body, told


def test_no_more_is_remembered_than_fits() -> None:
    runs: list[Request] = []

    def run(checked: CheckedRequest) -> CheckedRequest:
        runs.append(checked.request)
        return checked

    outcomes = remembered.Remembered(run, load_contract().security_schemes.values())
    for path in ("/a", "/a", "/b", "/" + "c" * remembered.LONGEST_KEY, "/" + "c" * remembered.LONGEST_KEY):
        outcomes(Request("POST", path, body=b"secret"))

    assert [request.path[:2] for request in runs] == ["/a", "/b", "/c", "/c"]
    assert b"secret" not in repr(vars(outcomes)).encode()
