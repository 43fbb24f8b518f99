"""`x-variables`: what was filled is recognised, for any values."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.templates import difference, fill, template

texts = st.text(max_size=12)
scalars = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
variables = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


@given(values, variables, st.dictionaries(st.sampled_from("abc"), values, max_size=3))
def test_what_was_filled_is_recognised(example: Any, samples: dict[str, Any], given_values: dict[str, Any]) -> None:
    pattern = template(example, samples)
    filled = fill(pattern, given_values)

    assert difference(pattern, filled, {}) == ""
    assert difference(pattern, filled, {**samples, **given_values}) == ""


@given(values, variables)
def test_without_values_the_example_stays_as_it_is(example: Any, samples: dict[str, Any]) -> None:
    assert fill(template(example, samples), {}) == example


def test_a_value_that_holds_another_sample_is_not_replaced_again() -> None:
    pattern = template("{method} {path}", {"method": "{method}", "path": "{path}"})

    assert fill(pattern, {"method": "{path}", "path": "/x"}) == "{path} /x"


def test_each_variable_of_a_text_is_recognised() -> None:
    pattern = template("GET /a is gone", {"method": "GET", "path": "/a"})

    assert difference(pattern, "PUT /b is gone", {}) == ""
    assert difference(pattern, "PUT /b is gone", {"method": "PUT", "path": "/b"}) == ""
    assert difference(pattern, "PUT /b is gone", {"method": "PUT", "path": "/c"}) != ""


def test_true_is_not_one() -> None:
    assert difference(template({"n": 1}, {}), {"n": True}, {}) == "/n: True instead of 1"


def test_only_required_keys_are_compared() -> None:
    pattern = template({"msg": "no", "trace": "Traceback"}, {})

    assert difference(pattern, {"msg": "no"}, {}, {"msg"}) == ""
    assert difference(pattern, {"msg": "no"}, {}) == "/trace is missing"
