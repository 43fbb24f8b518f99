"""`serve --keep`: kept resources over HTTP, in each session and in every store."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.control.asking import Ask, value
from tests.control.redis_server import RedisServer
from tests.raw_http import RawAnswer, send

SHOP = Path(__file__).parents[1] / "mock" / "shop.yaml"
HANDLERS = """
def closeShop(shopId):
    return {"code": 200, "closed": shopId}
"""


class Shop(Ask):
    """Asks one session of a mock of the shop."""

    def call(self, method: str, path: str, body: Any = None, *headers: tuple[str, str]) -> RawAnswer:
        own = [("X-Mock-Session", self.session), ("Content-Type", "application/json"), *headers]
        return send(self.url, method, path, own, None if body is None else json.dumps(body).encode())

    @property
    def names(self) -> list[str]:
        return [each["name"] for each in value(self.call("GET", "/shops"))["data"]["list"]]

    @property
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = value(self.own("GET", "resources"))["resources"]
        return found


@pytest.fixture(scope="module")
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    handlers = tmp_path_factory.mktemp("handlers") / "app.py"
    handlers.write_text(HANDLERS, encoding="utf-8")
    with running(Settings(spec=SHOP, keep=True, keep_memory=5_000, handlers=str(handlers))) as mock:
        yield mock.url


@pytest.fixture
def shop(shop_url: str, request: pytest.FixtureRequest) -> Shop:
    return Shop(shop_url, request.node.name)


def test_each_session_keeps_its_own_until_it_starts_over(shop: Shop) -> None:
    other = Shop(shop.url, f"{shop.session}-other")
    assert shop.call("POST", "/shops", {"name": "Tails"}).status == 201

    assert shop.names == ["Paws", "Claws", "Tails"]
    assert other.names == ["Paws", "Claws"]
    assert shop.own("POST", "reset").status == 204
    assert shop.names == ["Paws", "Claws"]


def test_what_is_kept_is_listed_with_its_secrets_masked(shop: Shop) -> None:
    shop.call("POST", "/shops/1/pets", {"name": "Tom", "owner": {"name": "A", "password": "hunter2"}})

    (pet,) = shop.kept["/shops/1/pets"].values()
    assert (pet["name"], pet["owner"]["password"]) == ("Tom", "***")
    assert shop.kept["/shops"]["2"] == {"id": 2, "name": "Claws"}


def test_what_is_not_there_is_answered_in_the_contracts_words_and_told_in_the_journal(shop: Shop) -> None:
    documented = shop.call("GET", "/shops/9")
    undocumented = shop.call("POST", "/shops/9/pets", {"name": "Tom"})

    assert (documented.status, value(documented)) == (404, {"code": 404, "message": "no such shop"})
    assert undocumented.header("Content-Type") == "application/problem+json"
    assert value(undocumented)["detail"] == "nothing is kept there: /shops/9/pets"
    newest = shop.journal()[-1]
    assert (newest["status"], newest["refusal"], newest["operation"]) == (404, "not-found", "addPet")


def test_prefer_scenarios_and_handlers_come_first_and_change_nothing(shop: Shop) -> None:
    prefer = ("Prefer", "code=202")
    assert value(shop.call("POST", "/shops", {"name": "Preferred"}, prefer)) == {"code": 202}
    shop.scenarios({"name": "later", "when": {"operation": "openShop"}, "answers": [{"status": 202, "times": 1}]})
    assert shop.call("POST", "/shops", {"name": "Scenario's"}).status == 202
    assert value(shop.call("DELETE", "/shops/1")) == {"code": 200, "closed": 1}

    assert shop.names == ["Paws", "Claws"]


def test_checks_come_before_what_is_kept(shop: Shop) -> None:
    assert shop.call("POST", "/shops", {}).status == 400
    assert shop.call("GET", "/shops/nine").status == 404
    assert shop.names == ["Paws", "Claws"]


def test_more_than_a_session_may_keep_is_refused_clearly(shop: Shop) -> None:
    assert shop.call("POST", "/shops", {"name": "x" * 4_000}).status == 201
    answer = shop.call("POST", "/shops", {"name": "y" * 4_000})

    assert answer.status == 507
    assert "at most 5000 bytes; raise --keep-memory" in value(answer)["detail"]
    assert len(shop.names) == 3


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    with running(Settings(spec=SHOP)) as mock:
        shop = Shop(mock.url)
        shop.call("POST", "/shops", {"name": "Tails"})

        assert (shop.names, shop.kept) == (["Paws", "Claws"], {})


@pytest.fixture(params=["two workers", "redis"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose sessions several processes can share."""
    with contextlib.ExitStack() as started:
        if request.param == "redis":
            settings = Settings(spec=SHOP, keep=True, store=started.enter_context(RedisServer(tmp_path)).url)
        else:
            settings = Settings(spec=SHOP, keep=True, workers=2)
        yield Shop(started.enter_context(running(settings)).url, "many")


def test_of_many_at_once_each_is_kept(shared: Shop) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: shared.call("POST", "/shops", {"name": str(number)}), range(40)))

    assert sorted(value(each)["data"]["id"] for each in answers) == list(range(3, 43))
    assert sorted(shared.names) == sorted(["Paws", "Claws", *map(str, range(40))])
