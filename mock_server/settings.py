"""Settings of the fake console: the only place for defaults, environment names and configuration keys.

Precedence: option > environment (`RAINBOND_MOCK_*`) > configuration file (`rainbond.toml`, table `mock`) > default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mock_server.contract_reader import default_spec
from mock_server.yaml_source import SourceError, nearest

PREFIX = "RAINBOND_MOCK_"
CONFIGURATION_FILE = "rainbond.toml"
CHOICES: Mapping[str, tuple[str, ...]] = {"profile": ("contract", "console"), "event_ids": ("request", "sequence")}


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it, its value, what is allowed and the nearest spelling."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the fake console runs.

    Attributes:
        spec: the contract; None is the one that travels with the kit.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        profile: `contract` (requests must satisfy the contract) or `console` (as the recorded console answers).
        catalogue: who may call and what exists; None lets everyone call and everything exist.
        seed: what event ids are derived from.
        event_ids: `request` (the same request has the same id) or `sequence` (each request has its own).
    """

    spec: Path | None = None
    host: str = "127.0.0.1"
    port: int = 7070
    profile: str = "contract"
    catalogue: Path | None = None
    seed: str = "rainbond"
    event_ids: str = "request"

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise SettingsError(f"{name}: {value!r}{nearest(value, allowed)}; allowed: {', '.join(allowed)}")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"port: {self.port} is not a port; allowed: 0 (a free one) to 65535")

    @property
    def spec_path(self) -> Path:
        return self.spec or default_spec()


def resolve(options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from options (None: not given), the environment and the configuration file of this folder.

    Raises:
        SettingsError: a value is not allowed, or a name is unknown.
        SourceError: the configuration file is not TOML.
    """
    environment = os.environ if environment is None else environment
    names = [field.name for field in fields(Settings)]
    values: dict[str, Any] = {}
    for key, value in read_configuration("mock", names).items():
        values[key] = _typed(f"{CONFIGURATION_FILE}: {key}", key, value)
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower()
            if key not in names:
                allowed = [PREFIX + name.upper() for name in names]
                raise SettingsError(f"{variable}: no such setting{nearest(variable, allowed)}")
            values[key] = _typed(variable, key, text)
    values |= {key: value for key, value in options.items() if value is not None}
    return Settings(**values)


def read_configuration(table: str, allowed: list[str], path: Path = Path(CONFIGURATION_FILE)) -> dict[str, Any]:
    """A table of the configuration file, with its keys in Python's spelling; empty where there is no file.

    Raises:
        SettingsError: the table has an unknown key.
        SourceError: the file is not TOML.
    """
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not valid TOML: {error}") from None
    found = {key.replace("-", "_"): value for key, value in document.get(table, {}).items()}
    for key in found:
        if key not in allowed:
            raise SettingsError(f"{path}: [{table}] {key}: no such setting{nearest(key, allowed)}")
    return found


def _typed(place: str, key: str, value: Any) -> Any:
    if key in ("spec", "catalogue"):
        return Path(str(value))
    if key != "port":
        return str(value)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise SettingsError(f"{place}: {value!r} is not a whole number") from None
