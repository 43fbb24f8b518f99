"""Settings of the verifier: the only place for defaults, environment names and configuration keys.

Precedence: option > environment > configuration file (`rainbond.toml`, table `verify`) > default. Tokens come from the
environment or from a file, never from an option: options stand in process lists and in CI logs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.identity import Identity
from contract_tests.transport.budget import Limits, is_loopback
from contract_tests.transport.route import Tls
from contract_tests.transport.wire import Wire
from mock_server.configuration.declaration import SettingsError, check, declared, json_schema, setting
from mock_server.configuration.kinds import FILE, SWITCH, TEXT, TIME, Kind, choice, number, pairs, several, text
from mock_server.configuration.resolving import given
from mock_server.contract.secrets.secret_texts import clean
from mock_server.settings import Settings as MockSettings

CONSENT = "RAINBOND_I_OWN_THIS_TARGET"
"""Says for pytest and Schemathesis what --i-own-this-target says; no file of a folder can."""
OTHER = "other-"
"""Stands before a resource's name in `--id`: something that exists, but does not belong to the ids of the run."""
OTHER_VARIABLES: Mapping[str, str] = {"app": "RAINBOND_OTHER_APP", "component": "RAINBOND_OTHER_SERVICE"}
"""Resources of which another one has a variable of its own."""
SECRETS: Mapping[str, str] = {"token": "RAINBOND_TOKEN", "other_token": "RAINBOND_OTHER_TOKEN"}
MOST_SEEDS = 1000

LOOPBACK_BUILDS, OTHER_BUILDS = 25, 5
LOOPBACK_SECONDS, OTHER_SECONDS = 120.0, 300.0
OTHER_RATE = 5.0
FAILURES_IN_A_ROW = 5


def _url(value: object) -> str:
    url = str(value)
    if not url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"{clean(url)!r} is no address of a server; e.g. http://127.0.0.1:7070") from None
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"{clean(url)!r}: the port is not a number up to 65535") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(f"{clean(url)!r} is no address of a server; e.g. http://127.0.0.1:7070")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("only scheme, host, port and a path prefix belong into the target's URL")
    return url


def _spec(value: object) -> Path | str:
    if isinstance(value, Path):
        return value
    found = text(value)
    return found if found.startswith(("http://", "https://")) else Path(found)


SPEC = Kind(_spec, TEXT.schema, "FILE|URL")


def _token(value: object) -> str:
    if "\n" in str(value) or "\r" in str(value):
        raise ValueError("the token has a line end inside")
    return str(value)


def _id(text: str, variable: str) -> Any:
    return setting("", TEXT, text, variable=variable)


def _secret(name: str, text: str) -> Any:
    variable = SECRETS[name]
    elsewhere = f"belongs into the environment, as {variable}"
    return setting("", Kind(_token, TEXT.schema), text, variable=variable, secret=True, elsewhere=elsewhere)


