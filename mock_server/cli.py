"""The command `rainbond-mock`.

What a command needs is imported when it runs, so that `--help` and mistakes in options are answered at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mock_server.command_group import CommandGroup
from mock_server.configuration.command_line import options
from mock_server.contract.document.source import SourceError
from mock_server.contract.secrets.secret_texts import for_terminal
from mock_server.settings import Settings, SettingsError, resolve

UNUSABLE = 2


NEXT = """\
What to type next:

  rainbond-mock serve                a mock console on http://127.0.0.1:7070
  rainbond-mock serve --spec FILE    a mock of any OpenAPI contract
  rainbond-mock init                 files to start with: who may call, what exists, what to answer on demand
  rainbond-mock proxy URL            a real deployment, its requests and answers judged by the contract

  rainbond-mock COMMAND --help       what a command can be told
"""


@click.group(cls=CommandGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rainbond-mock")
@click.pass_context
def main(context: click.Context) -> None:
    """A mock Rainbond console for CI pipelines and front ends."""
    if context.invoked_subcommand is None:
        click.echo(NEXT, nl=False)


SHARED = (
    *(
        "spec",
        "base_path",
        "host",
        "port",
        "profile",
        "scenarios",
        "journal_size",
        "session_ttl",
        "max_sessions",
        "store",
    ),
    *("log_format", "quiet", "reload", "tls", "tls_cert", "tls_key", "max_body", "journal_memory", "max_connections"),
    *("allowed_host", "enforce", "record", "insecure"),
)
"""What both ways to serve can be told."""

TOKEN_FILE = click.option(
    "--control-token-file", type=click.Path(path_type=Path), help="What /__mock__/ asks for is in here."
)


@main.command("serve")
@options(Settings, *SHARED)
@TOKEN_FILE
@options(Settings, "catalogue", "seed", "event_ids", "keep", "keep_memory", "workers")
@options(Settings, "upstream", "only", "handlers", "validate_handlers")
def serve_command(**given: object) -> None:
    """Serve the contract until Ctrl-C or SIGTERM.

    Each option can also be set in the environment (RAINBOND_MOCK_PORT=…) or in rainbond.toml ([mock] port = …).
    """
    _run(given)


@main.command("proxy")
@click.argument("url")
@options(Settings, *SHARED)
@TOKEN_FILE
def proxy_command(url: str, **given: object) -> None:
    """Send every request on to the deployment at URL, and judge it and its answer by the contract.

    What breaks the contract stands in the header X-Mock-Violations, in the journal and on the page. A scenario that
    matches answers in the deployment's place.
    """
    _run({**given, "upstream": url, "only": ()})


@main.command("check")
@click.argument("file", required=False)
def check_command(file: str | None) -> None:
    """List what is wrong or weak in the contract FILE (default: the one built in), without serving it.

    FILE may be an address, too, or - for standard input. Ends with 1 where it cannot be served, else with 0. The rules
    are explained in docs/contract.md.
    """
    from mock_server.contract.check import ERROR, lint  # noqa: PLC0415
    from mock_server.contract.loader import source_at  # noqa: PLC0415

    with _mistakes_told():
        findings = lint(source_at(file))
    for finding in findings:
        click.echo(for_terminal(str(finding)))
    errors = sum(finding.severity == ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    sys.exit(1 if errors else 0)


@main.command("init")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
def init_command(spec: Path | None) -> None:
    """Write catalogue.yaml, scenarios.yaml and rainbond.toml for SPEC, a contract, into this folder.

    With them come the JSON Schemas by which editors complete and check them. Without SPEC, all is for the contract that
    is built in. No file is overwritten.
    """
    from mock_server.contract.loader import load_contract  # noqa: PLC0415
    from mock_server.loaders.beginnings import beginnings  # noqa: PLC0415

    with _mistakes_told():
        files = beginnings(load_contract(spec), spec)
        if there := [name for name in files if Path(name).exists()]:
            raise SettingsError(f"init: {', '.join(there)}: already in this folder; nothing was written")
        for name, text in files.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
    click.echo(f"Wrote {', '.join(files)}. Next: rainbond-mock serve")


@main.command("schema")
@click.argument("name", type=click.Choice(["catalogue", "scenarios", "settings"]))
@options(Settings, "spec")
def schema_command(name: str, spec: Path | None) -> None:
    """Print the JSON Schema of such a file, by which editors complete and check it.

    That of catalogue and scenarios depends on the contract. docs/operations.md tells how to name it to an editor.
    """
    from mock_server.contract.loader import load_contract  # noqa: PLC0415
    from mock_server.loaders.schemas import schema_text  # noqa: PLC0415

    with _mistakes_told():
        click.echo(schema_text(name, load_contract(resolve({"spec": spec}).spec_path)), nl=False)


@main.group("scenarios")
def scenarios_group() -> None:
    """Make scenarios of something else."""


@scenarios_group.command("from")
@click.argument("file", type=click.Path(path_type=Path))
@options(Settings, "spec")
def scenarios_from_command(file: Path, spec: Path | None) -> None:
    """Write scenarios to standard output that answer as FILE, an HTTP Archive, has it recorded."""
    from mock_server.contract.loader import load_contract  # noqa: PLC0415
    from mock_server.loaders.recorded import scenarios_of  # noqa: PLC0415

    with _mistakes_told():
        click.echo(scenarios_of(file, load_contract(resolve({"spec": spec}).spec_path)), nl=False)


def _run(given: dict[str, object]) -> None:
    from mock_server.web.serving.serve import run  # noqa: PLC0415

    with _mistakes_told():
        sys.exit(run(given))


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """A mistake of the user's ends the command with its message, and exit code 2."""
    try:
        yield
    except (SettingsError, SourceError) as error:
        click.echo(f"rainbond-mock: {for_terminal(str(error))}", err=True)
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
