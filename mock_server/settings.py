"""Settings of the mock console: each with its default, what it may be and what it is for, written here alone.

Precedence: option > environment (`RAINBOND_MOCK_*`) > configuration file (`rainbond.toml`, table `mock`) > default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.configuration.declaration import SettingsError, check, setting
from mock_server.configuration.kinds import FILE, SIZE, SWITCH, TEXT, TIME, Kind, choice, number, several, text
from mock_server.configuration.resolving import given
from mock_server.contract.builtin import default_spec
from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.elsewhere import Fetched, fetch, is_elsewhere
from mock_server.contract.document.source import nearest
from mock_server.contract.secrets.secret_texts import clean

__all__ = ["Settings", "SettingsError", "resolve"]

PREFIX = "RAINBOND_MOCK_"
STORES = ("memory", "redis://HOST:PORT/DB", "rediss://…", "unix://…")
SCHEMES = ("redis", "rediss", "unix")
LAST_PORT = 65_535
NO_FILE = f"a secret belongs into the environment ({PREFIX}CONTROL_TOKEN) or a file of its own (--control-token-file)"


def _store(value: object) -> str:
    store = text(value)
    scheme = store.partition("://")[0]
    if store == "memory" or (scheme in SCHEMES and "://" in store):
        return store
    if scheme in SCHEMES:
        raise ValueError(f"{scheme!r} has no address; allowed: {', '.join(STORES)}")
    # Of what is no URL, only what stands before its first sign is certain to be no secret.
    kind = re.split("[:/@]", scheme)[0] if ":" in scheme or "/" in scheme or "@" not in scheme else "…"
    raise ValueError(f"unknown kind {kind!r}{nearest(kind, ('memory', *SCHEMES))}; allowed: {', '.join(STORES)}")


def _address(value: object) -> str:
    try:
        address = urlsplit(text(value))
    except ValueError:
        raise ValueError(f"{clean(text(value))!r} is no address; allowed: http://HOST:PORT or https://…") from None
    if address.username or address.password:
        raise ValueError("credentials do not belong into an address; clients send their own")
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError(f"{shown(value)} is no address; allowed: http://HOST:PORT or https://…")
    return str(value)


def _host(value: object) -> str:
    if not re.fullmatch(r"\*|[\w.:-]+", str(value), re.ASCII):
        raise ValueError(f"{shown(value)} is not a host's name; allowed: a name without port, or *")
    return str(value)


def _control_token(value: object) -> str:
    if not str(value).isprintable():
        raise ValueError("allowed: visible characters, in one line")
    return str(value)


def _place(value: object) -> Path | str | Fetched:
    if isinstance(value, Path | Fetched):
        return value
    place = text(value)
    return place if is_elsewhere(place) else Path(place)


def _base_path(value: object) -> str:
    path = str(value)
    if not re.fullmatch(r"/[^\s?#{}]*", path):
        raise ValueError(f"{shown(value)} is no path; allowed: / or such as /api/v1")
    return path


PLACE = Kind(_place, {"type": "string"}, "FILE|URL|-")
BASE_PATH = Kind(_base_path, {"type": "string"}, "PATH")
STORE, ADDRESS, HOST, TOKEN = (
    Kind(read, {"type": "string"}, "URL") for read in (_store, _address, _host, _control_token)
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the mock console runs."""

    spec: Path | str | Fetched | None = setting(
        None, PLACE, "The contract: a file, an address, or - for standard input. Default: the one built in."
    )
    host: str = setting("127.0.0.1", TEXT, "Address to listen on.")
    port: int = setting(7070, number(0, LAST_PORT), "Port to listen on; 0 picks a free one.")
    base_path: str | None = setting(
        None, BASE_PATH, "What stands in front of the contract's paths. Default: the path of its server."
    )
    profile: str = setting(
        "contract", choice("contract", "console"), "Answer by the contract, or as the recorded console does."
    )
    catalogue: Path | None = setting(None, FILE, "Who may call, what exists, what is broken (YAML).")
    seed: str = setting("rainbond", TEXT, "What event ids are derived from.")
    event_ids: str = setting(
        "request", choice("request", "sequence"), "The same request has the same id, or each its own."
    )
    keep: bool = setting(False, SWITCH, "What a request creates is there for the requests after it.")
    keep_memory: int = setting("1M", SIZE, "What a session keeps at most.")
    scenarios: Path | None = setting(None, FILE, "What to answer on demand (YAML).")
    journal_size: int = setting(10_000, number(0), "Requests the journal keeps; 0: none.")
    session_ttl: float = setting("1h", TIME, "When an idle session is forgotten.")
    max_sessions: int = setting(1_000, number(1), "How many sessions there can be.")
    workers: int = setting(1, number(1), "Processes that serve as one.")
    store: str = setting("memory", STORE, "Where sessions are kept: memory, or redis://… for replicas.", secret=True)
    compiled: bool = setting(True, SWITCH, "Answer stubbed operations in front of Connexion's routing.")
    allowed_host: tuple[str, ...] = setting((), several(HOST, "NAME"), "A name of this server for /__mock__/; *: any.")
    max_body: int = setting("10M", SIZE, "The longest body that is read.")
    journal_memory: int = setting("64M", SIZE, "What the journal takes at most.")
    max_connections: int = setting(1_000, number(1), "Clients at once, by process.")
    control_token: str | None = setting(
        None, TOKEN, "What requests to /__mock__/ must carry.", secret=True, elsewhere=NO_FILE
    )
    log_format: str = setting("text", choice("text", "json"), "How requests are told.")
    quiet: bool = setting(False, SWITCH, "Tell nothing of single requests.", flags=("--quiet", "-q"))
    reload: bool = setting(True, SWITCH, "Take changed files over.")
    tls: bool = setting(False, SWITCH, "Speak HTTPS, with a certificate made on the spot.")
    tls_cert: Path | None = setting(None, FILE, "Speak HTTPS with this certificate (PEM).")
    tls_key: Path | None = setting(None, FILE, "The certificate's private key (PEM).", secret=True)
    upstream: str | None = setting(None, ADDRESS, "A deployment that answers what the mock does not.")
    only: tuple[str, ...] | None = setting(
        None, several(TEXT, "OPERATION"), "With an upstream: mock this operation and no other."
    )
    enforce: bool = setting(False, SWITCH, "Refuse invalid requests instead of sending them on.")
    record: Path | None = setting(None, FILE, "Write what is sent on as an HTTP Archive.")
    insecure: bool = setting(False, SWITCH, "Trust any certificate of the deployment.")
    handlers: str | None = setting(
        None, Kind(TEXT.read, TEXT.schema, "FILE"), "Your own handlers, named like operations (a file or module)."
    )
    validate_handlers: bool = setting(True, SWITCH, "Hold the answers of handlers to the contract.")

    def __post_init__(self) -> None:
        check(self)
        if self.tls_key and not self.tls_cert:
            raise SettingsError(f"tls_key: {self.tls_key} has no certificate; give tls_cert, too")
        if self.tls_cert:
            object.__setattr__(self, "tls", True)
        if self.record and self.workers > 1:
            raise SettingsError("record: several workers cannot write one file; allowed: workers = 1")
        for name in ("only", "enforce", "record", "insecure"):
            if self.upstream is None and getattr(self, name):
                raise SettingsError(f"{name}: means nothing without an upstream; give the URL of a deployment, too")

    @property
    def spec_path(self) -> Path | str | Fetched:
        return self.spec or default_spec()

    def present(self) -> Settings:
        """The same with a contract from elsewhere at hand. Raises SourceError: it cannot be read."""
        return replace(self, spec=fetch(self.spec)) if isinstance(self.spec, str) else self


def resolve(options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from options (None: not given), the environment and the configuration file of this folder.

    Raises:
        SettingsError: a value is not allowed, or a name is unknown.
        SourceError: the configuration file is not TOML.
    """
    return Settings(**given(Settings, "mock", options, environment, PREFIX))
