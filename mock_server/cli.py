"""The command `rainbond-mock`.

What a command needs is imported when it runs, so that `--help` and mistakes in options are answered at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from mock_server.contract.document.source import SourceError
from mock_server.contract.secrets.secret_texts import clean
from mock_server.settings import CHOICES, SettingsError, resolve

UNUSABLE = 2


NEXT = """\
What to type next:

  rainbond-mock serve                a mock console on http://127.0.0.1:7070
  rainbond-mock serve --spec FILE    a mock of any OpenAPI contract
  rainbond-mock init                 files to start with: who may call, what exists, what to answer on demand
  rainbond-mock proxy URL            a real deployment, its requests and answers judged by the contract

  rainbond-mock COMMAND --help       what a command can be told
"""


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rainbond-mock")
@click.pass_context
def main(context: click.Context) -> None:
    """A mock Rainbond console for CI pipelines and front ends."""
    if context.invoked_subcommand is None:
        click.echo(NEXT, nl=False)


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


@main.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check_command(file: Path | None) -> None:
    """List what is wrong or weak in the contract FILE (default: the one built in), without serving it.

    Ends with 1 where it cannot be served, else with 0. The rules are explained in docs/contract.md.
    """
    from mock_server.contract.builtin import default_spec  # noqa: PLC0415
    from mock_server.contract.check import ERROR, lint  # noqa: PLC0415
    from mock_server.contract.document.source import load_source  # noqa: PLC0415

    with _mistakes_told():
        findings = lint(load_source(file or default_spec()))
    for finding in findings:
        click.echo(clean(str(finding)))
    errors = sum(finding.severity == ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    sys.exit(1 if errors else 0)


@main.command("init")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
def init_command(spec: Path | None) -> None:
    """Write catalogue.yaml, scenarios.yaml and rainbond.toml for SPEC, a contract, into this folder.

    Without SPEC, for the contract that is built in. No file is overwritten.
    """
    from mock_server.contract.loader import load_contract  # noqa: PLC0415
    from mock_server.loaders.beginnings import beginnings  # noqa: PLC0415

    with _mistakes_told():
        files = beginnings(load_contract(spec), spec)
        if there := [name for name in files if Path(name).exists()]:
            raise SettingsError(f"init: {', '.join(there)}: already in this folder; nothing was written")
        for name, text in files.items():
            Path(name).write_text(text, encoding="utf-8")
    click.echo(f"Wrote {', '.join(files)}. Next: rainbond-mock serve")


@main.group("scenarios")
def scenarios_group() -> None:
    """Make scenarios of something else."""


@scenarios_group.command("from")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), help="The contract (YAML). Default: the one built in.")
def scenarios_from_command(file: Path, spec: Path | None) -> None:
    """Write scenarios to standard output that answer as FILE, an HTTP Archive, has it recorded."""
    from mock_server.contract.loader import load_contract  # noqa: PLC0415
    from mock_server.loaders.recorded import scenarios_of  # noqa: PLC0415

    with _mistakes_told():
        click.echo(scenarios_of(file, load_contract(resolve({"spec": spec}).spec_path)), nl=False)


def _run(options: dict[str, Any]) -> None:
    from mock_server.web.serving.serve import run  # noqa: PLC0415

    with _mistakes_told():
        sys.exit(run(options))


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """A mistake of the user's ends the command with its message, and exit code 2."""
    try:
        yield
    except (SettingsError, SourceError) as error:
        click.echo(f"rainbond-mock: {clean(str(error))}", err=True)
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
