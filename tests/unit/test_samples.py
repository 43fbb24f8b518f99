"""Values made up for a schema: valid by another validator than the product's, and what a reader would expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import SchemaLibrary

COMPONENTS = yaml.safe_load("""
Pet: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind}}
Cat:
  allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, required: [lives], properties: {lives: {type: integer}}}]
Shape:
  type: object
  required: [kind]
  properties: {kind: {type: string}}
  discriminator: {propertyName: kind, mapping: {round: '#/components/schemas/Circle'}}
Circle: {allOf: [{$ref: '#/components/schemas/Shape'}, {properties: {radius: {type: number}}}]}
Node:
  type: object
  required: [next]
  properties: {next: {nullable: true, allOf: [{$ref: '#/components/schemas/Node'}]}}
Chain:
  type: object
  required: [next]
  properties: {next: {anyOf: [{$ref: '#/components/schemas/Chain'}, {type: 'null'}]}}
Name: {type: string, maxLength: 8}
Call: {type: object, required: [type], properties: {type: {type: string, enum: [function]}}}
Secret: {type: string, writeOnly: true}
""")


def made(text: str, version: str = "3.1", variant: int = 0) -> Any:
    documents = Documents(Source("c", {"components": {"schemas": COMPONENTS}}))
    library = SchemaLibrary(documents, is_31=version == "3.1")
    return sample(library.schema(yaml.safe_load(text), direction="answer"), variant)


@pytest.mark.parametrize(
    "text",
    [
        "{oneOf: [{type: integer}, {type: number}]}",
        "{oneOf: [{type: string, maxLength: 7}, {type: string, minLength: 4}]}",
        "{type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}",
        "{type: object, properties: {a: {type: string}, b: {type: string}}, not: {required: [b]}}",
        "{type: object, maxProperties: 1, required: [b], properties: {a: {type: string}, b: {type: string}}}",
        "{allOf: [{type: object, additionalProperties: false, properties: {a: {}}}, {properties: {a: {}, c: {}}}]}",
        "{allOf: [{type: integer, minimum: 5}, {minimum: 3, maximum: 5}]}",
        "{allOf: [{type: string, enum: [a, b]}, {enum: [b, c]}]}",
        "{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}",
        "{type: integer, minimum: 1.5, multipleOf: 7}",
        "{type: array, minItems: 3, uniqueItems: true, items: {type: integer, minimum: 1, maximum: 3}}",
        "{type: array, minItems: 3, uniqueItems: true, items: {type: string, format: date}}",
        "{type: array, minItems: 3, uniqueItems: true, items: {type: string, pattern: '^[a-c]$'}}",
        "{type: array, minItems: 2, uniqueItems: true, items: {type: object, properties: {on_off: {type: boolean}}}}",
        "{type: array, prefixItems: [{type: string}, {type: integer}], items: false, minItems: 2}",
        "{type: array, items: {type: integer}, contains: {minimum: 100}}",
        "{type: object, patternProperties: {'^x-': {type: integer}}, additionalProperties: false, minProperties: 1}",
        "{type: object, propertyNames: {pattern: '^[a-z]{3}$'}, minProperties: 1}",
        "{type: object, properties: {a: {}, b: {}}, dependentRequired: {a: [c]}}",
        "{type: object, properties: {a: {}}, dependentSchemas: {a: {required: [c], properties: {c: {type: integer}}}}}",
        "{type: object, properties: {k: {enum: [a, b]}}, required: [k], if: {properties: {k: {const: a}}},"
        " then: {required: [x]}, else: {required: [y]}}",
        "{allOf: [{properties: {a: {type: string}}}], properties: {b: {type: string}}, unevaluatedProperties: false}",
        "{type: object, required: [a], properties: {a: true, b: false}}",
        "{type: string, pattern: '^(?=.*[A-Z])(?=.*[0-9]).{8,}$'}",
        "{type: string, pattern: '^(?!a)[a-z]{3}$'}",
        "{type: string, pattern: '^([a-z]{3}-)*[a-z]{3}$', minLength: 20}",
        "{type: string, format: date, pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'}",
        "{type: string, format: email, minLength: 40}",
        "{type: string, format: uuid, pattern: '^[0-9a-f]{8}-'}",
        "{type: [object, 'null'], required: [a], properties: {a: {const: 1}}}",
    ],
)
@pytest.mark.parametrize("variant", [0, 417])
def test_it_is_valid_by_another_validator(text: str, variant: int) -> None:
    schema = yaml.safe_load(text)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)

    assert [error.message for error in validator.iter_errors(made(text, variant=variant))] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{allOf: [{properties: {a: {}}, example: {a: 1}}, {properties: {b: {}}, example: {b: x}}]}",
            {"a": 1, "b": "x"},
        ),
        ("{allOf: [{type: string, example: abc}, {description: the same}]}", "abc"),
        ("{properties: {n: {type: integer, example: seven}, s: {type: string, example: x}}}", {"n": 1, "s": "x"}),
        ("{properties: {a: {type: string}, p: {$ref: '#/components/schemas/Secret'}}}", {"a": "string"}),
        ("{required: [p], properties: {p: {allOf: [{$ref: '#/components/schemas/Secret'}]}}}", {}),
        ("{properties: {a: {}, p: {type: string, writeOnly: true}}, example: {a: 1, p: x}}", {"a": 1}),
        ("{$ref: '#/components/schemas/Pet'}", {"kind": "Cat", "lives": 1}),
        ("{$ref: '#/components/schemas/Cat'}", {"kind": "Cat", "lives": 1}),
        ("{$ref: '#/components/schemas/Shape'}", {"kind": "round", "radius": 0.5}),
        ("{type: string, pattern: '^\\p{Lu}[[:alpha:]]\\u{41}\\z'}", "AaA"),
        ("{type: string, enum: [2, true]}", "2"),
        ("{oneOf: [{type: object, required: [a], not: {}}, {type: string}]}", "string"),
        ("{oneOf: [{$ref: '#/components/schemas/Call'}], discriminator: {propertyName: type}}", {"type": "function"}),
        ("{type: integer, format: int64, minimum: 9007199254740993}", 9007199254740993),
    ],
)
def test_it_is_what_the_contract_leads_to(text: str, expected: Any) -> None:
    assert made(text, "3.0") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{$ref: '#/components/schemas/Name', minLength: 8}", "stringxx"),
        ("{$ref: '#/components/schemas/Name', examples: [Ann]}", "Ann"),
        ("{$ref: '#/components/schemas/Name', description: A name}", "string"),
        ("{$ref: '#/components/schemas/Chain'}", {"next": None}),
    ],
)
def test_what_stands_beside_a_reference_counts_in_3_1(text: str, expected: Any) -> None:
    assert made(text) == expected


def test_a_way_back_ends_where_null_may_stand() -> None:
    assert made("{$ref: '#/components/schemas/Node'}", "3.0") == {"next": None}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("{type: boolean}", lambda value: value is False),
        ("{type: string}", lambda value: value != "string"),
        ("{enum: [a, b, c]}", lambda value: value == "b"),
    ],
)
def test_another_variant_is_another_value(text: str, is_one: Callable[[Any], bool]) -> None:
    assert is_one(made(text, variant=1))


def test_keywords_that_mean_nothing_as_they_stand_are_left_out() -> None:
    assert made("{type: number, exclusiveMinimum: true, minimum: 3, required: [a, a]}") > 3
