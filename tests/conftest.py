"""The order of the whole suite."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that no core waits for the other at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/packaging/"))
