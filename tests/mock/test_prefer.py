"""`Prefer` chooses the answer to a valid request, by example or by status."""

from __future__ import annotations

import json

import pytest

from mock_server.contract.model import Contract
from tests.mock.build_request import build


def _names(contract: Contract) -> list[str]:
    return [example.name for example in contract.operations[0].examples]


def test_every_named_example_can_be_had(url: str, contract: Contract) -> None:
    for example in contract.operations[0].examples:
        answer = build(url, None, ("Prefer", f"example={example.name}"))

        assert answer.status == example.status
        assert answer.header("Preference-Applied") == f"example={example.name}"
        if example.name not in ("accepted", "unknown-path"):
            assert json.loads(answer.body) == example.value


def test_only_refused_tokens_are_challenged(url: str) -> None:
    assert build(url, None, ("Prefer", "example=unknown-token")).header("WWW-Authenticate") == "Token"
    assert build(url, None, ("Prefer", "example=license-invalid")).header("WWW-Authenticate") is None


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        ("code=409", 409, "code=409"),
        ('respond-async, CODE="412" ; x=1, wait=10', 412, "code=412"),
        ("example=region-busy, code=500", 409, "example=region-busy"),
        ("code=409, code=500", 409, "code=409"),
        ("return=minimal", 200, None),
        ("", 200, None),
    ],
)
def test_preferences_are_read_as_rfc_7240_says(url: str, prefer: str, status: int, applied: str | None) -> None:
    answer = build(url, None, ("Prefer", prefer))

    assert (answer.status, answer.header("Preference-Applied")) == (status, applied)


def test_a_preferred_success_is_the_usual_one(url: str) -> None:
    usual = build(url, {"branch": "x"})

    for prefer in ("example=accepted", "code=200"):
        assert build(url, {"branch": "x"}, ("Prefer", prefer)).body == usual.body


def test_an_invalid_request_is_refused_whatever_it_prefers(url: str) -> None:
    answer = build(url, {"build_type": "x"}, ("Prefer", "example=accepted"))

    assert (answer.status, answer.header("Preference-Applied")) == (400, None)
    assert build(url, None, ("Prefer", "code=409"), token=None).status == 401


def test_an_unknown_name_gets_the_names_there_are(url: str, contract: Contract) -> None:
    answer = build(url, None, ("Prefer", "example=region-bussy"))

    assert answer.status == 400
    text = json.loads(answer.body)["msg"]
    assert "did you mean 'region-busy'?" in text
    assert [name for name in _names(contract) if name not in text] == []


@pytest.mark.parametrize(("prefer", "expected"), [("code=418", "200, 400, 401"), ("code=many", "three digits")])
def test_a_status_that_never_comes_is_refused(url: str, prefer: str, expected: str) -> None:
    answer = build(url, None, ("Prefer", prefer))

    assert answer.status == 400
    assert expected in json.loads(answer.body)["msg"]
