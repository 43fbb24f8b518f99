"""Turns what a user can put right into one message and the right exit code."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import SourceError
from mock_server.contract.secrets.secret_texts import for_terminal

UNUSABLE, UNTESTABLE, FAILED = 2, 3, 4


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Ends the command where something cannot be used (2), reached (3), or goes wrong in here (4)."""
    try:
        yield
    except (SettingsError, SourceError) as error:
        _stop(str(error), UNUSABLE)
    except (click.ClickException, BrokenPipeError):
        raise
    except Exception as error:
        from contract_tests.transport.wire import Unreachable  # noqa: PLC0415 - late, as in all commands

        if isinstance(error, Unreachable):
            _stop(f"unreachable: {error}", UNTESTABLE)
        if isinstance(error, OSError) and error.filename:
            _stop(f"{error.filename}: {error.strerror}", UNUSABLE)
        _stop(f"internal error, please report it: {_summary(error)}", FAILED)


def _summary(error: Exception) -> str:
    """What happened where, in one line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]} ({Path(last.filename).name}:{last.lineno})"


def _stop(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {for_terminal(message)}", err=True)
    raise SystemExit(code)
