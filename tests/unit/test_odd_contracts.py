"""Documents that are odd but valid, or common: what they lead to, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document.source import load_source, parse_source
from mock_server.contract.loader import read_contract
from mock_server.contract.model import Contract
from mock_server.engine import pipeline
from mock_server.engine.catalogue import OpenDirectory
from mock_server.engine.messages import Answer, Request
from mock_server.engine.profiles import ContractProfile

INFO = "info: {title: t, version: '1'}"
OK = "{'200': {description: ok, content: {text/plain: {example: fine}}}}"
FORM = "application/x-www-form-urlencoded"


def contract(paths: str, more: str = "", version: str = "3.0.3") -> Contract:
    return read_contract(parse_source(f"openapi: {version}\n{INFO}\npaths: {paths}\n{more}\n", "c.yaml"))


def answer(served: Contract, method: str, target: str, body: str = "", **headers: str) -> Answer:
    path, _, query = target.partition("?")
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    definition = pipeline.MockDefinition(served, OpenDirectory(), ContractProfile(served), "seed")
    checked = pipeline.check(definition, Request.build(method, path, given, body.encode(), query))
    return pipeline.answer(definition, checked).answer


@pytest.mark.parametrize(
    ("parameter", "target", "status"),
    [
        ("{name: q, in: query, allowEmptyValue: true, schema: {type: integer}}", "/a?q=", 200),
        ("{name: q, in: query, allowEmptyValue: true, schema: {type: integer}}", "/a?q=x", 400),
        ("{name: f, in: query, schema: {type: object, additionalProperties: {type: integer}}}", "/a?x=1&y=2", 200),
        ("{name: f, in: query, schema: {type: object, additionalProperties: {type: integer}}}", "/a?x=1&y=z", 400),
        ("{name: 5, in: query, schema: {type: integer}}", "/a?5=x", 400),
    ],
)
def test_parameters_are_read_as_they_are_described(parameter: str, target: str, status: int) -> None:
    served = contract(f"{{/a: {{get: {{parameters: [{parameter}], responses: {OK}}}}}}}")

    assert answer(served, "GET", target).status == status


@pytest.mark.parametrize(
    ("schema", "body", "status"),
    [
        ("{$ref: '#/components/schemas/Named'}", {"name": "x"}, 200),
        ("{$ref: '#/components/schemas/Named'}", {"id": 1}, 400),
        ("{allOf: [{properties: {id: {readOnly: true}}}, {required: [id]}]}", {}, 200),
        ("{allOf: [{properties: {id: {readOnly: true}}}, {$ref: '#/components/schemas/Asking'}]}", {}, 200),
        ("{allOf: [{properties: {id: {}}}, {$ref: '#/components/schemas/Asking'}]}", {}, 400),
        ("{type: string, pattern: '^[[:alpha:]]+\\z'}", "abc", 200),
        ("{type: string, pattern: '^[[:alpha:]]+\\z'}", "ab1", 400),
    ],
)
def test_bodies_are_judged_as_they_are_meant(schema: str, body: Any, status: int) -> None:
    components = """components:
  schemas:
    Id: {type: integer, readOnly: true}
    Named:
      type: object
      required: [id, name]
      properties: {id: {allOf: [{$ref: '#/components/schemas/Id'}]}, name: {type: string}}
    Asking: {required: [id]}
