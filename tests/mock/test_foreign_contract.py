"""Any OpenAPI 3.0 contract is served without a line of code: its examples, or values made from its schemas."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.loader import load_contract
from mock_server.settings import Settings
from mock_server.web.serving.first_request import curl
from mock_server.web.serving.running import running
from tests.raw_http import RawAnswer, send

LIBRARY = """\
openapi: 3.0.3
info: {title: A public library, version: "1"}
servers: [{url: "https://library.example.com/v{major}", variables: {major: {default: "2"}}}]
paths:
  /books:
    get:
      operationId: listBooks
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}
        - {name: tag, in: query, schema: {type: array, items: {type: string, enum: [new, old]}}}
      responses:
        "200":
          description: books
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Book"}}}}
    post:
      operationId: addBook
      security: [{bearer: []}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
      responses:
        "201": {description: added, content: {application/json: {schema: {$ref: "#/components/schemas/Receipt"}}}}
        "422": {description: invalid, content: {application/problem+json: {example: {title: invalid book}}}}
  /books/{isbn}:
    parameters: [{name: isbn, in: path, required: true, schema: {type: string, pattern: "^[0-9]{13}$"}}]
    get:
      responses:
        "200": {description: a book, content: {application/json: {example: {title: Dune}}}}
        "404": {description: none, content: {application/json: {example: {error: no such book}}}}
    delete:
      operationId: removeBook
      responses: {"204": {description: gone}}
  /shelves/{floor}/{height}/{name}.json:
    get:
      operationId: getShelf
      parameters:
        - {name: floor, in: path, required: true, schema: {type: integer}}
        - {name: height, in: path, required: true, schema: {type: number}}
        - {name: name, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: shelf, content: {text/plain: {schema: {type: string, minLength: 3}}}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Book:
      type: object
      required: [title]
      properties:
        title: {type: string, minLength: 1, nullable: true}
        pages: {type: integer, format: int32, minimum: 10}
        sequel: {$ref: "#/components/schemas/Book"}
    Receipt:
      type: object
      properties:
        id: {type: string, format: uuid, x-unique: true}
        code: {type: string, pattern: "^[A-Z]{3}-[0-9]{4}$"}
        at: {type: string, format: date-time}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("library") / "library.yaml"
    file.write_text(LIBRARY, encoding="utf-8")
    with running(Settings(spec=file)) as mock:
        yield mock.url


def _ask(url: str, method: str, path: str, body: Any = None, token: str | None = None) -> RawAnswer:
    headers = [("Authorization", token)] if token else []
    if body is not None:
        headers.append(("Content-Type", "application/json"))
        body = json.dumps(body).encode()
    return send(url, method, path, headers, body)


def test_a_value_is_made_from_a_schema_and_is_always_the_same(library: str) -> None:
    first, second = (_ask(library, "GET", "/v2/books") for _ in range(2))

    assert (first.status, first.body) == (200, second.body)
    assert json.loads(first.body)[0]["pages"] == 10


def test_an_example_is_served_as_it_stands(library: str) -> None:
    assert json.loads(_ask(library, "GET", "/v2/books/9780441013593").body) == {"title": "Dune"}


def test_an_answer_without_content_is_empty(library: str) -> None:
    answer = _ask(library, "DELETE", "/v2/books/9780441013593")

    assert (answer.status, answer.body) == (204, b"")


def test_a_unique_property_gets_an_id_in_its_format(library: str) -> None:
    token = "Bearer t"
    receipts = [json.loads(_ask(library, "POST", "/v2/books", {"title": t}, token).body) for t in ("a", "b", "a")]

    assert receipts[0] == receipts[2]
    assert receipts[0]["id"] != receipts[1]["id"]
    assert len(receipts[0]["id"]) == 36
    assert receipts[0]["code"][3] == "-"


@pytest.mark.parametrize(
    ("method", "path", "body", "token", "status"),
    [
        ("GET", "/v2/books?limit=50&tag=new&tag=old", None, None, 200),
        ("GET", "/v2/books?limit=51", None, None, 400),
        ("GET", "/v2/books?limit=many", None, None, 400),
        ("GET", "/v2/books?tag=new&tag=used", None, None, 400),
        ("GET", "/v2/books/123", None, None, 404),
        ("GET", "/books", None, None, 404),
        ("PATCH", "/v2/books", None, None, 405),
        ("POST", "/v2/books", {"title": "x"}, None, 401),
        ("POST", "/v2/books", {"title": "x"}, "Basic eDp5", 401),
        ("POST", "/v2/books", {"title": None, "sequel": {"title": "y"}}, "Bearer x", 201),
        ("POST", "/v2/books", {"sequel": {"title": "y"}}, "Bearer x", 422),
        ("POST", "/v2/books", {"title": "x", "sequel": {"pages": 9}}, "Bearer x", 422),
        ("POST", "/v2/books", {"title": "x", "pages": 2**40}, "Bearer x", 422),
        ("POST", "/v2/books", None, "Bearer x", 422),
        ("GET", "/v2/shelves/-1/2.5/a%2Fb.json", None, None, 200),
        ("GET", "/v2/shelves/one/2.5/a.json", None, None, 404),
    ],
)
def test_requests_are_judged_by_the_contract(
    library: str, method: str, path: str, body: Any, token: str | None, status: int
) -> None:
    assert _ask(library, method, path, body, token).status == status


def test_a_refusal_uses_the_contracts_own_error(library: str) -> None:
    assert json.loads(_ask(library, "POST", "/v2/books", {}, "Bearer x").body) == {"title": "invalid book"}


def test_the_line_to_try_is_one_that_is_accepted(tmp_path: Path) -> None:
    """It names the header, the scheme and the body that the contract asks for."""
    file = tmp_path / "library.yaml"
    file.write_text(LIBRARY, encoding="utf-8")
    contract = load_contract(file)
    operation = contract.operation("addBook")
    assert operation is not None
    with running(Settings(spec=file)) as mock:
        line = curl(contract, operation, mock.url, "any-token")
        done = subprocess.run([*shlex.split(line), "-s"], capture_output=True, text=True, timeout=10, check=True)

    assert "-H 'Authorization: Bearer any-token'" in line
    assert json.loads(done.stdout)["code"]
