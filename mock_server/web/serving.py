"""`serve` and `proxy`: from options to a mock that serves until it is told to end."""

from __future__ import annotations

import json
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

from mock_server.contract.check import warnings
from mock_server.contract.model import Contract, Operation, Parameter
from mock_server.contract.samples import sample
from mock_server.contract.secret_texts import clean
from mock_server.contract.written import header_text, plain_text
from mock_server.settings import Settings, SettingsError, resolve
from mock_server.web import request_log, tls
from mock_server.web.factory import build_definition, build_service
from mock_server.web.server import end_on_sigterm, listen, serve, url_of
from mock_server.web.workers import serve_with_workers

MOST_WARNINGS = 20
"""Weak points of a contract that are told when it is served; `rainbond-mock check` tells all."""


def run(options: dict[str, Any]) -> int:
    """Serve by options, those that were not given being None; the exit code.

    Raises:
        SettingsError: a setting cannot be used.
        SourceError: a file cannot be used.
    """
    end_on_sigterm()
    with ExitStack() as stack:
        _no_secret(options.get("store"))
        options["allowed_host"] = options["allowed_host"] or None
        options["control_token"] = _secret_of(options.pop("control_token_file"))
        settings = stack.enter_context(tls.prepared(resolve(options)))
        definition = build_definition(settings)
        service = build_service(settings, definition)
        listener = listen(settings.host, settings.port)
        for warning in warnings(definition.contract)[:MOST_WARNINGS]:
            click.echo(clean(str(warning)), err=True)
        _greet(settings, definition.contract, url_of(listener, "https" if settings.tls else "http"))
        if settings.workers > 1:
            return serve_with_workers(settings, listener)
        serve(service, listener, settings)
        return 0


def _greet(settings: Settings, contract: Contract, url: str) -> None:
    log = request_log.opened(settings) if settings.log_format == "json" else None
    if log:
        log.event("serving", url=url, profile=settings.profile, contract=contract.document["info"]["title"])
    else:
        click.echo(welcome(settings, contract, url))


def _no_secret(store: str | None) -> None:
    if store and urlsplit(store).password:
        raise SettingsError("--store: a password here shows in the list of processes; set RAINBOND_MOCK_STORE instead")


def _secret_of(file: Path | None) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--control-token-file: {file}: cannot be read: {type(error).__name__}") from None


def welcome(settings: Settings, contract: Contract, url: str) -> str:
    """What is told of a mock that serves: what it serves, a command to try, where to read on."""
    what = "Proxy" if settings.only == () else "Mock"
    lines = [f"{what} of {contract.document['info']['title']} on {url}  (profile {settings.profile}; Ctrl-C ends it)"]
    if settings.upstream:
        lines.append(f"Sends on to {settings.upstream}" + ("" if settings.only == () else " what it does not mock"))
    if contract.operations:
        token = "any-token" if settings.catalogue is None else "$RAINBOND_TOKEN"
        lines += ["Try it:", f"  {curl(contract, contract.operations[0], url, token)}"]
    lines.append(f"Documentation: {url}/__mock__/docs/")
    trusted = tls.authority(settings)
    if trusted:
        lines.append(f"Certificate made on the spot; clients trust it with: curl --cacert {trusted}")
    return "\n".join(lines)


def curl(contract: Contract, operation: Operation, url: str, token: str) -> str:
    """A command line that asks for an operation and is accepted."""
    path = operation.path
    for parameter in operation.parameters_in("path"):
        path = path.replace(f"{{{parameter.name}}}", quote(_shown(parameter), safe=""))
    asked = {each.name: _shown(each) for each in operation.parameters_in("query") if each.required}
    parts = [f"curl -X {operation.method} " + (f"'{url}{path}?{urlencode(asked)}'" if asked else f"{url}{path}")]
    schemes = [contract.security_schemes[key] for key in (operation.security or ((),))[0]]
    for scheme in schemes:
        credentials = f"{scheme.scheme.title()} {token}" if scheme.scheme else token
        carrier = scheme.name if scheme.location == "header" else "Cookie"
        credentials = credentials if scheme.location == "header" else f"{scheme.name}={token}"
        # Only double quotes let the shell fill in a variable.
        parts.append(f'-H "{carrier}: {credentials}"' if "$" in token else f"-H '{carrier}: {credentials}'")
    if operation.body and operation.body.required and operation.body.content[0].schema:
        body = json.dumps(sample(operation.body.content[0].schema))
        parts += [f"-H 'Content-Type: {operation.body.content[0].name}'", f"-d {shlex.quote(body)}"]
    return " ".join(parts)


def _shown(parameter: Parameter) -> str:
    """The text of a valid value of a parameter."""
    value = sample(parameter.schema) if parameter.example is None and parameter.schema else parameter.example
    return plain_text(value) if parameter.is_json else header_text("string" if value is None else value)
