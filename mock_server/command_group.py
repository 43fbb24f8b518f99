"""A group of commands that says in one line where its output cannot be written, as on a full disk."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

UNUSABLE = 2


class CommandGroup(click.Group):
    """A `click.Group` whose standard output may fail at any time."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            try:
                return super().main(*arguments, **options)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.filename is not None:
                raise
            sys.stderr.write(f"Error: standard output: {error.strerror or error}\n")
            # Python writes what is left once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(UNUSABLE)
