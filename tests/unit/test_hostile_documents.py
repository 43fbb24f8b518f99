"""Files that somebody else wrote: whatever stands in them, there is a message with the place, and soon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.check import lint
from mock_server.contract.document.source import SourceError, load_source, parse_source
from mock_server.contract.loader import load_contract, read_contract
from mock_server.contract.routes import StepPattern, path_pattern
from mock_server.contract.schema.patterns import LONGEST_TEXT, texts_for
from mock_server.loaders.catalogue import load_catalogue
from mock_server.loaders.scenarios import load_scenarios

ODD = (
    "!!bool zz", "!!int x", "!!float x", "!!null x", "!!binary abc", "!!set {a}", "!!python/name:os",
    "!foo x", "0x" + "f" * 6000, "9" * 5000, "1e999999", "-.inf", ".nan", '"\\0"', '"\\ud800"', "²", "&x [*x]",
    "&x {a: *x}", "[1]: 2", "{[a]: b}", "[" * 2000, "*x", "<<: 1", "a: b: c", "\x00", "true", "[]", "{}", "null", "-1",
)  # fmt: skip
"""YAML values that nobody expects."""
DOUBLING = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
REQUIRED = "".join(
    f"    a{n}: {{type: object, required: [x, y], properties: {{x: &r{n} {{$ref: '#/components/schemas/a{n - 1}'}},"
    f" y: *r{n}}}}}\n"
    for n in range(1, 40)
)
EXTENSIONS = (
    "x-order-of-checks", "x-messages", "x-faults", "x-resources", "x-error", "x-cors", "x-content-encodings",
)  # fmt: skip
KEYWORDS = (
    "minLength",
    "maxItems",
    "minProperties",
    "required",
    "enum",
    "pattern",
    "type",
    "properties",
    "uniqueItems",
)


def contract_text(schema: str = "{type: string}", head: str = "", version: str = "3.0.3") -> str:
    return (
        f"openapi: {version}\ninfo: {{title: t, version: '1'}}\n{head}\npaths:\n  /a/{{b}}:\n    get:\n"
        f"      parameters: [{{name: b, in: path, required: true, schema: {schema}}}]\n      responses:\n"
        f"        '200': {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}\n"
    )


def told(path: Path, text: str, read: object) -> None:
    """The file is read, or refused with its name."""
    path.write_text(text, encoding="utf-8")
    try:
        read(path)  # type: ignore[operator]
    except SourceError as error:
        assert str(error).startswith(str(path))


@pytest.mark.parametrize("value", ODD)
def test_no_value_is_a_surprise(tmp_path: Path, value: str) -> None:
    path, contract = tmp_path / "c.yaml", load_contract()
    for text in (value, f"a: {value}", f"tokens: {value}", f"scenarios: {value}", f"scenarios: [{{when: {value}}}]"):
        told(path, text, lambda file: load_catalogue(file, contract))
        told(path, text, lambda file: load_scenarios(file, contract))
    places = [contract_text(head=f"{name}: {value}") for name in EXTENSIONS]
    for version in ("3.0.3", "3.1.0"):
        places += [contract_text(f"{{type: object, {name}: {value}}}", version=version) for name in KEYWORDS]
    for text in places:
        told(path, text, lambda file: lint(load_source(file)))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("x-order-of-checks", "1", "c.yaml:3: x-order-of-checks: 1 is not of type"),
        ("x-faults", "{a: {value: 1}}", "c.yaml:3: x-faults/a: \"status\" is a required property"),
        ("x-resources", "{a: {keys: b}}", 'c.yaml:3: x-resources/a/keys: "b" is not of type "array"'),
    ],
)  # fmt: skip
def test_a_wrong_extension_is_told_with_its_place(name: str, value: str, told: str) -> None:
    with pytest.raises(SourceError) as error:
        read_contract(parse_source(contract_text(head=f"{name}: {value}"), "c.yaml"))

    assert told in str(error.value)


def test_aliases_make_no_more_than_the_document_is_long() -> None:
    with pytest.raises(SourceError, match=r"d.yaml:15: not valid YAML: aliases \(\*name\)"):
        parse_source(DOUBLING, "d.yaml")
    assert parse_source("a: &a [1, 2]\nb: [*a, *a]\n", "d.yaml").value["b"] == [[1, 2], [1, 2]]


def test_only_files_that_end_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "c.yaml")
    for path in (tmp_path / "c.yaml", Path("/dev/zero"), tmp_path, Path("a\0b")):
        with pytest.raises(SourceError, match="cannot be read: "):
            load_source(path)


def test_no_sample_is_endless() -> None:
    for schema in ("{type: string, minLength: 99999999999}", "{type: array, minItems: 99999999999}",
                   "{type: object, minProperties: 99999999999}", "{type: string, pattern: 'a{99999}'}"):  # fmt: skip
        assert "sample-breaks-schema" in {finding.rule for finding in lint(parse_source(contract_text(schema), "c"))}
    head = f"components:\n  schemas:\n    a0: {{type: object}}\n{REQUIRED}"
    assert lint(parse_source(contract_text("{$ref: '#/components/schemas/a39'}", head), "c"))
    assert max(map(len, texts_for("(?:(?:a{1000}){1000}){1000}"))) <= LONGEST_TEXT


@given(st.lists(st.text("ab-/", min_size=1), min_size=1, max_size=4))
def test_a_step_is_split_into_its_values_again(values: list[str]) -> None:
    pattern = StepPattern(("<", *["::"] * (len(values) - 1), ">"), (None,) * len(values))

    assert pattern.values(f"<{'::'.join(values)}>") == tuple(values)


def test_a_contracts_expression_takes_no_longer_than_its_text() -> None:
    slow = path_pattern("(a+)+", "")
    pattern = StepPattern(("", "-", "-", "-", ".json"), (None,) * 4)

    assert StepPattern(("", ""), (slow,)).values("a" * 50_000 + "!") is None
    assert StepPattern(("", ""), (slow,)).values("aaa") == ("aaa",)
    assert pattern.values("-" * 20_000) is None
