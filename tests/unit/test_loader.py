"""A contract is read without work that nobody asked for."""

from __future__ import annotations

from mock_server.contract.document.source import Source
from mock_server.contract.loader import read_contract
from mock_server.engine.checks import ordered_checks

ANSWER = {"description": "It is not there", "content": {"application/json": {"schema": {"type": "object"}}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def test_what_references_lead_to_is_made_once_and_lines_only_where_something_is_wrong() -> None:
    answers = {"404": {"$ref": "#/components/responses/NotThere"}}
    item = {"parameters": [{"$ref": "#/components/parameters/Id"}], "get": {"responses": answers}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "x-order-of-checks": ["unknown-path", "method-not-allowed"],
        "paths": {"/a/{id}": item, "/b/{id}": item},
        "components": {"responses": {"NotThere": ANSWER}, "parameters": {"Id": ID}},
    }

    contract = read_contract(Source("contract", document, "not read"))
    ordered_checks(contract)

    one, other = contract.operations
    assert one.responses[0] is other.responses[0]
    assert one.parameters[0] is other.parameters[0]
    assert one.responses[0].description == "It is not there"
    assert "lines" not in vars(contract.source)
