"""A mock Rainbond console: serves an OpenAPI contract with deterministic, faithful answers.

Importing it costs nothing: each public name brings its part along when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.contract.document.source import SourceError
    from mock_server.contract.loader import load_contract
    from mock_server.settings import Settings, SettingsError
    from mock_server.testing.mock_console import MockConsole, MockError
    from mock_server.web.serving.running import RunningMock, running

__all__ = [
    "MockConsole",
    "MockError",
    "RunningMock",
    "Settings",
    "SettingsError",
    "SourceError",
    "load_contract",
    "running",
]

_HOMES = {
    "MockConsole": "mock_server.testing.mock_console",
    "MockError": "mock_server.testing.mock_console",
    "RunningMock": "mock_server.web.serving.running",
    "Settings": "mock_server.settings",
    "SettingsError": "mock_server.settings",
    "SourceError": "mock_server.contract.document.source",
    "load_contract": "mock_server.contract.loader",
    "running": "mock_server.web.serving.running",
}


def __getattr__(name: str) -> object:
    """The public name, imported when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
