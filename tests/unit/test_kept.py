"""Kept resources, purely: which paths keep, what a request changes, and what it is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import SourceError, parse_source
from mock_server.contract.loader import load_contract, read_contract
from mock_server.contract.schema.schemas import SchemaLibrary
from mock_server.engine.answer_checks import answer_faults
from mock_server.engine.catalogue import OpenDirectory
from mock_server.engine.event_ids import event_id
from mock_server.engine.kept.actions import act
from mock_server.engine.kept.finding import find_collections
from mock_server.engine.kept.resources import Resources
from mock_server.engine.kept.shapes import merged, shaped
from mock_server.engine.messages import Answer, Refused, Request
from mock_server.engine.pipeline import MockDefinition, check
from mock_server.engine.profiles import ContractProfile

SHOP = Path(__file__).parents[1] / "mock" / "shop.yaml"
MERGE = "application/merge-patch+json"
OTHER = "00000000-0000-4000-8000-000000000000"
BORN = "2026-01-01T00:00:00Z"


class Session:
    """Asks a contract, purely; every answer has to be what the contract describes."""

    def __init__(self, contract: Any = None) -> None:
        contract = contract or load_contract(SHOP)
        self.definition = MockDefinition(contract, OpenDirectory(), ContractProfile(contract), "rainbond", keep=True)
        self.resources = Resources()

    def ask(self, method: str, path: str, body: Any = None, media_type: str = "application/json") -> Answer | None:
        where, _, query = path.partition("?")
        headers = [("Content-Type", media_type), ("Host", "shop.test")] if body is not None else []
        sent = b"" if body is None else json.dumps(body).encode()
        checked = check(self.definition, Request.build(method, where, headers, sent, query))
        assert checked.refusal is None
        outcome = act(self.definition, checked, self.resources)
        if outcome is None:
            return None
        self.resources = Resources.read(outcome.resources.text()) if outcome.resources else self.resources
        assert checked.operation is not None
        assert answer_faults(self.definition.contract, checked.operation, outcome.answer) == ()
        return outcome.answer

    def value(self, *request: Any) -> Any:
        answer = self.ask(*request)
        assert answer is not None
        return json.loads(answer.body)


def contract(text: str) -> Any:
    return read_contract(parse_source(f"openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\n{text}", "contract.yaml"))


@pytest.fixture
def shop() -> Session:
    return Session()


# ---- which paths keep


def test_a_list_with_things_below_it_is_a_collection() -> None:
    found = find_collections(load_contract(SHOP), keep=True).all

    assert [(each.path, each.id_property) for each in found] == [
        ("/shops", "id"), ("/tags", "name"), ("/shops/{shopId}/pets", "id"),
    ]  # fmt: skip
    assert [each.path for each in found[2].outer] == ["/shops"]


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    assert find_collections(load_contract(SHOP), keep=False).all == ()
    assert find_collections(load_contract(), keep=True).all == ()


def test_a_path_says_itself_whether_it_keeps() -> None:
    text = SHOP.read_text(encoding="utf-8")
    on = parse_source(text.replace("  /tags:\n", "  /tags:\n    x-keep: true\n"), "shop.yaml")
    off = parse_source(text.replace("  /tags:\n", "  /tags:\n    x-keep: false\n"), "shop.yaml")

    assert [each.path for each in find_collections(read_contract(on), keep=False).all] == ["/tags"]
    assert "/tags" not in [each.path for each in find_collections(read_contract(off), keep=True).all]


def test_what_is_no_switch_is_named_with_its_line() -> None:
    text = "paths:\n  /tags:\n    x-keep: often\n    get: {responses: {'200': {description: Tags}}}\n"

    with pytest.raises(SourceError, match=r'contract.yaml:5: paths//tags/x-keep: "often" is not of type "boolean"'):
        contract(text)


ID = """
paths:
  /cats:
    post:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        '201':
          description: Made
          content: {application/json: {schema: {type: object, properties: {%s: {type: string}}}}}
          %s
  /cats/{%s}:
    parameters: [{name: %s, in: path, required: true, schema: {type: string}}]
    delete: {responses: {'204': {description: Gone}}}
