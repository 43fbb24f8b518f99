"""The command `rainbond-mock`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import click

from mock_server.decision import Console
from mock_server.server import AddressError, build_console, build_director, listen, serve, url_of
from mock_server.settings import CHOICES, Settings, SettingsError, resolve
from mock_server.workers import serve_with_workers
from mock_server.yaml_source import SourceError

UNUSABLE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rainbond-mock")
def main() -> None:
    """A fake Rainbond console for CI pipelines and front ends."""


@main.command("serve")
@click.option("--spec", type=click.Path(path_type=Path), help="The contract (YAML). Default: the one built in.")
@click.option("--host", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=int, help="Port to listen on; 0 picks a free one. Default: 7070.")
@click.option("--profile", type=click.Choice(CHOICES["profile"]), help="How requests are read. Default: contract.")
@click.option("--catalogue", type=click.Path(path_type=Path), help="Who may call, what exists, what is broken (YAML).")
@click.option("--seed", help="What event ids are derived from. Default: rainbond.")
@click.option("--event-ids", type=click.Choice(CHOICES["event_ids"]), help="One id a request, or one each time.")
@click.option("--scenarios", type=click.Path(path_type=Path), help="What to answer on demand (YAML).")
@click.option("--journal-size", type=int, metavar="N", help="Requests the journal keeps; 0: none. Default: 10000.")
@click.option("--session-ttl", metavar="TIME", help="When an idle session is forgotten. Default: 1h.")
@click.option("--max-sessions", type=int, metavar="N", help="How many sessions there can be. Default: 1000.")
@click.option("--workers", type=int, metavar="N", help="Processes that serve as one. Default: 1.")
@click.option("--store", metavar="URL", help="Where sessions are kept: memory, or redis://… for replicas.")
def serve_command(**options: Any) -> None:
    """Serve the contract until Ctrl-C or SIGTERM.

    Each option can also be set in the environment (RAINBOND_MOCK_PORT=…) or in rainbond.toml ([mock] port = …).
    """
    try:
        _no_secret(options.get("store"))
        settings = resolve(options)
        console = build_console(settings)
        director = build_director(settings, console)
        listener = listen(settings.host, settings.port)
    except (SettingsError, SourceError, AddressError) as error:
        _fail(error)
    click.echo(_welcome(settings, console, url_of(listener)))
    if settings.workers == 1:
        serve(director, listener)
    else:
        sys.exit(serve_with_workers(settings, listener))


def _no_secret(store: str | None) -> None:
    if store and urlsplit(store).password:
        raise SettingsError("--store: a password here shows in the list of processes; set RAINBOND_MOCK_STORE instead")


def _welcome(settings: Settings, console: Console, url: str) -> str:
    operation = console.contract.operations[0] if console.contract.operations else None
    lines = [f"Fake Rainbond console on {url}  (profile {settings.profile}; Ctrl-C ends it)"]
    if operation is not None:
        path = operation.path
        for parameter in operation.parameters_in("path"):
            path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.example or parameter.name)))
        token = "any-token" if settings.catalogue is None else "$RAINBOND_TOKEN"
        header = f" -H 'Authorization: {token}'" if settings.catalogue is None else f' -H "Authorization: {token}"'
        lines += ["Try it:", f"  curl -X {operation.method} {url}{path}{header if operation.security else ''}"]
    lines.append(f"Documentation: {url}/__mock__/docs/")
    return "\n".join(lines)


def _fail(error: Exception) -> NoReturn:
    click.echo(f"rainbond-mock: {error}", err=True)
    sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
