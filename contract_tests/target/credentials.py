"""Where the secret of each security scheme comes from: `--auth SCHEME=SOURCE`.

A source names where a secret is, and never is one: a variable, a file, a command that prints it, an OAuth token
endpoint, or an operation of the contract that logs in.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from contract_tests.settings import Settings, read_secret
from contract_tests.transport.budget import is_loopback
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import nearest
from mock_server.contract.model import Contract

SECONDS = 60.0
"""How long a command or a token endpoint may take."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source is asked with.

    Attributes:
        place: the option, as messages name it.
        words: what follows the source's name.
    """

    scheme: str
    words: str
    place: str
    contract: Contract
    settings: Settings
    environment: Mapping[str, str]

    def variable(self, name: str) -> str:
        """What a variable holds."""
        if not self.environment.get(name):
            raise SettingsError(f"{self.place}: the variable {name or '(none named)'} is not set")
        return self.environment[name]

    def split(self, number: int, form: str) -> list[str]:
        """The words apart."""
        found = self.words.split(":", number - 1)
        if len(found) < number or not all(found):
            raise SettingsError(f"{self.place}: is not of the form {form}")
        return found


def obtained(contract: Contract, settings: Settings, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings with the secret of each scheme that `--auth` names a source for.

    Raises:
        SettingsError: there is no such scheme or source, or it gives no secret.
    """
    values = {
        scheme: obtain(contract, settings, scheme, source, environment) for scheme, source in settings.auth.items()
    }
    return replace(settings, auth_values=values)


def obtain(
    contract: Contract, settings: Settings, scheme: str, source: str, environment: Mapping[str, str] = os.environ
) -> str:
    """The secret of one scheme.

    Raises:
        SettingsError: there is no such scheme or source, or it gives no secret.
    """
    if scheme not in contract.security_schemes:
        known = contract.security_schemes
        have = f"; it has {', '.join(known)}" if known else ""
        raise SettingsError(f"--auth {scheme}: the contract has no such scheme{nearest(scheme, known)}{have}")
    kind, _, words = source.partition(":")
    if kind not in SOURCES:
        raise SettingsError(
            f"--auth {scheme}={kind}: no such source{nearest(kind, SOURCES)}; allowed: {', '.join(FORMS)}"
        )
    secret = SOURCES[kind](Asked(scheme, words, f"--auth {scheme}={kind}", contract, settings, environment)).strip()
    if not secret or not secret.isprintable():
        raise SettingsError(f"--auth {scheme}={kind}: gives {'no' if not secret else 'an unprintable'} secret")
    return secret


# ---- sources


def _of_command(asked: Asked) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            shlex.split(asked.words), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, ValueError) as error:
        raise SettingsError(f"{asked.place}: {getattr(error, 'strerror', None) or error}") from None
    except subprocess.TimeoutExpired:
        raise SettingsError(f"{asked.place}: the command took more than {SECONDS:g} s") from None
    if done.returncode:
        raise SettingsError(f"{asked.place}: the command ended with {done.returncode}")
    return done.stdout


def _of_client(asked: Asked) -> str:
    """A token for OAuth's client credentials, from the endpoint that the contract names."""
    client, secret = (asked.variable(name) for name in asked.split(2, "client:ID_VARIABLE:SECRET_VARIABLE"))
    node = (asked.contract.document["components"]["securitySchemes"]).get(asked.scheme, {})
    flow = (node.get("flows") or {}).get("clientCredentials") or {}
    url = urljoin(f"{asked.settings.url}/", str(flow.get("tokenUrl", "")))
    if not flow.get("tokenUrl"):
        raise SettingsError(f"{asked.place}: the scheme has no clientCredentials flow with a tokenUrl")
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        raise SettingsError(f"{asked.place}: {url} is not https: a secret is not sent there")
    form = {"grant_type": "client_credentials", "scope": " ".join(flow.get("scopes") or ())}
    answer = _posted(asked, url, data={key: text for key, text in form.items() if text}, auth=(client, secret))
    return _at(asked, answer, "/access_token")


def _of_login(asked: Asked) -> str:
    """A token from an operation of the contract; the body that logs in is in a variable."""
    form = "login:OPERATION:BODY_VARIABLE:/POINTER"
    name, variable, pointer = asked.split(3, form)
    found = {one.id: (item.template, one) for item in asked.contract.path_items for one in item.operations.values()}
    if name not in found:
        raise SettingsError(f"{asked.place}: the contract has no operation {name!r}{nearest(name, found)}")
    path, operation = found[name]
    media = operation.body.content[0].name if operation.body and operation.body.content else "application/json"
    body = asked.variable(variable).encode()
    url = f"{asked.settings.url.rstrip('/')}{path}"
    return _at(asked, _posted(asked, url, content=body, headers={"Content-Type": media}), pointer)


def _posted(asked: Asked, url: str, **request: Any) -> Any:
    import httpx2  # noqa: PLC0415 - only who needs a token needs a client

    try:
        answer = httpx2.post(url, verify=asked.settings.tls.context(), timeout=SECONDS, **request)
    except httpx2.HTTPError as error:
        raise SettingsError(f"{asked.place}: {url}: {type(error).__name__}: {error}") from None
    if not answer.is_success:
        raise SettingsError(f"{asked.place}: {url} answers {answer.status_code}")
    try:
        return json.loads(answer.content)
    except ValueError:
        raise SettingsError(f"{asked.place}: {url} answers no JSON") from None


def _at(asked: Asked, value: Any, pointer: str) -> str:
    for key in pointer.split("/")[1:]:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise SettingsError(f"{asked.place}: the answer has no text at {pointer}")
    return value


SOURCES: Mapping[str, Callable[[Asked], str]] = {
    "env": lambda asked: asked.variable(asked.words),
    "file": lambda asked: read_secret(Path(asked.words), asked.place),
    "command": _of_command,
    "client": _of_client,
    "login": _of_login,
}
FORMS = (
    "env:VARIABLE",
    "file:FILE",
    "command:COMMAND",
    "client:ID_VARIABLE:SECRET_VARIABLE",
    "login:OPERATION:BODY_VARIABLE:/POINTER",
)
