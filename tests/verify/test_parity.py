"""`rainbond-verify parity`: the same requests to two servers, told by where their answers differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from contract_tests.cli import main
from contract_tests.parity.answers import Difference
from contract_tests.parity.comparing import Kind, Parity
from contract_tests.parity.sides import settings_of_b, stricter
from contract_tests.parity.tables import FORMATS
from contract_tests.results.masking import Masker
from contract_tests.transport.budget import Limits
from tests.verify.faults import IDENTITY, Ask, Reply, Seen, Served, none, reply, serving

NAMES = {
    "token": "TOKEN", "other_token": "OTHER_TOKEN", "team": "TEAM", "region": "REGION", "app": "APP",
    "service": "SERVICE", "other_app": "OTHER_APP", "other_service": "OTHER_SERVICE",
}  # fmt: skip
FEW = ("--only", "core", "--only", "*/branch/*", "--only", "*/method/*")


async def odd(seen: Seen, ask: Ask) -> Reply:
    """Another status for a wrong branch, another text for a wrong token, no `Allow`; no word that it is a mock."""
    if "__mock__" in seen.path:
        return reply(404, {})
    answer = await ask(seen)
    if b"branch" in seen.body and answer.status == 400:
        answer = replace(answer, status=500)
    if answer.status == 401:
        answer = answer.with_json({"detail": "no"})
    return replace(answer, headers=tuple(pair for pair in answer.headers if pair[0].lower() != "allow"))


@pytest.fixture(scope="module")
def conforming() -> Iterator[Served]:
    with serving(none) as served:
        yield served


@pytest.fixture(scope="module")
def other() -> Iterator[Served]:
    with serving(odd) as served:
        yield served


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(f"RAINBOND_{NAMES[name]}", value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["parity", *arguments])


def test_two_servers_that_answer_alike_have_no_difference(conforming: Served) -> None:
    result = run(conforming.url, conforming.url, "--i-own-this-target", *FEW, "--format", "json")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["differences"]) == (0, [])
    assert found["asked"] == found["alike"] > 50
    assert found["accepted"]["a"] == found["accepted"]["b"] > 0


def test_each_kind_of_difference_is_told_once_with_both_answers(conforming: Served, other: Served) -> None:
    result = run(conforming.url, other.url, "--i-own-this-target", *FEW, "--max-builds", "90", "--format", "json")

    assert result.exit_code == 1
    found = {
        (each["what"], each["constraint"], each["a"], each["b"]): each
        for each in json.loads(result.stdout)["differences"]
    }
    assert found["status", "type branch", "400 invalid-body", "500"]["times"] > 1
    assert ("named example", "token", "no-token", "none") in found
    assert ("header Allow", "method", "options, post", "none") in found


def test_the_table_is_told_as_text_and_markdown() -> None:
    parity = Parity(("http://a", "http://b"), asked=3, alike=2)
    kind = Kind("build", "token", Difference("named example", "no-token", "none | <b>"), "build/token/absent", "why", 2)
    parity.kinds["build", "token", kind.difference] = kind
    parity.leave_out("it might do harm")

    text, markdown = ("\n".join(FORMATS[form](parity, Masker({}))) for form in ("text", "markdown"))

    assert text.startswith("DIFFERENT  A http://a  B http://b\n  3 requests to each, 2 answered alike")
    assert "build: named example\n  token ×2  (build/token/absent)\n      A no-token\n      B none | <b>" in text
    assert "| named example | token | no-token | none \\| &lt;b> | 2 | why |" in markdown
    assert all("1 requests were not sent: it might do harm" in told for told in (text, markdown))


def test_nothing_is_sent_to_a_server_that_nobody_said_is_theirs(conforming: Served, other: Served) -> None:
    before = other.app.accepted

    result = run(conforming.url, other.url)

    assert (result.exit_code, other.app.accepted) == (2, before)
    assert "--i-own-this-target" in result.output


def test_both_servers_stay_within_one_budget(conforming: Served) -> None:
    result = run(conforming.url, conforming.url, *FEW, "--max-builds", "2", "--format", "json")

    found = json.loads(result.stdout)
    assert found["accepted"] == {"a": 2, "b": 2}
    assert any("--max-builds" in why for why in found["left_out"])


def test_another_token_of_b_comes_from_its_own_variable_and_stands_in_no_message(
    conforming: Served, other: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAINBOND_B_TOKEN", "a-token-that-nobody-knows")

    result = run(conforming.url, other.url, "--i-own-this-target", *FEW)

    assert result.exit_code == 3
    assert "B, " in result.output and "check RAINBOND_B_TOKEN" in result.output
    assert "a-token-that-nobody-knows" not in result.output


def test_what_b_does_not_say_is_as_for_a(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAINBOND_B_TEAM", "theirs")

    settings = settings_of_b("http://127.0.0.1:1", {"app": "7"}, None)

    assert (settings.team, settings.app, settings.token) == ("theirs", "7", IDENTITY["token"])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Limits(25, 120), Limits(5, 300, 5, 5), Limits(5, 120, 5, 5)),
        (Limits(5, 300, 5, 5), Limits(25, 120, 2, 0), Limits(5, 120, 2, 5)),
    ],
)
def test_the_stricter_of_both_limits_holds(one: Limits, other: Limits, expected: Limits) -> None:
    assert stricter(one, other) == expected