"""


@pytest.mark.parametrize(
    ("key", "name", "links"),
    [
        ("id", "id", ""),
        ("catId", "id", ""),
        ("cat_id", "catId", ""),
        ("cat", "catId", ""),
        ("slug", "slug", ""),
        ("cat_uuid", "uuid", ""),
        ("who", "nick", "links: {one: {operationId: x, parameters: {who: '$response.body#/nick'}}}"),
    ],
)
def test_the_property_of_the_id_is_found_by_link_or_by_name(key: str, name: str, links: str) -> None:
    found = find_collections(contract(ID % (name, links, key, key)), keep=True).all

    assert [each.id_property for each in found] == [name]


# ---- what is created


def test_the_things_of_the_examples_are_there_from_the_start(shop: Session) -> None:
    data = {"list": [{"id": 1, "name": "Paws"}, {"id": 2, "name": "Claws"}], "total": 2}

    assert shop.value("GET", "/shops?page=7") == {"code": 200, "data": data}
    assert shop.value("GET", "/shops/2")["data"] == {"id": 2, "name": "Claws"}


def test_what_was_created_is_found_and_listed(shop: Session) -> None:
    answer = shop.ask("POST", "/shops", {"name": "Tails"})

    assert answer is not None
    assert (answer.status, answer.header("Location")) == (201, "http://shop.test/shops/3")
    assert json.loads(answer.body)["data"] == {"id": 3, "name": "Tails"}
    assert shop.value("GET", "/shops/3")["data"] == {"id": 3, "name": "Tails"}
    assert shop.value("GET", "/shops")["data"]["total"] == 3


def test_numbers_are_not_given_out_twice(shop: Session) -> None:
    shop.ask("POST", "/shops", {"name": "Tails"})
    shop.ask("DELETE", "/shops/3")

    assert shop.value("POST", "/shops", {"name": "Tails"})["data"]["id"] == 4


def test_an_id_that_is_a_text_is_the_event_id_of_the_request(shop: Session) -> None:
    ids = [shop.value("POST", "/shops/1/pets", {"name": "Tom"})["id"] for _ in range(2)]

    expected = [event_id("rainbond", "addPet", {"shopId": 1}, {"name": "Tom"}, number) for number in (1, 2)]
    assert [each.replace("-", "") for each in ids] == expected


def test_defaults_and_what_the_server_makes_are_added_and_what_is_only_written_is_not_kept(shop: Session) -> None:
    sent = {"name": "Tom", "chip": "007", "born": "1999-01-01T00:00:00Z", "colour": "grey"}
    pet = shop.value("POST", "/shops/2/pets", sent)

    assert pet == {"id": pet["id"], "shopId": 2, "name": "Tom", "kind": "cat", "born": BORN}
    assert shop.value("GET", f"/shops/2/pets/{pet['id']}") == pet
    assert shop.value("GET", "/shops/2/pets") == [pet]
    assert "007" not in shop.resources.text()


def test_things_lie_within_the_thing_of_their_path(shop: Session) -> None:
    pet = shop.value("POST", "/shops/1/pets", {"name": "Tom"})

    assert shop.value("GET", "/shops/2/pets") == []
    for path in (f"/shops/2/pets/{pet['id']}", "/shops/9/pets", f"/shops/9/pets/{pet['id']}"):
        with pytest.raises(Refused, match="not-found"):
            shop.ask("GET", path)


def test_a_put_creates_where_the_contract_says_so(shop: Session) -> None:
    made, changed = (shop.ask("PUT", "/tags/new%20one", {"name": "x", "colour": each}) for each in ("red", "blue"))

    assert made is not None and changed is not None
    assert (made.status, changed.status) == (201, 200)
    assert made.header("Location") == "/tags/new%20one"
    assert shop.value("GET", "/tags") == [{"name": "new one", "colour": "blue"}]
    with pytest.raises(Refused, match="not-found"):
        shop.ask("PUT", f"/shops/1/pets/{OTHER}", {"name": "Tom"})


def test_an_id_that_is_taken_is_refused() -> None:
    text = ID % ("nick", "", "nick", "nick")
    session = Session(contract(text))

    assert session.value("POST", "/cats", {"nick": "tom"}) == {"nick": "tom"}
    with pytest.raises(Refused, match="already-exists"):
        session.ask("POST", "/cats", {"nick": "tom"})


def test_an_id_has_the_form_that_the_contract_asks_for() -> None:
    code = "{type: string, pattern: '^[A-Z]{2}-[0-9]$', example: AB-1}"
    text = (ID % ("code", "", "code", "code")).replace("{type: string}", code)
    session = Session(contract(text))

    ids = [session.value("POST", "/cats", {})["code"] for _ in range(3)]
    assert len({"AB-1", *ids}) == 4
    assert all(session.ask("DELETE", f"/cats/{each}") for each in ids)


# ---- what is changed


def test_put_replaces_and_leaves_what_clients_cannot_say(shop: Session) -> None:
    pet = shop.value("POST", "/shops/1/pets", {"name": "Tom", "owner": {"name": "A"}})
    path = f"/shops/1/pets/{pet['id']}"

    changed = {"id": pet["id"], "shopId": 1, "name": "Tim", "kind": "dog", "born": BORN}
    assert shop.value("PUT", path, {"name": "Tim", "kind": "dog", "id": OTHER}) == changed
    assert shop.value("GET", path) == changed


def test_patch_merges(shop: Session) -> None:
    pet = shop.value("POST", "/shops/1/pets", {"name": "Tom", "owner": {"name": "A", "phone": "1"}})
    patch = {"kind": None, "owner": {"phone": None}, "id": "other"}

    changed = shop.value("PATCH", f"/shops/1/pets/{pet['id']}", patch, MERGE)

    assert changed == {"id": pet["id"], "shopId": 1, "name": "Tom", "born": BORN, "owner": {"name": "A"}}


@pytest.mark.parametrize(
    ("old", "patch", "new"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merges_are_those_of_rfc_7396(old: Any, patch: Any, new: Any) -> None:
    assert merged(old, patch) == new


def test_what_was_deleted_is_gone_with_all_that_lies_within(shop: Session) -> None:
    pet = shop.value("POST", "/shops/2/pets", {"name": "Tom"})
    assert shop.value("DELETE", "/shops/2") == {"code": 200}

    for method, path in (("GET", "/shops/2"), ("DELETE", "/shops/2"), ("GET", f"/shops/2/pets/{pet['id']}")):
        with pytest.raises(Refused, match="not-found"):
            shop.ask(method, path)
    assert pet["id"] not in shop.resources.text()


def test_what_is_no_object_is_left_to_the_stub(shop: Session) -> None:
    pet = shop.value("POST", "/shops/1/pets", {"name": "Tom"})

    assert shop.ask("PATCH", f"/shops/1/pets/{pet['id']}", [{"op": "remove"}], "application/json-patch+json") is None


# ---- other shapes

WRAPPED = """
paths:
  /articles/:
    get:
      responses:
        '200':
          description: All
          content:
            application/json:
              schema:
                type: object
                properties:
                  articles: {type: array, items: {$ref: '#/components/schemas/Article'}}
                  articlesCount: {type: integer}
    post:
      requestBody: {content: {application/json: {schema: {properties: {article: {$ref: '#/components/schemas/New'}}}}}}
      responses: {'201': {$ref: '#/components/responses/One'}}
  /articles/{slug}/:
    parameters: [{name: slug, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {$ref: '#/components/responses/One'}}}
    delete: {responses: {'400': {description: Nothing else is said}}}
