"""The command `rainbond-mock`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import click

from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract, Operation
from mock_server.contract.samples import sample
from mock_server.contract.secret_texts import clean
from mock_server.contract.source import SourceError
from mock_server.loaders.recorded import scenarios_of
from mock_server.settings import CHOICES, Settings, SettingsError, resolve
from mock_server.web import request_log, tls
from mock_server.web.factory import build_definition, build_service
from mock_server.web.server import AddressError, end_on_sigterm, listen, serve, url_of
from mock_server.web.workers import serve_with_workers

UNUSABLE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rainbond-mock")
def main() -> None:
    """A mock Rainbond console for CI pipelines and front ends."""


OPTIONS = (
    click.option("--spec", type=click.Path(path_type=Path), help="The contract (YAML). Default: the one built in."),
    click.option("--host", help="Address to listen on. Default: 127.0.0.1."),
    click.option("--port", type=int, help="Port to listen on; 0 picks a free one. Default: 7070."),
    click.option("--profile", type=click.Choice(CHOICES["profile"]), help="How requests are read. Default: contract."),
    click.option("--scenarios", type=click.Path(path_type=Path), help="What to answer on demand (YAML)."),
    click.option("--journal-size", type=int, metavar="N", help="Requests the journal keeps; 0: none. Default: 10000."),
    click.option("--session-ttl", metavar="TIME", help="When an idle session is forgotten. Default: 1h."),
    click.option("--max-sessions", type=int, metavar="N", help="How many sessions there can be. Default: 1000."),
    click.option("--store", metavar="URL", help="Where sessions are kept: memory, or redis://… for replicas."),
    click.option(
        "--log-format", type=click.Choice(CHOICES["log_format"]), help="How requests are told. Default: text."
    ),
    click.option("--quiet", "-q", is_flag=True, default=None, help="Tell nothing of single requests."),
    click.option("--reload/--no-reload", default=None, help="Whether changed files are taken over. Default: they are."),
    click.option("--tls", is_flag=True, default=None, help="Speak HTTPS, with a certificate made on the spot."),
    click.option("--tls-cert", type=click.Path(path_type=Path), help="Speak HTTPS with this certificate (PEM)."),
    click.option("--tls-key", type=click.Path(path_type=Path), help="The certificate's private key (PEM)."),
    click.option("--max-body", metavar="SIZE", help="The longest body that is read. Default: 10M."),
    click.option("--journal-memory", metavar="SIZE", help="What the journal takes at most. Default: 64M."),
    click.option("--max-connections", type=int, metavar="N", help="Clients at once, by process. Default: 1000."),
    click.option("--allowed-host", multiple=True, metavar="NAME", help="A name of this server for /__mock__/; *: any."),
    click.option("--control-token-file", type=click.Path(path_type=Path), help="What /__mock__/ asks for is in here."),
    click.option("--enforce", is_flag=True, default=None, help="Refuse invalid requests instead of sending them on."),
    click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Write what is sent on as HAR."),
    click.option("--insecure", is_flag=True, default=None, help="Trust any certificate of the deployment."),
)
"""What both ways to serve can be told."""


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@main.command("serve")
@_with_options
@click.option("--catalogue", type=click.Path(path_type=Path), help="Who may call, what exists, what is broken (YAML).")
@click.option("--seed", help="What event ids are derived from. Default: rainbond.")
@click.option("--event-ids", type=click.Choice(CHOICES["event_ids"]), help="One id a request, or one each time.")
@click.option("--workers", type=int, metavar="N", help="Processes that serve as one. Default: 1.")
@click.option("--upstream", metavar="URL", help="A deployment that answers what the mock does not.")
@click.option("--only", multiple=True, metavar="OPERATION", help="With --upstream: mock this operation and no other.")
@click.option("--handlers", metavar="FILE", help="Your own handlers, named like operations (a file or module).")
@click.option("--validate-handlers/--no-validate-handlers", default=None, help="Hold their answers to the contract.")
def serve_command(**options: Any) -> None:
    """Serve the contract until Ctrl-C or SIGTERM.

    Each option can also be set in the environment (RAINBOND_MOCK_PORT=…) or in rainbond.toml ([mock] port = …).
    """
    _run({**options, "only": options["only"] or None})


@main.command("proxy")
@click.argument("url")
@_with_options
def proxy_command(url: str, **options: Any) -> None:
    """Send every request on to the deployment at URL, and judge it and its answer by the contract.

    What breaks the contract stands in the header X-Mock-Violations, in the journal and on the page. A scenario that
    matches answers in the deployment's place.
    """
    _run({**options, "upstream": url, "only": ()})


@main.group("scenarios")
def scenarios_group() -> None:
    """Make scenarios of something else."""


@scenarios_group.command("from")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), help="The contract (YAML). Default: the one built in.")
def scenarios_from_command(file: Path, spec: Path | None) -> None:
    """Write scenarios to standard output that answer as FILE, an HTTP Archive, has it recorded."""
    try:
        click.echo(scenarios_of(file, load_contract(resolve({"spec": spec}).spec_path)), nl=False)
    except (SettingsError, SourceError) as error:
        _fail(error)


def _run(options: dict[str, Any]) -> None:
    """Serve by options, those that were not given being None."""
    end_on_sigterm()
    with ExitStack() as stack:
        try:
            _no_secret(options.get("store"))
            options["allowed_host"] = options["allowed_host"] or None
            options["control_token"] = _secret_of(options.pop("control_token_file"))
            settings = stack.enter_context(tls.prepared(resolve(options)))
            definition = build_definition(settings)
            service = build_service(settings, definition)
            listener = listen(settings.host, settings.port)
        except (SettingsError, SourceError, AddressError) as error:
            _fail(error)
        _greet(settings, definition.contract, url_of(listener, "https" if settings.tls else "http"))
        if settings.workers == 1:
            serve(service, listener, settings)
        else:
            sys.exit(serve_with_workers(settings, listener))


def _greet(settings: Settings, contract: Contract, url: str) -> None:
    log = request_log.opened(settings) if settings.log_format == "json" else None
    if log:
        log.event("serving", url=url, profile=settings.profile, contract=contract.document["info"]["title"])
    else:
        click.echo(_welcome(settings, contract, url))


def _no_secret(store: str | None) -> None:
    if store and urlsplit(store).password:
        raise SettingsError("--store: a password here shows in the list of processes; set RAINBOND_MOCK_STORE instead")


def _secret_of(file: Path | None) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--control-token-file: {file}: cannot be read: {type(error).__name__}") from None


def _welcome(settings: Settings, contract: Contract, url: str) -> str:
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
        value = sample(parameter.schema) if parameter.example is None and parameter.schema else parameter.example
        path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
    parts = [f"curl -X {operation.method} {url}{path}"]
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


def _fail(error: Exception) -> NoReturn:
    click.echo(f"rainbond-mock: {clean(str(error))}", err=True)
    sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
