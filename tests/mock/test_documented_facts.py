"""The YAML says what the published page of the endpoint says, and keeps what was only observed apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.contract.model import Contract, Operation

PATH = "/openapi/v1/teams/{team_id}/regions/{region_name}/apps/{app_id}/services/{service_id}/build"

PATH_PARAMETERS = [("team_id", "string"), ("region_name", "string"), ("app_id", "integer"), ("service_id", "string")]

BODY_PROPERTIES: dict[str, list[str] | None] = {
    "build_type": ["source_code", "docker_image", "market"],
    "server_type": ["svn", "git", "oss"],
    "branch": None,
    "repo_url": None,
    "username": None,
    "password": None,
}

LIMITS = {"branch": 255, "repo_url": 1024, "username": 255, "password": 255}

EXAMPLES = {
    200: ["accepted"],
    400: [
        *("invalid-body", "parse-error", "component-creating", "region-unreachable", "arch-query-failed"),
        *("event-id-missing", "oauth-gone"),
    ],
    401: ["no-token", "unknown-token", "license-invalid"],
    404: [
        *("team-not-found", "enterprise-not-found", "region-not-found", "app-not-found", "component-not-found"),
        *("component-not-in-app", "arch-mismatch"),
    ],
    405: ["method-not-allowed"],
    409: ["team-not-in-region", "region-busy", "version-conflict"],
    412: ["cluster-out-of-memory", "tenant-out-of-memory"],
    415: ["unsupported-media-type"],
    500: ["region-error", "region-empty-answer"],
    507: ["build-failed"],
}


@pytest.fixture(scope="module")
def build(contract: Contract) -> Operation:
    operation = contract.operation("buildComponent")
    assert operation is not None
    return operation


@pytest.fixture(scope="module")
def body_schema(build: Operation) -> dict[str, Any]:
    assert build.body is not None
    schema = build.body.content[0].schema
    assert schema is not None
    return dict(schema.node)


def test_method_and_path_are_the_documented_ones(build: Operation) -> None:
    assert (build.method, build.path) == ("POST", PATH)


def test_the_four_path_parameters_are_required_and_typed_as_documented(build: Operation) -> None:
    found = [(p.name, p.schema.node["type"], p.required) for p in build.parameters_in("path") if p.schema]

    assert found == [(name, kind, True) for name, kind in PATH_PARAMETERS]


def test_the_body_is_optional_json_of_the_documented_schema(contract: Contract, build: Operation) -> None:
    assert build.body is not None
    media_type = build.body.content[0]
    assert (build.body.required, [m.name for m in build.body.content]) == (False, ["application/json"])
    assert media_type.schema is not None
    assert media_type.schema.pointer == "/components/schemas/ComponentBuildReqSerializers"


def test_the_body_has_the_six_documented_properties_each_optional_and_nullable(body_schema: dict[str, Any]) -> None:
    properties = body_schema["properties"]

    assert list(properties) == list(BODY_PROPERTIES)
    assert all(node["type"] == "string" and node["nullable"] for node in properties.values())
    assert "required" not in body_schema


@pytest.mark.parametrize(("name", "values"), [(n, v) for n, v in BODY_PROPERTIES.items() if v])
def test_enums_hold_the_documented_values(body_schema: dict[str, Any], name: str, values: list[str]) -> None:
    assert body_schema["properties"][name]["enum"] == [*values, None]


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_observed_limits_are_marked_as_observed(body_schema: dict[str, Any], name: str, limit: int) -> None:
    node = body_schema["properties"][name]

    assert node["maxLength"] == limit
    assert node["x-source"] == "observed"
    assert {"maxLength", "pattern"} <= set(node["x-observed"])


def test_success_is_the_documented_event_with_the_published_example(build: Operation) -> None:
    response = build.response(200)
    assert response is not None
    schema = response.content[0].schema
    assert schema is not None
    assert schema.pointer == "/components/schemas/ComponentEventSerializers"
    assert (schema.node["required"], schema.node["properties"]["event_id"]["type"]) == (["event_id"], "string")
    assert [example.value for example in response.examples] == [{"event_id": "5821167607ec460b89b326084fb3d1e0"}]


@pytest.mark.parametrize(("status", "names"), EXAMPLES.items())
def test_every_named_example_stands_under_its_status(build: Operation, status: int, names: list[str]) -> None:
    found = [example.name for example in build.examples if example.status == status]

    assert [name for name in found if name in names] == names


def test_every_example_satisfies_the_schema_of_its_answer(build: Operation) -> None:
    checked = [
        (example.name, media_type.schema.violations(example.value))
        for response in build.responses
        for media_type in response.content
        for example in media_type.examples
        if media_type.schema
    ]

    assert len(checked) == len(list(build.examples))
    assert [name for name, errors in checked if errors] == []


def test_every_undocumented_answer_is_marked_as_observed(contract: Contract) -> None:
    components = contract.document["components"]

    assert [name for name, node in components["responses"].items() if node.get("x-source") != "observed"] == []
    assert [name for name, node in components["headers"].items() if node.get("x-source") != "observed"] == []


def test_the_token_is_a_raw_api_key_in_the_authorization_header(contract: Contract, build: Operation) -> None:
    token = contract.security_schemes["token"]

    assert (token.kind, token.location, token.name, token.scheme) == ("apiKey", "header", "Authorization", "")
    assert build.security == (("token",),)


def test_refusals_name_the_headers_they_must_carry(build: Operation) -> None:
    required = {
        response.status: [header.name for header in response.headers if header.required]
        for response in build.responses
        if any(header.required for header in response.headers)
    }

    assert required == {"401": ["WWW-Authenticate"], "405": ["Allow"]}


def test_every_answer_in_the_order_of_checks_is_an_example(contract: Contract, build: Operation) -> None:
    assert [name for name in contract.order_of_checks if build.example(name) is None] == []


def test_descriptions_are_in_english_and_chinese(contract: Contract) -> None:
    silent = [text for text in _descriptions(contract.document) if not (_has_chinese(text) and _has_latin(text))]

    assert len(list(_descriptions(contract.document))) > 40
    assert silent == []


def _descriptions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("summary", "description") and isinstance(value, str) and value:
                yield value
            elif key not in ("value", "x-options-answer"):
                yield from _descriptions(value)
    elif isinstance(node, list):
        for item in node:
            yield from _descriptions(item)


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _has_latin(text: str) -> bool:
    return any(character.isascii() and character.isalpha() for character in text)
