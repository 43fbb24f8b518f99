"""YAML is read as version 1.2 has it, whatever it uses of the language."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.document import yaml_loader
from mock_server.contract.document.source import SourceError, parse_source


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no\nb: 2001-01-01\nc: '5'\nd: \"~\"", {"a": "no", "b": "2001-01-01", "c": "5", "d": "~"}),
        ("[0x1F, 0o17, +5, 1e3, -.INF, ~, TRUE, ]", [31, 15, 5, 1000.0, -math.inf, None, True]),
        ("a:\nb: |\n  x\n  y\n", {"a": None, "b": "x\ny\n"}),
        ("a: !!str 1\nb: ! 1\nc: !!int '1'", {"a": "1", "b": "1", "c": 1}),
        ("5: a\nnull: b\n? [x]\n: c", {"5": "a", "null": "b", "['x']": "c"}),
        ("a: &x {p: 1}\nb: [*x, *x]\n&k c: *k", {"a": {"p": 1}, "b": [{"p": 1}, {"p": 1}], "c": "c"}),
        ("x: &x {a: 1, b: 1}\ny: {<<: *x, b: 2}", {"x": {"a": 1, "b": 1}, "y": {"a": 1, "b": 2}}),
        ("x: &x {a: 1}\ny: {b: 2, <<: [{a: 3, c: 3}, *x]}", {"x": {"a": 1}, "y": {"a": 3, "c": 3, "b": 2}}),
        ("x: &x {<<: {a: 1}, a: 2}\ny: {<<: *x}\nz: *x", {"x": {"a": 2}, "y": {"a": 2}, "z": {"a": 2}}),
        ("'<<': 3", {"<<": 3}),
    ],
)
def test_what_a_text_means(text: str, value: Any) -> None:
    assert parse_source(text, "a.yaml").value == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", "a.yaml:3: 'a' stands twice; first in line 1"),
        ("a: 1\n--- 2", "a.yaml:2: not valid YAML: but found another document"),
        ("a: *b", "a.yaml:1: not valid YAML: found undefined alias 'b'"),
        ("a: &a\n  - *a", "a.yaml:2: not valid YAML: aliases (*name) that stand for themselves"),
        ("a:\n  <<: 3", "a.yaml:2: not valid YAML: expected a mapping or list of mappings for merging"),
        ("a: !!map [b]", "a.yaml:1: not valid YAML: could not determine a constructor for the tag"),
        ("a: 'b", "a.yaml:1: not valid YAML"),
        ("# nothing", "a.yaml:1: the file is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SourceError) as raised:
        parse_source(text, "a.yaml")

    assert str(raised.value).startswith(told)


@pytest.mark.parametrize("text", ["1e5", "0o7", "08", "+1", ".5", "null", "True", "-.inf", "~", "", "<<", "no", "a: b"])
def test_a_text_that_looks_like_something_else_is_written_in_quotes(text: str) -> None:
    assert parse_source(yaml_loader.dump({"a": text}), "a.yaml").value == {"a": text}


@given(st.dictionaries(st.text("abc01e.-~<", min_size=1), st.text("01e.-+~<xo")))
def test_what_is_written_is_read_as_it_was(value: dict[str, str]) -> None:
    assert parse_source(yaml_loader.dump(value), "a.yaml").value == value
