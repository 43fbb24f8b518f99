"""The contract that travels with the kit."""

from __future__ import annotations

from pathlib import Path


def default_spec() -> Path:
    """Where it stands: in the package, or in the checkout."""
    package = Path(__file__).parent.parent
    packaged = package / "openapi.yaml"
    return packaged if packaged.exists() else package.parent / "spec" / "openapi.yaml"
