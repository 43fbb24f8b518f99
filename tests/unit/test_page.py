"""The page's decisions that need no browser."""

from __future__ import annotations

import pytest

from mock_server.journal.filters import read_filters
from mock_server.web.page import preferred_language


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("de, zh-TW; q=0.7, en; q=0.3", "zh"),
        ("fr-FR", "en"),
        ("EN;q=0.2, ZH-hans;q=0.4", "zh"),
        ("zh;q=..., *", "zh"),
    ],
)
def test_the_page_speaks_the_language_that_the_browser_likes_best(accept: str, language: str) -> None:
    assert preferred_language(accept) == language


@pytest.mark.parametrize(
    ("query", "last"), [("limit=200", 200), ("limit=0", 0), ("limit=2&status=4XX", 10**18), ("", 10**18)]
)
def test_only_as_many_entries_are_read_as_are_asked_for(query: str, last: int) -> None:
    assert read_filters(query, ()).last == last
