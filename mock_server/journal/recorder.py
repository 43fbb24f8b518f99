"""Writes exchanges into an HTTP Archive as they come, secrets masked. The file is whole after each of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mock_server.journal.entries import PendingEntry
from mock_server.journal.har import archive

END = b"]}}\n"


class Recorder:
    """One archive.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, file: Path, url: str) -> None:
        self._url = url
        self._count = 0
        head = json.dumps(archive((), url)).removesuffix("]}}")
        self._file = file.open("wb+")
        self._file.write(head.encode() + END)
        self._file.flush()

    def keep(self, pending: PendingEntry) -> None:
        """Add an exchange, with the body of its answer."""
        self._count += 1
        entry = {"id": str(self._count), **json.loads(pending.text())}
        found: dict[str, Any] = archive((entry,), self._url)["log"]["entries"][0]
        content = found["response"]["content"]
        content["text"] = pending.writer.answer_text(pending)
        text = ("," if self._count > 1 else "") + json.dumps(found, ensure_ascii=False)
        self._file.seek(-len(END), 2)
        self._file.write(text.encode("utf-8", "backslashreplace") + END)
        self._file.flush()

    def close(self) -> None:
        """Nothing is left to be written."""
        self._file.close()
