"""`--include` and `--exclude` name operations by id, tag, path and method."""

from __future__ import annotations

import pytest

from contract_tests.target.selection import selected
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import parse_source
from mock_server.contract.loader import read_contract
from mock_server.contract.model import Contract

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: '1'}
servers: [{url: /shop}]
paths:
  /orders:
    get: {operationId: listOrders, tags: [orders, reading], responses: {'200': {description: OK}}}
    post: {operationId: createOrder, tags: [orders], responses: {'200': {description: OK}}}
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: readItem, tags: [reading], responses: {'200': {description: OK}}}
"""


@pytest.fixture(scope="module")
def shop() -> Contract:
    return read_contract(parse_source(SHOP, "shop.yaml"))


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), {"listOrders", "createOrder", "readItem"}),
        (("createOrder",), (), {"createOrder"}),
        (("*Order*",), ("list*",), {"createOrder"}),
        (("tag:reading",), (), {"listOrders", "readItem"}),
        (("/orders",), (), {"listOrders", "createOrder"}),
        (("/shop/items/*",), (), {"readItem"}),
        (("GET",), (), {"listOrders", "readItem"}),
        (("GET /orders", "readItem"), (), {"listOrders", "readItem"}),
        ((), ("POST",), {"listOrders", "readItem"}),
    ],
)
def test_operations_are_selected(
    shop: Contract, include: tuple[str, ...], exclude: tuple[str, ...], expected: set[str]
) -> None:
    assert selected(shop, include, exclude) == expected


@pytest.mark.parametrize(
    ("include", "exclude", "says"),
    [
        (
            ("createOder",),
            (),
            "--include createOder: no operation of the contract matches (did you mean 'createOrder'",
        ),
        ((), ("tag:oders",), "did you mean 'tag:orders'"),
        (("/order",), (), "did you mean '/orders'"),
        (("PATCH",), (), "--include PATCH: no operation"),
        (("GET",), ("tag:reading",), "leave no operation"),
    ],
)
def test_an_entry_that_matches_nothing_is_a_mistake(
    shop: Contract, include: tuple[str, ...], exclude: tuple[str, ...], says: str
) -> None:
    with pytest.raises(SettingsError) as error:
        selected(shop, include, exclude)
    assert says in str(error.value)
