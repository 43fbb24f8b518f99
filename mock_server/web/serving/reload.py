"""Takes changed files over while the mock serves: contract, catalogue, scenarios. The only user of watchfiles.

What cannot be used changes nothing: the last good files go on to be served, and the mock says what is wrong and where.
Sessions, their state and the journal stay.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from mock_server.contract.document.source import SourceError
from mock_server.engine.pipeline import MockDefinition
from mock_server.service.background import beside
from mock_server.settings import Settings
from mock_server.web.factory import build_definition, read_scenario_file
from mock_server.web.live import Live

BEGAN = time.time_ns()
UNKNOWN = (0, 0, 0)
EVERY = 1_000
"""Milliseconds between two looks where the file system tells of no change, as some in a network do not."""

Tell = Callable[[str], None]
Looks = dict[Path, tuple[int, int, int] | None]
"""Each file with what changes when it does; None where there is no such file."""


@contextlib.contextmanager
def reloading(live: Live, settings: Settings, tell: Tell) -> Iterator[None]:
    """Take changes over while the block runs, and tell of each in one line."""
    if not settings.reload or not _files(settings, live.service.definition):
        yield
        return
    with beside("reload", Reloader(live, settings, tell).run):
        yield


class Reloader:
    """Looks for changes and takes them over."""

    def __init__(self, live: Live, settings: Settings, tell: Tell) -> None:
        self._live = live
        self._settings = settings
        self._tell = tell
        # What changed since this process began may have been read before or after; it is read again.
        files = look(_files(settings, live.service.definition))
        self._seen: Looks = {file: seen if seen and seen[1] < BEGAN else UNKNOWN for file, seen in files.items()}

    def run(self, ended: threading.Event) -> None:
        """Watch the folders of all files until the end; another set of files is watched anew."""
        # Late, because it starts a thread of its own when it is imported.
        import watchfiles  # noqa: PLC0415

        watch = partial(watchfiles.watch, watch_filter=None, recursive=False, step=20)
        while not ended.is_set():
            self.check()
            folders = self._folders()
            for _ in watch(*folders, stop_event=ended, rust_timeout=EVERY, yield_on_timeout=True):
                self.check()
                if folders != self._folders():
                    break

    def _folders(self) -> list[Path]:
        return sorted({file.parent for file in self._seen if file.parent.is_dir()})

    def check(self) -> None:
        """Take changed files over, if there are any."""
        now = look(self._seen)
        if now == self._seen:
            return
        changed = sorted(str(file) for file in now if now[file] != self._seen[file])
        self._seen = now
        service = self._live.service
        try:
            definition = build_definition(self._settings)
            renewed = service.renewed(definition, read_scenario_file(self._settings, definition))
        except (SourceError, OSError) as error:
            service.reload_error = str(error)
            self._tell(f"not reloaded, the last good version goes on: {error}")
            return
        self._live.take(renewed)
        self._seen = {**look(_files(self._settings, definition)), **{file: now[file] for file in now}}
        self._tell(f"reloaded: {', '.join(changed)}")


def look(files: Iterator[Path] | Looks | tuple[Path, ...]) -> Looks:
    """What the files look like now; a link is followed, as a mounted configuration is one that is replaced."""
    found: Looks = {}
    for file in files:
        try:
            about = file.stat()
        except OSError:
            found[file] = None
        else:
            found[file] = (about.st_ino, about.st_mtime_ns, about.st_size)
    return found


def _files(settings: Settings, definition: MockDefinition) -> tuple[Path, ...]:
    """The user's files that the mock was made from."""
    own = definition.contract.files if isinstance(settings.spec, Path) else ()
    named = (settings.catalogue, settings.scenarios)
    return tuple(file.absolute() for file in (*own, *named) if file is not None)


def to_stderr(text: str) -> None:
    sys.stderr.write(f"rainbond-mock: {text}\n")
