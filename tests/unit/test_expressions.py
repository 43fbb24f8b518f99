"""Regular expressions that users write: the dialect, and that no text makes them run for ever."""

from __future__ import annotations

import pytest

from mock_server.contract.expressions import Expression, ExpressionError


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", r"^(?=(a+)+$)(a|aa)+\1b$"])
def test_no_expression_runs_for_ever(pattern: str) -> None:
    assert not Expression(pattern).finds("a" * 5000 + "!")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b+", "abbc", True),
        ("^b", "abc", False),
        (r"^\d+$", "12", True),
        ("(?=c)c", "abc", True),
        ("a", "\ud800", False),
    ],
)
def test_it_finds_a_part_of_a_text(pattern: str, text: str, found: bool) -> None:
    assert Expression(pattern).finds(text) is found


@pytest.mark.parametrize(
    ("pattern", "told"),
    [("(", "unterminated subpattern"), (r"\Aa\Z", "only Python's dialect"), ("\ud800", "only Python's dialect")],
)
def test_what_is_none_is_told(pattern: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=told):
        Expression(pattern)