components:
  responses:
    One:
      description: One
      content: {application/json: {schema: {properties: {article: {$ref: '#/components/schemas/Article'}}}}}
  schemas:
    New: {type: object, properties: {title: {type: string}}}
    Article: {allOf: [{$ref: '#/components/schemas/New'}, {properties: {slug: {type: string, example: first}}}]}
"""


def test_things_in_envelopes_are_taken_out_and_put_in() -> None:
    session = Session(contract(WRAPPED))
    made = session.ask("POST", "/articles/", {"article": {"title": "T"}})
    assert made is not None
    article = json.loads(made.body)["article"]

    assert article["title"] == "T"
    assert made.header("Location") == f"/articles/{article['slug']}/"
    assert session.value("GET", f"/articles/{article['slug']}/") == {"article": article}
    listed = session.value("GET", "/articles/")
    assert (listed["articles"][0]["slug"], listed["articles"][1], listed["articlesCount"]) == ("first", article, 2)


def test_a_success_that_the_contract_does_not_describe_has_no_body() -> None:
    described = WRAPPED.replace("'400': {desc", "'2XX': {description: ''}, '400': {desc")
    answer = Session(contract(described)).ask("DELETE", "/articles/first/")

    assert (answer and answer.status) == 200
    with pytest.raises(AssertionError, match="status 204 is not documented"):
        Session(contract(WRAPPED)).ask("DELETE", "/articles/first/")


SHAPES = """
components:
  schemas:
    Any: {type: object}
    Cat: {type: object, required: [lives], properties: {lives: {type: integer}, kind: {type: string}}}
    Dog: {type: object, required: [tricks], properties: {tricks: {type: array, items: {type: string}}}}
    Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
    Short: {type: object, required: [name], properties: {name: {type: string, maxLength: 2}, at: {type: string}}}
    Open: {type: object, properties: {a: {type: integer}}, additionalProperties: true}
    Gone: {type: object, properties: {at: {type: string, readOnly: true, nullable: true}}}
    Deep:
      properties:
        owner: {type: object, properties: {pin: {type: string, writeOnly: true}, id: {type: integer, readOnly: true}}}
        pets: {type: array, items: {$ref: '#/components/schemas/Cat'}}
"""


@pytest.mark.parametrize(
    ("name", "kept", "shown"),
    [
        ("Any", {"x": [1]}, {"x": [1]}),
        ("Pet", {"tricks": ["sit"]}, {"tricks": ["sit"]}),
        ("Cat", {"kind": "big"}, {"lives": 1, "kind": "big"}),
        ("Short", {"name": "too long", "at": "2020-01-01"}, {"name": "st", "at": "2020-01-01"}),
        ("Open", {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ("Dog", {"tricks": [], "b": 2}, {"tricks": []}),
        ("Gone", {}, {}),
        ("Deep", {"owner": {"pin": "1"}, "pets": [{}]}, {"owner": {"id": 1}, "pets": [{"lives": 1}]}),
    ],
)
def test_what_is_kept_is_shown_as_the_answers_schema_has_it(name: str, kept: Any, shown: Any) -> None:
    source = parse_source(f"openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\n{SHAPES}", "shapes.yaml")
    library = SchemaLibrary(Documents(source))

    assert shaped(library.schema({"$ref": f"#/components/schemas/{name}"}, direction="answer"), kept) == shown
