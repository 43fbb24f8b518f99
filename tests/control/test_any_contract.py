"""Scenarios, journal and verification of a contract that has nothing to do with Rainbond."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.settings import Settings
from mock_server.testing.mock_console import MockConsole, MockError
from mock_server.web.serving.running import running
from tests.control.asking import Ask
from tests.raw_http import RawAnswer, send

SHOP = """\
openapi: 3.0.3
info: {title: A shop, version: "1"}
servers: [{url: "https://shop.example.com/v1"}]
security: [{session: [], key: []}]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 50}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
        - {name: X-Shop-Pin, in: header, schema: {type: string, format: password}}
      responses:
        "200": {description: orders, content: {application/json: {examples: {some: {value: [{id: 1}]}}}}}
        "503": {description: closed, content: {text/plain: {schema: {type: string}}}}
    post:
      operationId: order
      requestBody:
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              properties:
                items: {type: array, items: {type: object, properties: {sku: {type: string}, count: {type: integer}}}}
                cardNumber: {$ref: '#/components/schemas/CardNumber'}
                payment: {type: object, properties: {kind: {type: string, enum: [card, cash]}}}
      responses:
        "201":
          description: ordered
          headers: {Location: {required: true, schema: {type: string, pattern: ^/orders/}, example: /orders/1}}
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer, x-unique: true}}}
              examples: {ordered: {value: {id: 1}}}
        "4XX": {description: refused, content: {application/json: {schema: {type: object, required: [why]}}}}
components:
  schemas: {CardNumber: {type: string, format: password}}
  securitySchemes:
    session: {type: apiKey, in: cookie, name: sid}
    key: {type: apiKey, in: query, name: key}
"""
CREDENTIALS = ("Cookie", "sid=c00kie-secret")
JSON = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shop") / "shop.yaml"
    file.write_text(SHOP, encoding="utf-8")
    return file


@pytest.fixture
def shop(spec: Path) -> Iterator[Ask]:
    with running(Settings(spec=spec)) as mock:
        yield Ask(mock.url)


def _list(shop: Ask, query: str = "") -> RawAnswer:
    return send(shop.url, "GET", f"/v1/orders?key=k3y-secret{query}", [CREDENTIALS, ("X-Shop-Pin", "p1n-secret")])


def _order(shop: Ask, body: bytes) -> RawAnswer:
    return send(shop.url, "POST", "/v1/orders?key=k3y-secret", [CREDENTIALS, JSON], body)


def test_parameters_of_any_kind_are_matched(shop: Ask) -> None:
    closed = {"status": 503, "body": "closed", "headers": {"Content-Type": "text/plain"}}
    when = {"operation": "listOrders", "query": {"limit": 5, "tag": ["a", "b"]}}
    shop.scenarios({"name": "closed", "when": when, "answers": [closed]})

    answer = _list(shop, "&limit=5&tag=a&tag=b")

    assert (answer.status, answer.body, answer.header("Content-Type")) == (503, b"closed", "text/plain")
    assert _list(shop, "&limit=5&tag=a").status == 200
    assert _list(shop, "&limit=6&tag=a&tag=b").status == 200


def test_bodies_are_matched_deep_down(shop: Ask) -> None:
    when = {"operation": "order", "body": {"/items/0/sku": {"matches": "^A"}, "payment": {"kind": "card"}}}
    shop.scenarios({"name": "card", "when": when, "answers": [{"status": 402, "body": {"why": "no money"}}]})

    card = b'{"items": [{"sku": "A1"}], "payment": {"kind": "card"}}'
    assert _order(shop, card).status == 402
    assert _order(shop, card.replace(b"A1", b"B1")).status == 201
    assert _order(shop, b"{}").status == 201
    assert shop.verify(operation="order", body={"items": [{"sku": "A1"}]}, count=1)[0] == 200


def test_an_example_belongs_to_its_operation(shop: Ask) -> None:
    shop.scenarios({"name": "any", "answers": ["ordered"]})

    assert _list(shop).status == 200
    assert _order(shop, b"{}").status == 201
    assert [entry["scenario"] for entry in shop.journal()] == [None, "any"]


def test_what_the_contract_declares_is_there_all_the_same(shop: Ask) -> None:
    shop.scenarios({"name": "own", "answers": [{"status": 201, "body": {"id": 7}}]})

    assert _order(shop, b"{}").header("Location") == "/orders/1"


def test_its_secrets_are_masked(shop: Ask) -> None:
    _list(shop)
    _order(shop, b'{"cardNumber": "4242-4242"}')
    _order(shop, b'{"cardNumber": "4242-4242", broken')

    kept = shop.own("GET", "requests?session=*").body
    assert len(shop.journal()) == 3
    for secret in (b"c00kie-secret", b"k3y-secret", b"p1n-secret", b"4242"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ({"when": {"operation": "lstOrders"}, "fault": "hang"}, "did you mean 'listOrders'?"),
        ({"when": {"query": {"limt": 5}}, "fault": "hang"}, "did you mean 'limit'?"),
        ({"when": {"query": {"limit": 51}}, "fault": "hang"}, "has 51; allowed: type integer, maximum 50"),
        ({"when": {"body": {"payment": {"kind": "crd"}}}, "fault": "hang"}, "did you mean 'card'?"),
        ({"when": {"body": {"/items/0/count": "one"}}, "fault": "hang"}, "no valid request has 'one'"),
        ({"when": {"path": {"id": 1}}, "fault": "hang"}, "path: unknown 'id'; allowed: none"),
        ({"answers": [{"status": 402, "body": {}}]}, '"why" is a required property'),
        ({"answers": [{"status": 201, "body": {"id": 1}, "headers": {"Location": "x"}}]}, "headers: Location: 'x'"),
        ({"answers": ["some", "ordered"]}, "allowed:"),
    ],
)  # fmt: skip
def test_scenarios_are_checked_against_it(spec: Path, scenario: dict[str, object], told: str) -> None:
    with MockConsole(spec=spec) as mock, pytest.raises(MockError) as refused:
        mock.scenario("x", **scenario)  # type: ignore[arg-type]

    assert told in str(refused.value)
