"""Reads the documents to compare: from files, and from revisions of git (`HEAD~1:spec/openapi.yaml`)."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from contract_tests.diff.comparison import compare
from contract_tests.diff.document import Part, document
from contract_tests.diff.rules import Change
from mock_server.contract.document.source import SourceError, load_source, nearest

OF_REVISION = re.compile(r"(?P<revision>[^:-][^:]+):(?P<path>[^/].*)")
WRITTEN_IN = (".yaml", ".yml", ".json")


def changes_between(old: str, new: str) -> tuple[Change, ...]:
    """What changed from one document to another; each is a file, or `REVISION:PATH` with the path from git's root.

    Raises:
        SourceError: one of them cannot be read, or is no OpenAPI 3 document.
    """
    with TemporaryDirectory() as folder:
        names = [_Name(old, Path(folder) / "old"), _Name(new, Path(folder) / "new")]
        try:
            before, after = (name.read() for name in names)
            return tuple(_renamed(change, names) for change in compare(before, after))
        except SourceError as error:
            raise SourceError(_shown(str(error), names)) from None


def pairs(old: str, new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The names to compare. Where `old` is a revision alone, each file with itself there, unless it is new.

    Raises:
        SourceError: there are several new files, and `old` is no revision.
    """
    if Path(old).exists() or OF_REVISION.fullmatch(old) or not _is_revision(old):
        if len(new) > 1:
            raise SourceError(f"{old}: no revision of git, so it can be compared with one file, not with {len(new)}")
        yield old, new[0]
        return
    for name in new:
        path = _git("ls-tree", "--name-only", "--full-name", old, "--", name).decode().strip()
        if path:
            yield f"{old}:{path}", name


def _is_revision(name: str) -> bool:
    try:
        return not name.startswith("-") and bool(_git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"))
    except SourceError:
        return False


@dataclass(frozen=True, slots=True)
class _Name:
    """What the user called a document, and a folder for what comes out of a revision."""

    text: str
    folder: Path

    def read(self) -> Part:
        found = OF_REVISION.fullmatch(self.text)
        if found is None or Path(self.text).is_file():
            return document(load_source(self.text))
        _export(found["revision"], found["path"], self.folder)
        return document(load_source(self.folder / found["path"]))


def _shown(text: str, names: Iterable[_Name]) -> str:
    """The text with the names that the user gave in place of the folders."""
    for name in names:
        text = text.replace(f"{name.folder}/", f"{name.text.partition(':')[0]}:")
    return text


def _renamed(change: Change, names: Iterable[_Name]) -> Change:
    return replace(change, old=_shown(change.old, names), new=_shown(change.new, names))


def _export(revision: str, path: str, folder: Path) -> None:
    """Write a file as a revision has it, with those beside it that it may refer to."""
    root = _git("rev-parse", "--show-toplevel").decode().strip()
    beside = str(PurePosixPath(path).parent)
    listed = _git("-C", root, "ls-tree", "-r", "-z", "--name-only", revision, "--", f"{beside}/", path).decode()
    files = [name for name in listed.split("\0") if name.endswith(WRITTEN_IN) or name == path]
    if path not in files:
        raise SourceError(f"{revision}:{path}: no such file in this revision{nearest(path, files)}")
    archive = _git("-C", root, "archive", "--format=tar", revision, "--", *files)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(*arguments: str) -> bytes:
    try:
        found = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - no shell
    except OSError:
        raise SourceError("git is not installed, so no revision can be read; give two files") from None
    if found.returncode:
        told = found.stderr.decode("utf-8", "replace").strip() or f"ended with {found.returncode}"
        raise SourceError(f"git: {told.splitlines()[0]}")
    return found.stdout
