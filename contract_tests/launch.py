"""Starts `rainbond-verify`, or says what to install where only the mock is installed."""

from __future__ import annotations

import importlib.util
import sys

NEEDED = ("schemathesis", "hypothesis")
UNUSABLE = 2


def main() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"rainbond-verify: {missing[0]} is missing; install it: pip install 'rainbond-mock[verify]'",
            file=sys.stderr,
        )
        sys.exit(UNUSABLE)
    from contract_tests.cli import main as verify  # noqa: PLC0415 - it imports what may be missing

    verify()
