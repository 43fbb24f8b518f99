"""Options of a command, made from settings that are declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mock_server.configuration.declaration import Setting, declared

Command = TypeVar("Command", bound=Callable[..., Any])


def options(settings: type, *names: str) -> Callable[[Command], Command]:
    """A decorator that gives a command the options of these settings, in this order; None: not given."""
    known = declared(settings)

    def decorate(command: Command) -> Command:
        for name in reversed(names):
            command = _option(known[name])(command)
        return command

    return decorate


def _option(each: Setting) -> Callable[[Command], Command]:
    flags = each.flags or (each.option,)
    if each.kind.schema.get("type") == "boolean":
        flags = (f"{flags[0]}/--no-{each.key}",) if each.written is True else flags
        text = f"{each.text} Default: yes." if each.written is True else each.text
        return click.option(*flags, each.name, is_flag=True, default=None, help=text)
    several = each.kind.several
    return click.option(
        *flags,
        each.name,
        metavar=each.kind.metavar,
        multiple=several,
        callback=(lambda _context, _option, found: found or None) if several else None,
        help=each.text if each.written in (None, "", (), {}) else f"{each.text} Default: {each.written}.",
    )
