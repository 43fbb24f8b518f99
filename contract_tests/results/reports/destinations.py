"""Where reports go: `FORMAT=FILE`, checked before anything is sent, written when all is known."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract_tests.results.reports import FORMATS, render
from contract_tests.results.result import Result
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import nearest

STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Destination:
    """A report that is wanted: its format and the file it goes to; `-` is standard output."""

    form: str
    file: str

    @property
    def is_standard_output(self) -> bool:
        return self.file == STANDARD_OUTPUT

    def write(self, result: Result) -> None:
        """Write a result.

        Raises:
            OSError: the file cannot be written any more.
        """
        text = render(self.form, result)
        if self.is_standard_output:
            # Half a surrogate pair, which a server may have sent, has no UTF-8; its escape has.
            sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
            sys.stdout.flush()
        else:
            try:
                Path(self.file).write_text(text, encoding="utf-8", errors="backslashreplace")
            except OSError as error:  # where the disk is full, it names no file
                raise OSError(error.errno, error.strerror, str(self.file)) from None


def destinations(texts: Iterable[str]) -> Sequence[Destination]:
    """The reports that `--report` asks for; each can be written, as far as can be known before.

    Raises:
        SettingsError: no such format, no file, a file that cannot be written, or one for two reports.
    """
    found = [_destination(text) for text in texts]
    for file, times in Counter(one.file for one in found).items():
        if times > 1:
            name = "standard output" if file == STANDARD_OUTPUT else file
            raise SettingsError(f"--report: {times} reports for {name}: give each its own file")
    for one in found:
        if not one.is_standard_output:
            check_writable(Path(one.file), "--report")
    return found


def _destination(text: str) -> Destination:
    form, sign, file = text.partition("=")
    if form not in FORMATS:
        raise SettingsError(
            f"--report: {form!r}: no such format{nearest(form, FORMATS)}; there are {', '.join(FORMATS)}"
        )
    if not sign or not file:
        raise SettingsError(f"--report: {text!r}: give a file, or - for standard output, e.g. {form}=report.{form}")
    return Destination(form, file)


def check_writable(path: Path, option: str) -> None:
    """See that a file can be written, and leave it as it is.

    Raises:
        SettingsError: it cannot.
    """
    is_new = not path.exists()
    try:
        with path.open("ab"):
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        raise SettingsError(f"{option}: {path}: {error.strerror}") from None


def check_new(path: Path, option: str) -> None:
    """See that a file can be written that does not exist yet: nobody's work is written over.

    Raises:
        SettingsError: it cannot, or it exists.
    """
    if path.exists():
        raise SettingsError(f"{option}: {path} exists already; give a new file, and join them by hand")
    check_writable(path, option)