"""
    content = f"{{content: {{application/json: {{schema: {schema}}}}}}}"
    served = contract(f"{{/a: {{post: {{requestBody: {content}, responses: {OK}}}}}}}", components)

    assert answer(served, "POST", "/a", json.dumps(body), content_type="application/json").status == status


@pytest.mark.parametrize(
    ("schema", "body", "told"),
    [
        ("{type: integer}", "x", "Must be of type integer, not string."),
        ("{properties: {n: {minimum: 5}}}", {"n": 4}, "n: Must be at least 5."),
        ("{oneOf: [{required: [a], properties: {k: {enum: [x]}}}, {required: [b], properties: {k: {enum: [y]}}}]}",
         {"k": "y"}, "b: This property is required."),
        ("{anyOf: [{type: integer}, {type: string, enum: [all]}]}", "x", "Must be one of the alternatives."),
        ("{oneOf: [{type: string}, {minLength: 1}]}", "x", "Must be exactly one of the alternatives."),
    ],
)  # fmt: skip
def test_a_refusal_names_the_fault_itself(schema: str, body: Any, told: str) -> None:
    content = f"{{content: {{application/json: {{schema: {schema}}}}}}}"
    served = contract(f"{{/a: {{post: {{requestBody: {content}, responses: {OK}}}}}}}")
    refusal = json.loads(answer(served, "POST", "/a", json.dumps(body), content_type="application/json").body)

    assert refusal["detail"].endswith(told)


@pytest.mark.parametrize(
    ("server", "path"),
    [
        ("{url: ../v2}", "/v2/a"),
        ("{url: ./}", "/a"),
        ("{url: 'https://x.example/v1/'}", "/v1/a"),
        ("{url: '{scheme}://x:{port}/v{n}', variables: {port: {default: 80}, n: {default: 2}}}", "/v2/a"),
    ],
)
def test_the_servers_path_stands_in_front(server: str, path: str) -> None:
    assert answer(contract(f"{{/a: {{get: {{responses: {OK}}}}}}}", f"servers: [{server}]"), "GET", path).status == 200


@pytest.mark.parametrize(
    ("responses", "status", "body"),
    [
        ("{2xx: {description: ok, content: {application/json: {example: 5}}}}", 200, b"5"),
        ("{default: {description: bad}, '302': {description: elsewhere}}", 302, b""),
        ("{'200': {content: {text/event-stream: {schema: {type: string}}}}}", 200, b"data: string\n\n"),
        ("{'200': {content: {text/event-stream: {example: 'event: x\n\n'}}}}", 200, b"event: x\n"),
    ],
)
def test_answers_have_the_form_of_their_media_type(responses: str, status: int, body: bytes) -> None:
    found = answer(contract(f"{{/a: {{get: {{responses: {responses}}}}}}}"), "GET", "/a")

    assert (found.status, found.body) == (status, body)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("{schema: {type: integer}, examples: {one: {value: 7}}}", "7"),
        ("{schema: {type: boolean}, example: true}", "true"),
        ("{content: {application/json: {schema: {properties: {a: {type: integer}}}}}}", '{"a":1}'),
        ("{schema: {type: object, properties: {a: {type: integer}}}}", "a,1"),
    ],
)
def test_headers_are_written_as_they_are_described(header: str, text: str) -> None:
    served = contract(f"{{/a: {{get: {{responses: {{'200': {{headers: {{X-A: {header}}}}}}}}}}}}}")

    assert answer(served, "GET", "/a").header("X-A") == text


def test_of_paths_alike_the_one_whose_parameters_fit_is_meant() -> None:
    def item(name: str, schema: str, text: str) -> str:
        parameter = f"{{name: {name}, in: path, required: true, schema: {schema}}}"
        response = f"{{description: ok, content: {{text/plain: {{example: {text}}}}}}}"
        return f"'/a/{{{name}}}': {{get: {{parameters: [{parameter}], responses: {{'200': {response}}}}}}}"

    served = contract(f"{{{item('id', '{type: string, format: uuid}', 'by id')}, {item('file', '{}', 'by name')}}}")

    assert answer(served, "GET", "/a/x.jpg").body == b"by name"
    assert answer(served, "GET", "/a/9cc10173-e9ea-4176-9dbc-a4cee4c4ff30").body == b"by id"


def test_a_path_may_have_a_query() -> None:
    def item(path: str, text: str) -> str:
        response = f"{{description: ok, content: {{text/plain: {{example: {text}}}}}}}"
        return f"'{path}': {{get: {{responses: {{'200': {response}}}}}}}"

    served = contract(f"{{{item('/a', 'stable')}, {item('/a?beta=true', 'beta')}, {item('/b?beta=true', 'only')}}}")

    assert answer(served, "GET", "/a?x=1").body == b"stable"
    assert answer(served, "GET", "/a?x=1&beta=true").body == b"beta"
    assert [answer(served, "GET", target).status for target in ("/b?beta=true", "/b")] == [200, 404]


def test_json_that_is_written_as_a_text_is_meant_where_the_schema_knows_no_text() -> None:
    content = "{application/json: {schema: {type: object}, example: '{\"a\": 1}'}}"

    assert answer(contract(f"{{/a: {{get: {{responses: {{'200': {{content: {content}}}}}}}}}}}"), "GET", "/a").body == (
        b'{"a":1}'
    )


def test_head_is_answered_as_get_is() -> None:
    served = contract(f"{{/a: {{get: {{responses: {OK}}}}}, /b: {{post: {{responses: {OK}}}}}}}")

    assert answer(served, "HEAD", "/a").status == 200
    assert answer(served, "HEAD", "/b").status == 405


def test_certificates_of_clients_are_not_asked_for() -> None:
    schemes = "components: {securitySchemes: {m: {type: mutualTLS}}}"

    assert answer(contract(f"{{/a: {{get: {{security: [{{m: []}}], responses: {OK}}}}}}}", schemes, "3.1.0"), "GET",
                  "/a").status == 200  # fmt: skip


def test_the_references_of_a_path_item_are_relative_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    (tmp_path / "main.yaml").write_text(f"openapi: 3.1.0\n{INFO}\npaths: {{/a: {{$ref: items/a.yaml}}}}\n")
    (tmp_path / "items" / "a.yaml").write_text(
        f"get: {{parameters: [{{$ref: '../parts.yaml#/n'}}], responses: {OK}}}\n"
    )
    (tmp_path / "parts.yaml").write_text("n: {name: n, in: query, schema: {type: [integer, 'null']}}\n")
    served = read_contract(load_source(tmp_path / "main.yaml"))

    assert [answer(served, "GET", f"/a?n={n}").status for n in ("1", "x")] == [200, 400]


def test_operations_may_stand_beside_a_path_items_reference() -> None:
    more = f"components: {{pathItems: {{P: {{get: {{responses: {OK}}}}}}}}}\nwebhooks: {{w: {{post: {{}}}}}}"
    served = contract(f"{{/a: {{$ref: '#/components/pathItems/P', post: {{responses: {OK}}}}}}}", more, "3.1.0")

    assert [answer(served, method, "/a").status for method in ("GET", "POST", "PUT")] == [200, 200, 405]


def test_a_document_without_title_and_responses_is_served() -> None:
    served = read_contract(parse_source("openapi: 3.0\npaths: {/a: {get: {summary: 5}}}\n", "c.yaml"))

    assert answer(served, "GET", "/a").status == 200
    assert len(served.warnings) == 3
