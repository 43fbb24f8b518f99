"""`serve` and `proxy`: from options to a mock that serves until it is told to end."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mock_server.contract.check import warnings
from mock_server.contract.secrets.secret_texts import for_terminal
from mock_server.engine.pipeline import MockDefinition
from mock_server.settings import Settings, SettingsError, resolve
from mock_server.web import request_log
from mock_server.web.factory import build_definition, build_service
from mock_server.web.serving import tls
from mock_server.web.serving.first_request import first_request
from mock_server.web.serving.server import end_on_sigterm, listen, serve, url_of
from mock_server.web.serving.workers import serve_with_workers

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
        options["control_token"] = _secret_of(options.pop("control_token_file"))
        settings = stack.enter_context(tls.prepared(resolve(options).present()))
        definition = build_definition(settings)
        service = build_service(settings, definition)
        listener = listen(settings.host, settings.port)
        for warning in warnings(definition.contract)[:MOST_WARNINGS]:
            click.echo(for_terminal(str(warning)), err=True)
        _greet(settings, definition, url_of(listener, "https" if settings.tls else "http"))
        if settings.workers > 1:
            return serve_with_workers(settings, listener)
        serve(service, listener, settings)
        return 0


def _greet(settings: Settings, definition: MockDefinition, url: str) -> None:
    log = request_log.opened(settings) if settings.log_format == "json" else None
    if log:
        log.event("serving", url=url, profile=settings.profile, contract=definition.contract.title)
    else:
        click.echo(welcome(settings, definition, url))


def _no_secret(store: str | None) -> None:
    if store and urlsplit(store).password:
        raise SettingsError("--store: a password here shows in the list of processes; set RAINBOND_MOCK_STORE instead")


def _secret_of(file: Path | None) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--control-token-file: {file}: cannot be read: {type(error).__name__}") from None


def welcome(settings: Settings, definition: MockDefinition, url: str) -> str:
    """What is told of a mock that serves: what it serves, a command to try, where to read on."""
    what = "Proxy" if settings.only == () else "Mock"
    title = definition.contract.title
    lines = [f"{what} of {title} on {url}  (profile {settings.profile}; Ctrl-C ends it)"]
    if settings.upstream:
        lines.append(f"Sends on to {settings.upstream}" + ("" if settings.only == () else " what it does not mock"))
    first = first_request(definition, url)
    if first:
        whose = f" (RAINBOND_TOKEN: the token of {first.user} in {settings.catalogue})" if first.user else ""
        lines += [f"Try it{whose}:", f"  {first.command}"]
    lines += [f"What goes on: {url}/__mock__/", f"Documentation: {url}/__mock__/docs/"]
    trusted = tls.authority(settings)
    if trusted:
        lines.append(f"Certificate made on the spot; clients trust it with: curl --cacert {trusted}")
    return "\n".join(lines)
