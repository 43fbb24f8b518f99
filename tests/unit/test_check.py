"""`rainbond-mock check`: what is wrong or weak in a contract, each with its rule and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mock_server.contract.check import lint
from mock_server.contract.document.source import parse_source

ROOT = Path(__file__).parents[2]
HEAD = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n"
OK = "responses: {'200': {description: ok}}"


def answering(schema: str) -> str:
    return (
        f"{HEAD}paths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: ok\n"
        f"          content: {{application/json: {{schema: {schema}}}}}\n"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("swagger: '2.0'\n", "c.yaml:1: error: swagger: 2.0; convert it to OpenAPI 3: npx swagger2openapi"),
        (f"{HEAD}paths: {{/a: {{get: {{responses: {{}}, x: 1}}}}}}\n", "c.yaml:3: error: paths//a/get"),
        (answering("{$ref: '#/components/schemas/A'}"), "c.yaml:9: error: $ref: '#/components/schemas/A'"),
        (
            f"{HEAD}paths: {{/a: {{get: {{responses: {{'200': {{}}}}}}}}}}\n",
            "c.yaml:3: warning: paths//a/get/responses/200",
        ),
        (
            "openapi: 3.0\ninfo: {title: t, version: 1.0}\npaths: {}\n",
            "c.yaml:2: warning: info/version: 1.0 is",
        ),
        (
            answering("{type: integer, const: 1}"),
            "[structure-harmless]",
        ),
        (f"{HEAD}paths:\n  /a/{{id}}: {{get: {{{OK}}}}}\n", "the path parameter 'id' is not declared"),
        (f"{HEAD}paths:\n  /a: {{get: {{security: [{{k: []}}], {OK}}}}}\n", "c.yaml:4: warning: security: there is no"),
        (answering("{type: integer, default: ten}"), "c.yaml:9: warning: default:"),
        (answering("{type: string, pattern: '('}"), "[pattern-unreadable]"),
        (answering("{type: integer, minimum: 5, maximum: 4}"), "[sample-breaks-schema]"),
    ],
)
def test_each_finding_has_its_place_and_rule(text: str, found: str) -> None:
    assert found in "\n".join(map(str, lint(parse_source(text, "c.yaml"))))


def test_the_contract_of_the_kit_has_no_weak_point() -> None:
    path = ROOT / "spec" / "openapi.yaml"

    assert lint(parse_source(path.read_text(encoding="utf-8"), str(path))) == ()


def test_every_rule_is_explained_and_no_other() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mock_server" / "contract").glob("*.py"))
    used = set(re.findall(r'Finding\(\s*"([a-z-]+)"', code)) | set(re.findall(r'"([a-z]+-breaks-schema)"', code))
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([a-z-]+)` \| (?:error|warning) ", page, flags=re.MULTILINE)) == used
