"""Judges say what is wrong with an answer, whatever it holds, and never fall over."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.cases.accepted import core_rows
from contract_tests.cases.case import Case
from contract_tests.cases.covering import body_of, rows
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.cases.suite import Scope, suites
from contract_tests.checks.evaluation import judge
from contract_tests.target.target import Target
from contract_tests.transport.answer import Answer
from contract_tests.transport.wire import Exchange
from contract_tests.verification.shrinking import shrink
from mock_server.contract.loader import load_contract
from tests.verify.faults import IDENTITY, Served


@cache
def suite() -> tuple[OperationUnderTest, dict[str, Case]]:
    identity = Served("http://127.0.0.1:9", None).settings().identity  # type: ignore[arg-type]
    (found,) = suites(load_contract(), Target("http://127.0.0.1:9", identity), Scope())
    return found.under_test, {case.id.partition("/")[2]: case for case in found.cases}


def checks(case_id: str, status: int, body: Any, **headers: str) -> set[str]:
    under_test, cases = suite()
    case = cases[case_id]
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    lines = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
    answer = Answer(status, tuple(lines.items()), data, head.encode("utf-8"), 0.01)
    exchange = Exchange(case.request, case.request.encode("h"), answer)
    return {
        problem.check for problem in judge(under_test, case, exchange, (IDENTITY["token"], under_test.secret)).problems
    }


EVENT = {"event_id": "5821167607ec460b89b326084fb3d1e0"}
TEAM = {"code": 404, "msg": "no found team", "msg_show": "团队不存在", "data": {"bean": {}, "list": []}}
TOKEN = {
    "detail": "No token",
    "code": 401,
    "msg": "No token",
    "msg_show": "No token",
    "error_type": "AuthenticationFailed",
}
INVALID = {
    "detail": "参数错误",
    "err": {"branch": ["该字段不能为空。"]},
    "code": 20400,
    "error_type": "ValidationError",
}


@pytest.mark.parametrize(
    ("case_id", "status", "body", "headers", "expected"),
    [
        ("accepted/no-body", 200, EVENT, {}, set()),
        ("accepted/no-body", 200, EVENT, {"Content_Type": "application/json; charset=utf-8"}, set()),
        ("accepted/no-body", 200, EVENT, {"Allow": "POST"}, set()),
        ("accepted/no-body", 200, EVENT, {"Allow": "GET, POST"}, {"answer-header"}),
        ("accepted/no-body", 200, EVENT, {"X_Frame_Options": "ALLOWALL"}, {"answer-header"}),
        ("accepted/no-body", 200, EVENT, {"Content_Type": "application/json; charset=gbk"}, {"answer-media-type"}),
        ("accepted/no-body", 200, EVENT, {"Content_Encoding": "br"}, {"answer-not-json"}),
        ("accepted/no-body", 200, {"event_id": None}, {}, {"answer-schema"}),
        ("accepted/no-body", 200, {"event_id": "5821167607EC460B89B326084FB3D1E0"}, {}, {"answer-schema"}),
        ("accepted/no-body", 200, b"{}x", {}, {"answer-not-json"}),
        ("accepted/no-body", 200, b"\xff", {}, {"answer-not-json"}),
        ("accepted/no-body", 200, {**EVENT, "note": "ok"}, {}, set()),
        ("accepted/no-body", 200, {**EVENT, "repo_password": "x"}, {}, {"undocumented-property"}),
        ("accepted/no-body", 200, {**EVENT, "note": "see 10.1.2.3"}, {}, {"internals-in-answer"}),
        ("accepted/no-body", 201, EVENT, {}, {"answer-status"}),
        ("accepted/no-body", 500, {}, {}, {"server-error"}),
        ("accepted/no-body", 400, INVALID, {}, {"absent-body-refused"}),
        ("token/absent", 401, TOKEN, {"WWW_Authenticate": "Token"}, set()),
        ("token/absent", 401, {**TOKEN, "error_trace": "Traceback (most recent call last): File \"/srv/a.py\""},
         {"WWW_Authenticate": "Token"}, set()),
        ("token/absent", 401, TOKEN, {}, {"answer-header"}),
        ("token/absent", 401, {**TOKEN, "msg": "Nope"}, {"WWW_Authenticate": "Token"}, {"answer-example-differs"}),
        ("token/absent", 200, EVENT, {}, {"token-not-required"}),
        ("token/absent", 403, TOKEN, {}, {"answer-status"}),
        ("team_id/unknown/random", 404, TEAM, {}, set()),
        ("team_id/unknown/random", 404, {**TEAM, "code": 405}, {}, {"answer-example-differs"}),
        ("team_id/unknown/random", 404, "<html>", {"Content_Type": "text/html"}, {"answer-media-type"}),
        ("team_id/unknown/random", 409, TEAM, {}, {"wrong-refusal"}),
        ("branch/pattern/empty", 400, INVALID, {}, set()),
        ("branch/pattern/empty", 400, {**INVALID, "err": {"branch": ["nope"]}}, {}, {"field-message-differs"}),
        ("branch/pattern/empty", 400, {**INVALID, "err": {"username": ["x"]}}, {}, {"fields-not-named"}),
        ("branch/pattern/empty", 400, {**INVALID, "trace": "Traceback (most recent call last):"}, {},
         {"internals-in-answer", "undocumented-property"}),
    ],
)  # fmt: skip
def test_answer_is_judged(case_id: str, status: int, body: Any, headers: dict[str, str], expected: set[str]) -> None:
    assert expected == checks(case_id, status, body, **headers)


def test_secrets_are_seen_wherever_they_come_back() -> None:
    """All of one, or enough of one, in headers or bodies, as it is or encoded."""
    token = IDENTITY["token"]
    for text in (token, token[:12], token.upper()):
        assert "secret-in-answer" in checks("accepted/no-body", 200, {**EVENT, "x": text})
    assert "secret-in-answer" in checks("accepted/no-body", 200, EVENT, X_Caller=token)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, database=None)
@given(
    body=JSON | st.binary(max_size=60) | st.just(b"[" * 100_000),
    status=st.sampled_from([200, 201, 204, 301, 400, 401, 404, 405, 409, 415, 418, 429, 500, 503]),
    media_type=st.sampled_from(["application/json", "text/html", "", "application/json; charset=x", "é"]),
    case_id=st.sampled_from(["accepted/no-body", "token/absent", "team_id/unknown/random", "branch/pattern/empty"]),
)
def test_no_answer_makes_a_judge_fall_over(body: Any, status: int, media_type: str, case_id: str) -> None:
    assert isinstance(checks(case_id, status, body, Content_Type=media_type), set)


def test_few_bodies_cover_each_pair_of_enum_values() -> None:
    """With the core, every combination of the two enums is accepted once."""
    under_test, _ = suite()
    core = core_rows(under_test)
    bodies = [body_of(row) for row in (*core, *rows(under_test, core, 12))]
    pairs = {(body.get("build_type"), body.get("server_type")) for body in bodies}
    for kind in ("source_code", "docker_image", "market"):
        assert {(kind, server) for server in ("git", "svn", "oss")} <= pairs


def test_each_text_property_reaches_its_limit_exactly() -> None:
    under_test, _ = suite()
    bodies = [body_of(row) for row in rows(under_test, core_rows(under_test), 12)]
    for name, limit in (("branch", 255), ("repo_url", 1024), ("username", 255), ("password", 255)):
        assert limit in {len(body[name]) for body in bodies if body.get(name)}


def test_finding_is_made_smaller() -> None:
    """What is not needed for it is left out; what is stays."""
    _, cases = suite()
    case = cases["accepted/values-0"]
    tried: list[Any] = []

    def attempt(smaller: Case) -> Exchange | None:
        tried.append(json.loads(smaller.request.body or b""))
        return Exchange(smaller.request, b"", None) if "branch" in tried[-1] else None

    small, _ = shrink(case, Exchange(case.request, b"", None), attempt)
    assert list(json.loads(small.request.body or b"")) == ["branch"]
    assert len(tried) == 6
