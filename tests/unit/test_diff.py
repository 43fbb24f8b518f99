"""Pairs of contracts with what each change means: to clients that keep to the old one, and to servers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract_tests.diff.comparison import compare
from contract_tests.diff.document import document
from contract_tests.diff.reports import FORMATS, id_of
from contract_tests.diff.rules import RULES, Change
from mock_server.contract.document.source import Source, parse_source

OK = {"200": {"description": "ok"}}
NAME = {"type": "string", "minLength": 2, "maxLength": 9}


def contract(paths: Any = None, **more: Any) -> Any:
    return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths or {}, **more}


def doing(operation: Any, method: str = "post", path: str = "/a", **more: Any) -> Any:
    return contract({path: {method: {"responses": OK, **operation}}}, **more)


def asking(schema: Any, **body: Any) -> Any:
    return doing({"requestBody": {"content": {"application/json": {"schema": schema}}, **body}})


def answering(schema: Any) -> Any:
    return doing({"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}})


def with_parameter(**parameter: Any) -> Any:
    return doing({"parameters": [{"name": "p", "in": "query", "schema": {"type": "string"}, **parameter}]})


def heading(**header: Any) -> Any:
    return doing({"responses": {"200": {"description": "ok", "headers": {"X-A": header}}}})


def thing(*required: str, **properties: Any) -> Any:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def changes(old: Any, new: Any) -> tuple[Change, ...]:
    return compare(document(Source("old.yaml", old)), document(Source("new.yaml", new)))


def rules(old: Any, new: Any) -> set[str]:
    return {f"{change.rule.clients} {change.rule.id}" for change in changes(old, new)}


TEXT, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
COLOURS, MORE = {"type": "string", "enum": ["red", "blue"]}, {"type": "string", "enum": ["red", "blue", "green"]}
PLAIN = thing(name=TEXT)
CAT, DOG = thing("cat", cat=TEXT), thing("dog", dog=TEXT)
KEY = {"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}}}}
TWO = {"components": {"securitySchemes": {n: {"type": "http", "scheme": n} for n in ("basic", "bearer")}}}

PAIRS: dict[str, tuple[Any, Any, set[str]]] = {
    # ---- what a request may hold
    "a request's value is taken out of an enum": (
        asking(thing(c=MORE)), asking(thing(c=COLOURS)), {"breaking request-property-enum-value-removed"}),
    "a request's enum gets a value": (
        asking(thing(c=COLOURS)), asking(thing(c=MORE)), {"safe request-property-enum-value-added"}),
    "a request's text gets an enum": (
        asking(thing(c=TEXT)), asking(thing(c=COLOURS)), {"breaking request-property-became-enum"}),
    "a request's property becomes required": (
        asking(PLAIN), asking(thing("name", name=TEXT)), {"breaking request-property-became-required"}),
    "a request gets an optional property": (
        asking(PLAIN), asking(thing(name=TEXT, more=TEXT)), {"safe new-optional-request-property"}),
    "a request gets a required property": (
        asking(PLAIN), asking(thing("more", name=TEXT, more=TEXT)), {"breaking new-required-request-property"}),
    "a required property with a default is required all the same": (
        asking(PLAIN), asking(thing("more", name=TEXT, more={**TEXT, "default": "x"})),
        {"breaking new-required-request-property-with-default"}),
    "a request loses a property": (
        asking(thing(name=TEXT, more=TEXT)), asking(PLAIN), {"dangerous request-property-removed"}),
    "a request loses a property and others are refused": (
        asking({**thing(name=TEXT, more=TEXT), "additionalProperties": False}),
        asking({**PLAIN, "additionalProperties": False}), {"breaking request-property-forbidden"}),
    "a request's other properties are refused": (
        asking(PLAIN), asking({**PLAIN, "additionalProperties": False}),
        {"breaking request-body-additional-properties-forbidden"}),
    "a request's integer may be any number": (
        asking(thing(n=INTEGER)), asking(thing(n=NUMBER)), {"safe request-property-type-generalized"}),
    "a request's number must be an integer": (
        asking(thing(n=NUMBER)), asking(thing(n=INTEGER)), {"breaking request-property-type-changed"}),
    "a request's text becomes a number": (
        asking(thing(n=TEXT)), asking(thing(n=NUMBER)), {"breaking request-property-type-changed"}),
    "a request's integer may be longer": (
        asking(thing(n={**INTEGER, "format": "int32"})), asking(thing(n={**INTEGER, "format": "int64"})),
        {"safe request-property-type-generalized"}),
    "a request's text gets a format": (
        asking(thing(n=TEXT)), asking(thing(n={**TEXT, "format": "uuid"})), {"breaking request-property-type-changed"}),
    "a password is any text": (
        asking(thing(n=TEXT)), asking(thing(n={**TEXT, "format": "password"})), set()),
    "null is refused": (
        asking(thing(n={**TEXT, "nullable": True})), asking(thing(n=TEXT)),
        {"breaking request-property-became-not-nullable"}),
    "nullable means nothing where the enum has no null": (
        asking(thing(n=COLOURS)), asking(thing(n={**COLOURS, "nullable": True})), set()),
    "a request's text must be shorter": (
        asking(thing(n=NAME)), asking(thing(n={**NAME, "maxLength": 8})),
        {"breaking request-property-max-length-decreased"}),
    "a request's text may be longer": (
        asking(thing(n=NAME)), asking(thing(n={**NAME, "maxLength": 10})),
        {"safe request-property-max-length-increased"}),
    "a request's list gets a limit": (
        asking(thing(n={"type": "array", "items": TEXT})),
        asking(thing(n={"type": "array", "items": TEXT, "maxItems": 3})),
        {"breaking request-property-max-items-set"}),
    "above 5 is from 6 on for integers": (
        asking(thing(n={**INTEGER, "minimum": 5, "exclusiveMinimum": True})),
        asking(thing(n={**INTEGER, "minimum": 6})),
        set()),
    "a request's pattern": (
        asking(thing(n=TEXT)), asking(thing(n={**TEXT, "pattern": "^a"})), {"breaking request-property-pattern-added"}),
    "a request's pattern is another": (
        asking(thing(n={**TEXT, "pattern": "^a"})), asking(thing(n={**TEXT, "pattern": "^[ab]"})),
        {"dangerous request-property-pattern-changed"}),
    "a request's default is another": (
        asking(thing(n={**TEXT, "default": "a"})), asking(thing(n={**TEXT, "default": "b"})),
        {"dangerous request-property-default-value-changed"}),
    "a request's property becomes read-only": (
        asking(PLAIN), asking(thing(name={**TEXT, "readOnly": True})),
        {"dangerous request-optional-property-became-read-only"}),
    "a required property is no longer read-only": (
        asking(thing("name", name={**TEXT, "readOnly": True})), asking(thing("name", name=TEXT)),
        {"breaking request-required-property-became-not-read-only"}),
    "a read-only property is no part of requests": (
        asking(thing(n={**COLOURS, "readOnly": True})), asking(thing(n={**TEXT, "readOnly": True, "maxLength": 1})),
        set()),
    "a request's items are checked": (
        asking({"type": "array", "items": TEXT}), asking({"type": "array", "items": COLOURS}),
        {"breaking request-property-became-enum"}),
    "allOf is joined": (
        asking(thing("a", a=NAME, b=TEXT)),
        asking({"allOf": [thing("a", a={**TEXT, "minLength": 2}), thing(a={"maxLength": 9}, b=TEXT)]}), set()),
    "an alternative comes": (
        asking({"oneOf": [CAT, DOG]}), asking({"oneOf": [DOG, CAT, INTEGER]}), {"safe request-body-one-of-added"}),
    "an alternative goes": (
        asking({"anyOf": [CAT, DOG, INTEGER]}), asking({"anyOf": [CAT, DOG]}),
        {"breaking request-body-one-of-removed"}),
    "one schema becomes an alternative": (
        asking(CAT), asking({"oneOf": [CAT, DOG]}), {"safe request-body-one-of-added"}),
    # ---- what an answer may hold
    "an answer's enum gets a value": (
        answering(thing(c=COLOURS)), answering(thing(c=MORE)), {"dangerous response-property-enum-value-added"}),
    "an answer's enum loses a value": (
        answering(thing(c=MORE)), answering(thing(c=COLOURS)), {"safe response-property-enum-value-removed"}),
    "an answer's property may be absent": (
        answering(thing("name", name=TEXT)), answering(PLAIN), {"breaking response-property-became-optional"}),
    "an answer's required property goes": (
        answering(thing("name", name=TEXT)), answering(thing()), {"breaking response-required-property-removed"}),
    "an answer's optional property goes": (
        answering(PLAIN), answering(thing()), {"dangerous response-optional-property-removed"}),
    "an answer gets a property": (
        answering(PLAIN), answering(thing(name=TEXT, more=TEXT)), {"safe response-optional-property-added"}),
    "an answer's integer may be any number": (
        answering(thing(n=INTEGER)), answering(thing(n=NUMBER)), {"breaking response-property-type-generalized"}),
    "an answer's number is an integer": (
        answering(thing(n=NUMBER)), answering(thing(n=INTEGER)), {"safe response-property-type-specialized"}),
    "an answer may be null": (
        answering(thing(n=TEXT)), answering(thing(n={**TEXT, "nullable": True})),
        {"breaking response-property-became-nullable"}),
    "an answer's text may be longer": (
        answering(thing(n=NAME)), answering(thing(n={**NAME, "maxLength": 10})),
        {"breaking response-property-max-length-increased"}),
    "an answer's text has no limit": (
        answering(thing(n=NAME)), answering(thing(n={**TEXT, "minLength": 2})),
        {"breaking response-property-max-length-unset"}),
    "an answer's property becomes write-only": (
        answering(thing("name", name=TEXT)), answering(thing("name", name={**TEXT, "writeOnly": True})),
        {"breaking response-required-property-became-write-only"}),
    "an answer's default": (
        answering(thing(n=TEXT)), answering(thing(n={**TEXT, "default": "a"})),
        {"safe response-property-default-value-added"}),
    "an answer gets an alternative": (
        answering({"oneOf": [CAT, DOG]}), answering({"oneOf": [CAT, DOG, PLAIN]}),
        {"breaking response-body-one-of-added"}),
    # ---- parameters
    "a required parameter": (
        doing({}), with_parameter(required=True), {"breaking new-required-request-parameter"}),
    "an optional parameter": (doing({}), with_parameter(), {"safe new-optional-request-parameter"}),
    "a parameter goes": (with_parameter(), doing({}), {"dangerous request-parameter-removed"}),
    "a parameter becomes required": (
        with_parameter(), with_parameter(required=True), {"breaking request-parameter-became-required"}),
    "a parameter's number may be any text": (
        with_parameter(schema=INTEGER), with_parameter(schema=TEXT), {"safe request-parameter-type-generalized"}),
    "a parameter's list is written differently": (
        with_parameter(schema={"type": "array", "items": TEXT}),
        with_parameter(schema={"type": "array", "items": TEXT}, explode=False),
        {"breaking request-parameter-style-changed"}),
    "how a plain text would be joined is no matter": (with_parameter(), with_parameter(explode=False), set()),
    "a header in another case": (
        with_parameter(**{"in": "header", "name": "X-A"}), with_parameter(**{"in": "header", "name": "x-a"}),
        {"safe request-parameter-renamed"}),
    "a path parameter is called differently": (
        doing({"parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}]}, path="/a/{id}"),
        doing({"parameters": [{"name": "nr", "in": "path", "required": True, "schema": TEXT}]}, path="/a/{nr}"),
        {"safe request-parameter-renamed"}),
    "a parameter moves to its path": (
        with_parameter(),
        contract({"/a": {"parameters": [{"name": "p", "in": "query", "schema": TEXT}], "post":
        {"responses": OK}}}), set()),
    # ---- bodies and answers
    "a body must be sent": (asking(PLAIN), asking(PLAIN, required=True), {"breaking request-body-became-required"}),
    "a body is new and required": (doing({}), asking(PLAIN, required=True), {"breaking request-body-added-required"}),
    "a body is new and optional": (doing({}), asking(PLAIN), {"safe request-body-added-optional"}),
    "a body's media type goes": (
        doing({"requestBody": {"content": {"application/json": {}, "text/plain": {}}}}),
        doing({"requestBody": {"content": {"application/json": {}}}}), {"breaking request-body-media-type-removed"}),
    "a media type is one of a range now": (
        doing({"requestBody": {"content": {"text/plain": {}}}}), doing({"requestBody": {"content":
        {"text/*": {}}}}), set()),
    "a status of success goes": (
        doing({"responses": {**OK, "202": {"description": "later"}}}), doing({}),
        {"breaking response-success-status-removed"}),
    "a refusal goes": (
        doing({"responses": {**OK, "404": {"description": "no"}}}), doing({}),
        {"safe response-non-success-status-removed"}),
    "a status is one of a range now": (
        doing({"responses": {**OK, "404": {"description": "no"}}}),
        doing({"responses": {**OK, "4XX": {"description": "no"}}}), set()),
    "a header may be absent": (
        heading(required=True, schema=TEXT), heading(schema=TEXT), {"breaking response-header-became-optional"}),
    "a header goes": (heading(schema=TEXT), doing({}), {"dangerous optional-response-header-removed"}),
    # ---- operations, servers, security
    "an operation goes": (
        contract({"/a": {"get": {"responses": OK}, "post": {"responses": OK}}}), doing({}),
        {"breaking api-removed-without-deprecation"}),
    "a path goes": (doing({}), contract(), {"breaking api-path-removed-without-deprecation"}),
    "what was deprecated goes": (
        doing({"deprecated": True}), contract(), {"dangerous api-path-removed-with-deprecation"}),
    "an operation comes": (contract(), doing({}), {"safe endpoint-added"}),
    "an operation is deprecated": (doing({}), doing({"deprecated": True}), {"safe endpoint-deprecated"}),
    "another base path": (
        doing({}, servers=[{"url": "/v1"}]), doing({}, servers=[{"url": "/v2"}]),
        {"breaking server-base-path-changed", "safe server-added"}),
    "another host": (
        doing({}, servers=[{"url": "https://a.example/v1"}]), doing({}, servers=[{"url": "https://b.example/v1"}]),
        {"dangerous server-removed", "safe server-added"}),
    "the base path moves into the paths": (
        doing({}, servers=[{"url": "/v1"}]), doing({}, path="/v1/a", servers=[{"url": "/"}]),
        {"dangerous server-removed", "safe server-added"}),
    "a token is asked for": (
        doing({}, **KEY), doing({}, **KEY, security=[{"key": []}]), {"breaking api-security-added"}),
    "a token is no longer asked for": (
        doing({}, **KEY, security=[{"key": []}]), doing({}, **KEY), {"safe api-security-alternative-added"}),
    "another token would do": (
        doing({}, **TWO, security=[{"basic": []}]), doing({}, **TWO, security=[{"basic": []}, {"bearer": []}]),
        {"safe api-security-alternative-added"}),
    "both tokens are asked for": (
        doing({}, **TWO, security=[{"basic": []}]), doing({}, **TWO, security=[{"basic": [], "bearer": []}]),
        {"breaking api-security-added"}),
    "the token travels elsewhere": (
        doing({}, **KEY, security=[{"key": []}]),
        doing({}, security=[{"key": []}],
              components={"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "K"}}}),
        {"breaking api-security-component-type-changed"}),
    "descriptions are no change": (
        asking(thing(n=TEXT)), asking(thing(n={**TEXT, "description": "d", "example": "e"}), description="d"), set()),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), PAIRS.values(), ids=list(PAIRS))
def test_a_change_means_what_it_should(old: Any, new: Any, expected: set[str]) -> None:
    assert rules(old, new) == expected


@pytest.mark.parametrize(("old", "new"), [pair[:2] for pair in PAIRS.values()], ids=list(PAIRS))
def test_a_contract_does_not_differ_from_itself(old: Any, new: Any) -> None:
    assert changes(old, old) == changes(new, new) == ()


def test_what_narrows_one_way_widens_the_other() -> None:
    there, back = (rules(*pair) for pair in ((asking(MORE), asking(COLOURS)), (asking(COLOURS), asking(MORE))))

    assert (there, back) == ({"breaking request-body-enum-value-removed"}, {"safe request-body-enum-value-added"})


def test_servers_break_on_what_is_asked_in_addition_and_on_what_they_may_no_longer_say() -> None:
    asked = changes(asking(COLOURS), asking(MORE))
    answered = changes(answering(MORE), answering(COLOURS))

    assert {change.rule.servers for change in (*asked, *answered)} == {"breaking"}


def test_a_change_of_a_component_is_told_once_with_its_operations() -> None:
    def api(schema: Any) -> Any:
        body = {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Name"}}}}}
        paths = {path: {"post": {"responses": OK, **body}} for path in ("/a", "/b", "/c")}
        return contract(paths, components={"schemas": {"Name": schema}})

    (change,) = changes(api(NAME), api({**NAME, "maxLength": 3}))

    assert change.operations == ("POST /a", "POST /b", "POST /c")


def test_schemas_that_contain_themselves_come_to_an_end() -> None:
    def tree(leaf: Any) -> Any:
        node = thing(leaf=leaf, left={"$ref": "#/components/schemas/Node"}, right={"$ref": "#/components/schemas/Node"})
        return {**asking({"$ref": "#/components/schemas/Node"}), "components": {"schemas": {"Node": node}}}

    assert rules(tree(INTEGER), tree(TEXT)) == {"breaking request-property-type-changed"}


def test_what_a_server_asks_of_its_client_travels_the_other_way() -> None:
    def calling(schema: Any) -> Any:
        body = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}
        return doing({"callbacks": {"done": {"{$request.body#/url}": {"post": body}}}})

    assert rules(calling(thing(c=COLOURS)), calling(thing(c=MORE))) == {"dangerous response-property-enum-value-added"}


def test_openapi_31_says_the_same_in_other_words() -> None:
    new = {
        **asking(thing(n={"type": ["string", "null"]}, m={"type": "integer", "exclusiveMinimum": 5})),
        "openapi": "3.1.0",
    }
    old = asking(thing(n={**TEXT, "nullable": True}, m={**INTEGER, "minimum": 6}))

    assert changes(old, new) == ()


def test_a_change_names_the_lines_of_both_files() -> None:
    text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n"
    text += "          description: ok\n          content:\n            text/plain:\n              schema:\n"
    old, new = (
        document(parse_source(f"{head}{text}                type: {kind}\n", name))
        for head, name, kind in (("", "old.yaml", "integer"), ("# more\n", "new.yaml", "string"))
    )

    (change,) = compare(old, new)

    assert (change.old, change.new) == ("old.yaml:12", "new.yaml:13")
    assert change.subject == "GET /a: status 200"


def test_each_report_names_each_change_with_its_id() -> None:
    found = changes(asking(thing(c=MORE, d=TEXT)), asking(thing("d", c=COLOURS, d=TEXT)))

    for form in FORMATS.values():
        lines = "\n".join(form(found[:1], found[1:], "clients"))
        assert all(id_of(change) in lines for change in found)
    assert json.loads("\n".join(FORMATS["json"](found[:1], found[1:], "clients")))["counts"]["accepted"] == 1


def test_an_id_stays_when_the_order_changes() -> None:
    first = changes(asking(thing(c=MORE, d=TEXT)), asking(thing(c=COLOURS, d=TEXT)))
    other = changes(asking(thing(d=TEXT, c=MORE)), asking(thing(d=TEXT, c=COLOURS)))

    assert [id_of(change) for change in first] == [id_of(change) for change in other]


def test_every_pair_that_breaks_has_a_rule_that_says_so() -> None:
    assert {rule.clients for rule in RULES.values()} == {rule.servers for rule in RULES.values()}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TEXT, {**TEXT, "not": {"enum": ["x"]}}, {"breaking request-property-constraint-added"}),
        ({**TEXT, "not": {"enum": ["x"]}}, TEXT, {"safe request-property-constraint-removed"}),
        (
            {**TEXT, "not": {"enum": ["x"]}},
            {**TEXT, "not": {"enum": ["y"]}},
            {"dangerous request-property-constraint-changed"},
        ),
    ],
)
def test_a_keyword_that_is_not_looked_into_narrows_where_it_comes(old: Any, new: Any, expected: set[str]) -> None:
    assert rules(asking(thing(n=old)), asking(thing(n=new))) == expected
