"""What `make contracts` says of an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.judge import Judge
from mock_server.contract.loader import load_contract

DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/a": {
            "get": {
                "responses": {
                    "200": {"$ref": "#/components/responses/R"},
                    "404": {"description": "none"},
                }
            }
        }
    },
    "components": {
        "responses": {
            "R": {
                "description": "ok",
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/S"},
                        "examples": {"e": {"$ref": "#/components/examples/E"}},
                    }
                },
            }
        },
        "examples": {"E": {"value": {"n": "x"}}},
        "schemas": {"S": {"type": "object", "properties": {"n": {"type": "integer", "nullable": True}}}},
    },
}


@pytest.mark.parametrize(
    ("status", "media_type", "body", "verdict"),
    [
        (200, "application/json", b'{"n": null}', "conforming"),
        (200, "application/json", b'{"n": "x"}', "example"),
        (200, "application/json", b'{"n": "y"}', "an answer that breaks its schema"),
        (200, "text/plain", b"x", "Content-Type text/plain is not described"),
        (404, "", b"", "answered 404"),
        (500, "", b"", "answered 500"),
    ],
)
def test_an_answer_is_judged_by_the_document(
    tmp_path: Path, status: int, media_type: str, body: bytes, verdict: str
) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    operation = load_contract(file).operations[0]

    assert Judge(file).verdict(operation, status, media_type, body) == verdict
