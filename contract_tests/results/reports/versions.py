"""What a report was made with."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("rainbond-mock", "schemathesis", "hypothesis")


def versions() -> Mapping[str, str]:
    """The version of Python and of each package that decides what is sent."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
