"""Settings of the mock console: the only place for defaults, environment names and configuration keys.

Precedence: option > environment (`RAINBOND_MOCK_*`) > configuration file (`rainbond.toml`, table `mock`) > default.
"""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract import durations
from mock_server.contract.builtin import default_spec
from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.source import SourceError, nearest

PREFIX = "RAINBOND_MOCK_"
CONFIGURATION_FILE = "rainbond.toml"
TABLES = ("mock", "verify")
STORES = ("memory", "redis://HOST:PORT/DB", "rediss://…", "unix://…")
SCHEMES = ("redis", "rediss", "unix")
PATHS = ("spec", "catalogue", "scenarios", "tls_cert", "tls_key", "record")
SWITCHES = ("compiled", "validate_handlers", "tls", "quiet", "reload", "enforce", "insecure")
NUMBERS = ("port", "journal_size", "max_sessions", "workers", "max_connections")
SIZES = ("max_body", "journal_memory")
UNITS: Mapping[str, int] = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
LAST_PORT = 65_535
SMALLEST: Mapping[str, int] = {"journal_size": 0, "workers": 1, "max_sessions": 1, "max_connections": 1}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "profile": ("contract", "console"),
    "event_ids": ("request", "sequence"),
    "log_format": ("text", "json"),
}


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it, its value, what is allowed and the nearest spelling."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the mock console runs.

    Attributes:
        spec: the contract; None is the one that travels with the kit.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        profile: `contract` (requests must satisfy the contract) or `console` (as the recorded console answers).
        catalogue: who may call and what exists; None lets everyone call and everything exist.
        seed: what event ids are derived from.
        event_ids: `request` (the same request has the same id) or `sequence` (each request has its own).
        scenarios: what every session answers on demand; None: nothing.
        journal_size: requests that the journal keeps; 0 keeps none.
        session_ttl: seconds after which an idle session is forgotten.
        max_sessions: sessions that there can be; of more, the one idle longest is forgotten.
        workers: processes that serve.
        compiled: whether stubbed operations are answered in front of Connexion's routing, from the compiled contract.
        handlers: a Python file or module with the user's own handlers, named like operations; None: stubs alone.
        validate_handlers: whether what handlers answer has to be what the contract describes.
        store: where sessions are kept: `memory` (which `workers` share), or the URL of a Redis that replicas share.
        allowed_host: names of this server by which its own endpoints may be asked, beside those it knows; `*`: any.
        max_body: bytes of a body; a longer one is answered 413.
        journal_memory: bytes that the journal takes; the oldest requests make room.
        max_connections: clients that one process talks to at once; one more is answered 503.
        control_token: what requests to its own endpoints must carry; None: nothing.
        log_format: how what happens is told: `text`, a line a request on a terminal, or `json`, to wherever it goes.
        quiet: whether requests are not told of.
        reload: whether a command that serves takes changed files over.
        tls: whether HTTPS is spoken; a certificate of one's own asks for it, too.
        tls_cert: the certificate with those that it was issued by (PEM); None: one is made on the spot.
        tls_key: its private key; None: it stands in the same file.
        upstream: a deployment that answers what the mock does not; None: the mock answers everything.
        only: the operations that the mock itself answers, where there is a deployment; None: all of the contract.
        enforce: whether the mock refuses invalid requests itself, instead of sending them on.
        record: where exchanges with the deployment are written, as an HTTP Archive.
        insecure: whether any certificate of the deployment will do.
    """

    spec: Path | None = None
    host: str = "127.0.0.1"
    port: int = 7070
    profile: str = "contract"
    catalogue: Path | None = None
    seed: str = "rainbond"
    event_ids: str = "request"
    scenarios: Path | None = None
    journal_size: int = 10_000
    session_ttl: float = 3_600.0
    max_sessions: int = 1_000
    workers: int = 1
    store: str = field(default="memory", repr=False)
    compiled: bool = True
    allowed_host: tuple[str, ...] = ()
    max_body: int = 10_000_000
    journal_memory: int = 64_000_000
    max_connections: int = 1_000
    control_token: str | None = field(default=None, repr=False)
    log_format: str = "text"
    quiet: bool = False
    reload: bool = True
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = field(default=None, repr=False)
    upstream: str | None = None
    only: tuple[str, ...] | None = None
    enforce: bool = False
    record: Path | None = None
    insecure: bool = False
    handlers: str | None = None
    validate_handlers: bool = True

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise SettingsError(f"{name}: {value!r}{nearest(value, allowed)}; allowed: {', '.join(allowed)}")
        if not 0 <= self.port <= LAST_PORT:
            raise SettingsError(f"port: {self.port} is not a port; allowed: 0 (a free one) to 65535")
        for name, smallest in SMALLEST.items():
            if getattr(self, name) < smallest:
                raise SettingsError(f"{name}: {getattr(self, name)} is too small; allowed: {smallest} or more")
        if not self.session_ttl > 0:
            raise SettingsError(f"session_ttl: {self.session_ttl:g} is too short; allowed: any time above 0, e.g. 30m")
        if self.tls_key and not self.tls_cert:
            raise SettingsError(f"tls_key: {self.tls_key} has no certificate; give tls_cert, too")
        if self.tls_cert:
            object.__setattr__(self, "tls", True)
        _check_store(self.store)
        _check_upstream(self)
        if self.control_token is not None and not self.control_token.isprintable():
            raise SettingsError("control_token: allowed: visible characters, in one line")

    @property
    def spec_path(self) -> Path:
        return self.spec or default_spec()


def _check_upstream(settings: Settings) -> None:
    if settings.upstream is None:
        for name in ("only", "enforce", "record", "insecure"):
            if getattr(settings, name):
                raise SettingsError(f"{name}: means nothing without an upstream; give the URL of a deployment, too")
        return
    address = urlsplit(settings.upstream)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise SettingsError(f"upstream: {settings.upstream!r} is no address; allowed: http://HOST:PORT or https://…")
    if address.username or address.password:
        raise SettingsError("upstream: credentials do not belong into an address; clients send their own")
    if settings.record and settings.workers > 1:
        raise SettingsError("record: several workers cannot write one file; allowed: workers = 1")


def _check_store(store: str) -> None:
    scheme = store.partition("://")[0]
    if store != "memory" and (scheme not in SCHEMES or "://" not in store):
        if scheme in SCHEMES:
            raise SettingsError(f"store: {scheme!r} has no address; allowed: {', '.join(STORES)}")
        # Of what is no URL, only what stands before its first sign is certain to be no secret.
        kind = re.split("[:/@]", scheme)[0] if ":" in scheme or "/" in scheme or "@" not in scheme else "…"
        hint = nearest(kind, ("memory", "redis", "rediss"))
        raise SettingsError(f"store: unknown kind {kind!r}{hint}; allowed: {', '.join(STORES)}")


def resolve(options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from options (None: not given), the environment and the configuration file of this folder.

    Raises:
        SettingsError: a value is not allowed, or a name is unknown.
        SourceError: the configuration file is not TOML.
    """
    environment = os.environ if environment is None else environment
    names = [each.name for each in fields(Settings)]
    values: dict[str, Any] = {}
    for key, value in read_configuration("mock", names).items():
        if key == "control_token":
            raise SettingsError(
                f"{CONFIGURATION_FILE}: {key}: a secret belongs into the environment ({PREFIX}CONTROL_TOKEN)"
                " or a file of its own (--control-token-file)"
            )
        values[key] = _typed(f"{CONFIGURATION_FILE}: {key}", key, value)
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower()
            if key not in names:
                allowed = [PREFIX + name.upper() for name in names]
                raise SettingsError(f"{variable}: no such setting{nearest(variable, allowed)}")
            values[key] = _typed(variable, key, text)
    for key, value in options.items():
        if key not in names:
            raise SettingsError(f"{key}: no such setting{nearest(key, names)}; allowed: {', '.join(names)}")
        if value is not None:
            values[key] = _typed(f"--{key.replace('_', '-')}", key, value)
    return Settings(**values)


