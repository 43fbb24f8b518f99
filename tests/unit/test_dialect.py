"""OpenAPI's schemas as the validator reads them: each part once, however they refer to each other."""

from __future__ import annotations

import json
from typing import Any

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema, SchemaLibrary


def schema(name: str, schemas: dict[str, Any]) -> Schema:
    documents = Documents(Source("c", {"components": {"schemas": schemas}}))
    return SchemaLibrary(documents).schema({"$ref": f"#/components/schemas/{name}"}, direction="answer")


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_schemas_that_all_know_each_other_are_compiled_in_no_time() -> None:
    names = [f"S{number}" for number in range(40)]
    web = schema(
        "S0",
        {one: {"type": "object", "properties": {other: reference(other) for other in names}} for one in names},
    )

    assert web.is_valid({"S1": {"S2": {"S0": {}}}})
    assert not web.is_valid({"S1": {"S2": {"S0": 1}}})
    assert len(json.dumps(sample(web))) < 20_000


def test_a_long_chain_of_schemas_is_no_deep_recursion() -> None:
    chain = {
        f"S{number}": {"type": "object", "properties": {"n": reference(f"S{number + 1}")}} for number in range(3000)
    }

    assert schema("S0", {**chain, "S3000": {"type": "string"}}).is_valid({"n": {"n": {}}})
