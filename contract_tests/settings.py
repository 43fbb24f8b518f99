"""Settings of the verifier: the only place for defaults, environment names and configuration keys.

Precedence: option > environment > configuration file (`rainbond.toml`, table `verify`) > default. Tokens come from the
environment or from a file, never from an option: options stand in process lists and in CI logs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.transport.budget import Limits, is_loopback
from contract_tests.verification.identity import Identity
from mock_server.contract.document.source import nearest
from mock_server.contract.secrets.secret_texts import clean
from mock_server.settings import CONFIGURATION_FILE, SettingsError, read_configuration

ENVIRONMENT: Mapping[str, str] = {
    "RAINBOND_URL": "url",
    "RAINBOND_TOKEN": "token",
    "RAINBOND_TEAM": "team",
    "RAINBOND_REGION": "region",
    "RAINBOND_APP": "app",
    "RAINBOND_SERVICE": "service",
    "RAINBOND_OTHER_TOKEN": "other_token",
    "RAINBOND_OTHER_APP": "other_app",
    "RAINBOND_OTHER_SERVICE": "other_service",
}
CONSENT = "RAINBOND_I_OWN_THIS_TARGET"
"""Says for pytest and Schemathesis what --i-own-this-target says; no file of a folder can."""
SECRETS: Mapping[str, str] = {"token": "RAINBOND_TOKEN", "other_token": "RAINBOND_OTHER_TOKEN"}
MOST_SEEDS = 1000

LOOPBACK_BUILDS, OTHER_BUILDS = 25, 5
LOOPBACK_SECONDS, OTHER_SECONDS = 120.0, 300.0
OTHER_RATE = 5.0
FAILURES_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """How a verification runs; None stands for a default that depends on where the target is.

    Attributes:
        url: the target.
        spec: the contract; None is the one that travels with the kit.
        token, other_token: secrets, from the environment or a file.
        team, region, app, service: ids that exist on the target.
        other_app, other_service: ids that exist, but not together with the others.
        ids: further path parameters by name.
        seed: what generated requests are derived from.
        max_builds: how many requests may be accepted.
        max_time: seconds after which nothing more is sent.
        rate: requests a second; 0 for as many as go.
        timeout: seconds to wait for one answer.
        slow_after: seconds after which an answer counts as slow; None: by how quick the others are.
        only: patterns of case ids, or `core`: no other case is sent.
        fuzz: whether Schemathesis generates requests on top of the cases.
        allow_overwrite: whether properties that overwrite stored settings may be sent to a target that is no mock.
        own: whether the user said that a target that is no mock is theirs.
        headers: further headers of every request: names, each with the variable that holds its value.
        header_values: those values.
    """

    url: str = ""
    spec: Path | None = None
    token: str = field(default="", repr=False)
    other_token: str = field(default="", repr=False)
    team: str = ""
    region: str = ""
    app: str = ""
    service: str = ""
    other_app: str = ""
    other_service: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    seed: int = 1
    max_builds: int | None = None
    max_time: float | None = None
    rate: float | None = None
    timeout: float | None = None
    slow_after: float | None = None
    fuzz: bool = True
    only: tuple[str, ...] = ()
    allow_overwrite: bool = False
    own: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    header_values: Mapping[str, str] = field(default_factory=dict, repr=False)
    tolerate: tuple[str, ...] = ()
    baseline: Path | None = None

    def __post_init__(self) -> None:
        if self.url:
            _check_url(self.url)
        for name, least in (("max_builds", 0), ("max_time", 1), ("rate", 0), ("timeout", 0.1), ("slow_after", 0.05)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise SettingsError(f"{name.replace('_', '-')}: {value} is too small; at least {least}")
        for word in self.tolerate:
            if word != "lenient":
                raise SettingsError(f"tolerate: {word!r}{nearest(word, ['lenient'])}; allowed: lenient")

    @property
    def loopback(self) -> bool:
        return is_loopback(self.url)

    @property
    def limits(self) -> Limits:
        builds = LOOPBACK_BUILDS if self.loopback else OTHER_BUILDS
        seconds = LOOPBACK_SECONDS if self.loopback else OTHER_SECONDS
        return Limits(
            max_builds=self.max_builds if self.max_builds is not None else builds,
            max_seconds=self.max_time if self.max_time is not None else seconds,
            per_second=self.rate if self.rate is not None else 0.0 if self.loopback else OTHER_RATE,
            # On loopback a run of failures is what somebody looks for; elsewhere it is somebody's console going down.
            failures_in_a_row=0 if self.loopback else FAILURES_IN_A_ROW,
        )

    @property
    def patience(self) -> float:
        """Seconds to wait for one answer: a worker that wakes up takes 8 s, a silent region 30 s."""
        return self.timeout if self.timeout is not None else 15.0 if self.loopback else 35.0

    @property
    def identity(self) -> Identity:
        own = {"team": self.team, "region": self.region, "app": self.app, "component": self.service}
        other = {"app": self.other_app, "component": self.other_service}
        return Identity(
            token=self.token,
            other_token=self.other_token,
            values={**{name: value for name, value in own.items() if value}, **self.ids},
            others={name: value for name, value in other.items() if value},
            headers=self.header_values,
        )

    @property
    def recorded(self) -> tuple[tuple[str, object], ...]:
        """The options of a run, to stand in its reports: everything but the secrets."""
        kept = [item.name for item in fields(self) if item.name not in (*SECRETS, "header_values")]
        return tuple((name, _plain(getattr(self, name))) for name in kept)

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret by the name of the variable that holds it."""
        own = {variable: getattr(self, name) for name, variable in SECRETS.items() if getattr(self, name)}
        return {**own, **{self.headers[name]: value for name, value in self.header_values.items()}}


