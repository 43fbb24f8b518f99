"""A refusal tells its reason, in whatever shape the contract has for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_server.contract.document.source import Source
from mock_server.contract.loader import read_contract
from mock_server.engine.messages import Answer
from mock_server.engine.responses import REFUSAL, Responses


def refused(name: str, statuses: dict[str, Any], **variables: Any) -> Answer:
    responses = {
        status: {"description": "", "content": {"application/json": {"schema": schema}}}
        for status, schema in statuses.items()
    }
    operation = {"responses": {"200": {"description": "ok"}, **responses}, "security": [{"key": []}]}
    contract = read_contract(
        Source(
            "c",
            {
                "openapi": "3.0.3",
                "info": {"title": "t", "version": "1"},
                "paths": {"/a": {"get": operation}},
                "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            },
        )
    )
    return Responses(contract).refusal(contract.operations[0], name, variables, "", "GET")


def text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


@pytest.mark.parametrize(
    ("schema", "at"),
    [
        ({"properties": {"message": text()}}, ["message"]),
        (
            {"properties": {"error": {"properties": {"code": {"type": "integer"}, "message": text()}}}},
            ["error", "message"],
        ),
        (
            {"properties": {"errors": {"type": "array", "items": {"properties": {"detail": text()}}}}},
            ["errors", 0, "detail"],
        ),
    ],
)
def test_the_reason_stands_where_the_schema_has_a_place_for_it(schema: dict[str, Any], at: list[Any]) -> None:
    value = json.loads(refused("invalid-body", {"400": schema}, errors={"id": ["Required."]}).body)

    for step in at:
        value = value[step]
    assert value == "the request is not valid: id: Required."


def test_a_schema_without_a_place_leaves_the_reason_to_a_header() -> None:
    answer = refused("invalid-body", {"400": {"properties": {"message": text(enum=["no"])}}}, errors={"é": ["x"]})

    assert json.loads(answer.body) == {"message": "no"}
    assert answer.header(REFUSAL) == r"the request is not valid: \xe9: x"


@pytest.mark.parametrize(
    ("name", "documented", "status"),
    [
        ("invalid-body", "422", 422),
        ("parse-error", "422", 422),
        ("parse-error", "4XX", 400),
        ("unknown-path", "422", 422),
        ("no-token", "403", 403),
        ("no-token", "default", 401),
        ("invalid-body", "404", 400),
    ],
)
def test_the_status_is_one_that_the_operation_documents(name: str, documented: str, status: int) -> None:
    assert refused(name, {documented: {}}).status == status


def test_what_http_asks_of_a_refusal_is_there() -> None:
    assert refused("method-not-allowed", {}).header("Allow") == "GET"
    assert refused("no-token", {}).header("WWW-Authenticate") == "Bearer"