def read_configuration(table: str, allowed: Collection[str], path: Path = Path(CONFIGURATION_FILE)) -> dict[str, Any]:
    """A table of the configuration file, with its keys in Python's spelling; empty where there is no file.

    Raises:
        SettingsError: the file has an unknown table or key, or a table is none.
        SourceError: the file is not TOML.
    """
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not valid TOML: {error}") from None
    problems = [_wrong_table(name, node) for name, node in document.items()]
    node = document.get(table, {})
    found = {key.replace("-", "_"): value for key, value in node.items()} if isinstance(node, dict) else {}
    problems += [
        f"[{table}] {key}: no such setting{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
        for key in found
        if key not in allowed
    ]
    if told := [f"{path}: {text}" for text in problems if text]:
        raise SettingsError("\n".join(told))
    return found


def _wrong_table(name: str, node: object) -> str | None:
    """What is wrong with an entry at the top of the configuration file."""
    words = ", ".join(f"[{table}]" for table in TABLES)
    if isinstance(node, dict):
        return None if name in TABLES else f"[{name}]: no such table{nearest(name, TABLES)}; allowed: {words}"
    if name in TABLES:
        return f"{name}: {node!r} is not a table; write [{name}] and its keys below"
    return f"{name}: a key outside any table; allowed: {words}, with keys below"


def _typed(place: str, key: str, value: Any) -> Any:
    if key == "only":
        return tuple(value.split(",") if isinstance(value, str) else map(str, value))
    if key == "allowed_host":
        return _names(place, value)
    if isinstance(value, (dict, list)):
        raise SettingsError(f"{place}: {shown(value)} is not allowed; allowed: one value")
    readers = ((PATHS, _path), (("session_ttl",), _span), (SWITCHES, _switch), (SIZES, _size), (NUMBERS, _number))
    read = next((read for keys, read in readers if key in keys), None)
    return read(place, value) if read else str(value)


def _path(_place: str, value: Any) -> Path:
    return Path(str(value))


def _span(place: str, value: Any) -> float:
    try:
        return durations.seconds(value, bare="s")
    except ValueError as error:
        raise SettingsError(f"{place}: {error}") from None


def _switch(place: str, value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise SettingsError(f"{place}: {value!r} is not allowed; allowed: true, false")
    return str(value).lower() == "true"


def _number(place: str, value: Any) -> int:
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            return int(value)
    raise SettingsError(f"{place}: {shown(value)} is not a whole number")


def _size(place: str, value: Any) -> int:
    """Bytes: `10000000`, `10M`, `64 MB`."""
    match = re.fullmatch(r"([0-9]{1,12})\s*([kmg]?)b?", str(value).strip().lower(), re.ASCII)
    if match is None:
        raise SettingsError(f"{place}: {shown(value)} is not a size; allowed: bytes, or such as 512k, 10M, 1G")
    return int(match[1]) * UNITS[match[2]]


def _names(place: str, value: Any) -> tuple[str, ...]:
    """Several names: a list, or a text with commas."""
    names = tuple(str(each).strip() for each in (value.split(",") if isinstance(value, str) else value))
    if wrong := next((name for name in names if not re.fullmatch(r"\*|[\w.:-]+", name, re.ASCII)), None):
        raise SettingsError(f"{place}: {shown(wrong)} is not a host's name; allowed: a name without port, or *")
    return names
