"""Programs that a test drives and that are not Python packages."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str) -> str:
    """The path of a program. Without it the test is skipped; where CI=true it fails, so that nothing goes unproven."""
    found = shutil.which(name)
    if found:
        return found
    reason = f"{name} is not installed (scripts/system-packages installs it)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