def resolve(options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from options (None: not given), the environment and the configuration file of this folder.

    Raises:
        SettingsError: a value is not allowed, or a name is unknown.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = dict(_configured(Path(CONFIGURATION_FILE)))
    values |= {name: environment[variable] for variable, name in ENVIRONMENT.items() if environment.get(variable)}
    values |= {name: value for name, value in options.items() if value is not None}
    if environment.get(CONSENT):
        values["own"] = environment[CONSENT].lower() in ("1", "true", "yes")
    values["header_values"] = {name: _secret(environment, name, key) for name, key in values.get("headers", {}).items()}
    for name, variable in SECRETS.items():
        token = values.get(name, "")
        if "\n" in token or "\r" in token:
            raise SettingsError(f"{variable}: the token has a line end inside")
    return Settings(**values)


def _secret(environment: Mapping[str, str], header: str, variable: str) -> str:
    if not environment.get(variable):
        raise SettingsError(f"--header {header}={variable}: the variable {variable} is not set")
    return environment[variable]


def read_token(path: Path) -> str:
    """The token that a file holds: its text without blanks around.

    Raises:
        SettingsError: the file cannot be read, or holds nothing.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"--token-file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"--token-file {path}: not UTF-8") from None
    if not token:
        raise SettingsError(f"--token-file {path}: the file is empty")
    return token


def _configured(path: Path) -> dict[str, Any]:
    kinds = {item.name: str(item.type) for item in fields(Settings)}
    found = read_configuration("verify", kinds, path)
    for name, value in found.items():
        place = f"{path}: [verify] {name.replace('_', '-')}"
        if name == "own":
            raise SettingsError(f"{place}: give --i-own-this-target: a file that lies in a folder cannot say it")
        if name in SECRETS:
            raise SettingsError(f"{place} belongs into the environment, as {SECRETS[name]}")
        found[name] = _typed(place, kinds[name], value)
    return found


def _typed(place: str, kind: str, value: Any) -> Any:
    if "Path" in kind:
        return Path(str(value))
    if "tuple" in kind:
        return tuple(value) if isinstance(value, list) else (value,)
    if "Mapping" in kind and isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items()}
    expected: type | tuple[type, ...] = (int, float) if "float" in kind else int if "int" in kind else str
    if "bool" in kind:
        expected = bool
    elif isinstance(value, bool) or (expected is str and isinstance(value, int)):
        value = str(value)
    if not isinstance(value, expected):
        raise SettingsError(f"{place}: {value!r} is not a {kind.partition(' |')[0]}")
    return value


def _plain(value: Any) -> object:
    if isinstance(value, Path):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SettingsError(f"URL: {clean(url)!r} is no address of a server; e.g. http://127.0.0.1:7070") from None
    try:
        port = parts.port
    except ValueError:
        raise SettingsError(f"URL: {clean(url)!r}: the port is not a number up to 65535") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise SettingsError(f"URL: {clean(url)!r} is no address of a server; e.g. http://127.0.0.1:7070")
    if parts.query or parts.fragment or parts.username:
        raise SettingsError("URL: only scheme, host, port and a path prefix belong into the target's URL")


def parse_seeds(text: str) -> tuple[int, ...]:
    """`7` or `1..20` as seeds.

    Raises:
        SettingsError: it is neither.
    """
    first, dots, last = text.partition("..")
    if not first.isdigit() or (dots and not last.isdigit()):
        raise SettingsError(f"--seeds: {text!r} is neither a number nor a range such as 1..20")
    start, end = int(first), int(last or first)
    if end < start or end - start >= MOST_SEEDS:
        raise SettingsError(f"--seeds: {text!r} is no range of up to {MOST_SEEDS} seeds")
    return tuple(range(start, end + 1))
