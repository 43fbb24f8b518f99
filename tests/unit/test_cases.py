"""Which requests are made for parameters, nested bodies and bodies that are no JSON; pure, nothing is sent."""

from __future__ import annotations

import pytest

from contract_tests.cases.case import Case
from contract_tests.cases.suite import Scope, suites
from contract_tests.identity import Identity
from contract_tests.target.target import Target
from mock_server.contract.document.source import Source
from mock_server.contract.loader import read_contract

OK = {"200": {"description": "ok"}, "400": {"description": "no"}}
ADDRESS = {
    "type": "object",
    "required": ["zip"],
    "properties": {"zip": {"type": "string", "pattern": "^[0-9]{5}$"}, "floor": {"type": "integer", "maximum": 9}},
}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 50}
FORM = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string", "example": "a b"}}}


def body(media_type: str, schema: object) -> dict[str, object]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


CONTRACT = read_contract(
    Source(
        "things",
        {
            "openapi": "3.0.3",
            "info": {"title": "Things", "version": "1"},
            "paths": {
                "/things": {
                    "get": {
                        "operationId": "list",
                        "responses": OK,
                        "parameters": [
                            {
                                "name": "limit",
                                "in": "query",
                                "schema": {"type": "integer", "minimum": 1, "maximum": 50},
                            },
                            {"name": "deep", "in": "query", "required": True, "schema": {"type": "boolean"}},
                            {"name": "X-Client", "in": "header", "required": True, "schema": {"enum": ["web", "app"]}},
                            {"name": "lang", "in": "cookie", "schema": {"type": "string", "enum": ["en"]}},
                        ],
                    },
                    "post": {
                        "operationId": "add",
                        "responses": OK,
                        "requestBody": body("application/json", {"type": "object", "properties": {"address": ADDRESS}}),
                    },
                },
                "/form": {
                    "post": {
                        "operationId": "fill",
                        "responses": OK,
                        "requestBody": body("application/x-www-form-urlencoded", FORM),
                    }
                },
                "/parts": {
                    "post": {
                        "operationId": "upload",
                        "responses": OK,
                        "requestBody": body("multipart/form-data", FORM),
                    }
                },
            },
        },
    )
)


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    found = suites(CONTRACT, Target("http://127.0.0.1:9", Identity()), Scope())
    return {case.id: case for suite in found for case in suite.cases}


@pytest.mark.parametrize(
    ("case", "part"),
    [
        ("list/query/limit/limit/below", "limit=0"),
        ("list/query/limit/limit/above", "limit=51"),
        ("list/query/limit/type/text", "limit=one"),
        ("list/query/deep/type/'yes'", None),
        ("list/cookie/lang/enum/unknown", "lang=no-such-value"),
        ("list/header/X-Client/enum/unknown", "X-Client: no-such-value"),
        ("add/address/required/without-zip", '{"address":{"floor":'),
        ("add/address/limit/floor-above", '"floor":10'),
    ],
)
def test_value_breaks_its_schema(cases: dict[str, Case], case: str, part: str | None) -> None:
    """What a server may read as something valid, such as `yes` for a boolean, is not sent."""
    if part is None:
        assert case not in cases
        return
    assert part in cases[case].request.encode("host").decode()
    assert cases[case].expect.statuses == {400}


def test_required_parameter_is_left_out_and_nothing_else(cases: dict[str, Case]) -> None:
    without = cases["list/header/X-Client/absent"].request

    assert [name for name, _ in without.headers] == []
    assert without.target == "/things?deep=true"
    assert cases["list/query/deep/absent"].request.target == "/things"


def test_body_that_is_no_json_is_sent_as_what_it_is(cases: dict[str, Case]) -> None:
    form, parts = cases["fill/accepted/body"].request, cases["upload/accepted/body"].request

    assert dict(form.headers)["Content-Type"] == "application/x-www-form-urlencoded"
    assert form.body == b"title=a+b"
    assert dict(parts.headers)["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="title"\r\n\r\na b\r\n' in (parts.body or b"")