def other_hint(resource: str) -> str:
    """What to give so that another resource of a kind can be tried."""
    variable = OTHER_VARIABLES.get(resource)
    return f"set {variable}" if variable else f"give --id {OTHER}{resource}=VALUE"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a verification runs; None stands for a default that depends on where the target is.

    Attributes:
        header_values: the values of `headers`, from their variables.
        auth_values: the secret of each scheme in `auth`, once its source was asked.
    """

    url: str = setting("", Kind(_url, TEXT.schema, "URL"), "The target.", variable="RAINBOND_URL")
    spec: Path | str | None = setting(None, SPEC, "The contract: a file, or its address. Default: the one of this kit.")
    token: str = _secret("token", "The token that requests carry.")
    other_token: str = _secret("other_token", "A token of somebody who must not reach the team.")
    team: str = _id("Team that exists on the target.", "RAINBOND_TEAM")
    region: str = _id("Region of the team.", "RAINBOND_REGION")
    app: str = _id("Application of the team in the region.", "RAINBOND_APP")
    service: str = _id("Component of the application.", "RAINBOND_SERVICE")
    other_app: str = _id("Another application of the team.", "RAINBOND_OTHER_APP")
    other_service: str = _id("Component of the other application.", "RAINBOND_OTHER_SERVICE")
    ids: Mapping[str, str] = setting(
        {},
        pairs("NAME=VALUE"),
        "Value of another path parameter, or of another resource (other-RESOURCE); repeatable.",
        flags=("--id",),
    )
    headers: Mapping[str, str] = setting(
        {}, pairs("NAME=VARIABLE"), "Header whose value a variable holds; repeatable.", flags=("--header",)
    )
    auth: Mapping[str, str] = setting(
        {},
        pairs("SCHEME=SOURCE"),
        "Where the secret of a security scheme is: env:VARIABLE, file:FILE, command:COMMAND, "
        "client:ID_VARIABLE:SECRET_VARIABLE or login:OPERATION:BODY_VARIABLE:/POINTER; repeatable.",
        flags=("--auth",),
        secret=True,
    )
    seed: int = setting(1, number(0), "What generated requests are derived from.")
    max_builds: int | None = setting(None, number(0), "Most accepted requests. Default: 25, off loopback 5.")
    max_time: float | None = setting(None, number(1, whole=False), "Seconds. Default: 120, off loopback 300.")
    rate: float | None = setting(
        None, number(0, whole=False), "Requests a second. Default: no limit, off loopback 5; 0: no limit."
    )
    timeout: float | None = setting(None, number(0.1, whole=False), "Seconds to wait for one answer.")
    slow_after: float | None = setting(
        None, number(0.05, whole=False), "Seconds after which an answer is slow. Default: ten times slower than usual."
    )
    tolerate: tuple[str, ...] = setting((), several(choice("lenient")), "Report leniency without failing.")
    baseline: Path | None = setting(None, FILE, "Known deviations, each with reason, owner, expiry.")
    only: tuple[str, ...] = setting((), several(TEXT, "PATTERN"), "Send only these cases: ids with *, or core.")
    cacert: Path | None = setting(None, FILE, "Certificates of authorities to trust beside the system's.")
    cert: Path | None = setting(None, FILE, "Certificate to show to the target, for mutual TLS.")
    key: Path | None = setting(None, FILE, "Its key, where that is in another file.")
    insecure: bool = setting(False, SWITCH, "Trust any certificate of the target; every report says so.")
    wait: float | None = setting(None, TIME, "Wait so long for the target to be ready, e.g. 2m.")
    include: tuple[str, ...] = setting(
        (), several(TEXT, "OPERATION"), "Verify these operations alone: ID, tag:TAG, /path, METHOD, each with *."
    )
    exclude: tuple[str, ...] = setting((), several(TEXT, "OPERATION"), "Verify all but these operations.")
    fuzz: bool = setting(True, SWITCH, "Generate requests on top of the cases.")
    own: bool = setting(
        False,
        SWITCH,
        "Needed where the target is no mock of this kit.",
        variable=CONSENT,
        flags=("--i-own-this-target",),
        elsewhere="give --i-own-this-target: a file that lies in a folder cannot say it",
    )
    allow_overwrite: bool = setting(False, SWITCH, "Send what overwrites settings also to a target that is no mock.")
    header_values: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth_values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check(self)

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
    def tls(self) -> Tls:
        return Tls(self.cacert, self.cert, self.key, self.insecure)

    def wire(self) -> Wire:
        """A connection to the target."""
        return Wire(self.url, self.patience, self.tls)

    @property
    def identity(self) -> Identity:
        own = {"team": self.team, "region": self.region, "app": self.app, "component": self.service}
        named = {"app": self.other_app, "component": self.other_service}
        given = {name.removeprefix(OTHER): value for name, value in self.ids.items() if name.startswith(OTHER)}
        return Identity(
            token=self.token,
            other_token=self.other_token,
            values={**{name: value for name, value in own.items() if value}, **self.ids},
            others={**{name: value for name, value in named.items() if value}, **given},
            headers=self.header_values,
            secrets=self.auth_values,
        )

    @property
    def recorded(self) -> tuple[tuple[str, object], ...]:
        """The options of a run, to stand in its reports: but for secrets, where they are, and what has no value."""
        kept = [name for name in declared(self) if name not in (*SECRETS, "auth") and getattr(self, name) != ""]
        return tuple((name, _plain(getattr(self, name))) for name in kept)

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret by the name of the variable that holds it."""
        own = {variable: getattr(self, name) for name, variable in SECRETS.items() if getattr(self, name)}
        of_headers = {self.headers[name]: value for name, value in self.header_values.items()}
        return {**own, **of_headers, **{self._variable_of(scheme): value for scheme, value in self.auth_values.items()}}

    def _variable_of(self, scheme: str) -> str:
        """The variable that holds a scheme's secret, or a name for one where it comes from elsewhere."""
        kind, _, words = self.auth[scheme].partition(":")
        return words if kind == "env" else "AUTH_" + re.sub(r"\W", "_", scheme, flags=re.ASCII)


ENVIRONMENT = {each.variable: name for name, each in declared(Settings).items() if each.variable}
"""The setting of each variable."""


def file_schema() -> dict[str, Any]:
    """The JSON Schema of `rainbond.toml`, in which both commands have a table."""
    tables = {
        "mock": (MockSettings, "What `rainbond-mock` reads."),
        "verify": (Settings, "What `rainbond-verify` reads."),
    }
    properties = {name: {**json_schema(kind), "description": text} for name, (kind, text) in tables.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def resolve(options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from options (None: not given), the environment and the configuration file of this folder.

    Raises:
        SettingsError: a value is not allowed, or a name is unknown.
        SourceError: the configuration file is not TOML.
    """
    environment = os.environ if environment is None else environment
    values = given(Settings, "verify", options, environment)
    for header, variable in values.get("headers", {}).items():
        if not environment.get(variable):
            raise SettingsError(f"--header {header}={variable}: the variable {variable} is not set")
    return Settings(
        **values, header_values={name: environment[variable] for name, variable in values.get("headers", {}).items()}
    )


def read_secret(path: Path, place: str) -> str:
    """The secret that a file holds: its text without blanks around; `place` names the option in messages.

    Raises:
        SettingsError: the file cannot be read, or holds nothing.
    """
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{place} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{place} {path}: not UTF-8") from None
    if not secret:
        raise SettingsError(f"{place} {path}: the file is empty")
    return secret


def _plain(value: Any) -> object:
    if isinstance(value, Path):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value


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
