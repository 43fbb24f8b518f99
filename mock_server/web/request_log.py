"""What the mock says while it runs: one line a request, and what happens to itself. The only user of structlog.

`text` is for people: on a terminal, in colour, with the reason of a refusal. `json` is for programs that collect logs.
Requests are told as the journal has them, so secrets are masked here, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from mock_server.contract.secrets.secret_texts import printable
from mock_server.journal.entries import Entry
from mock_server.service.stores import Pending
from mock_server.settings import Settings

TOLD = ("session", "operation", "method", "path", "status", "refusal", "problems", "scenario", "fault", "duration_ms")
"""What a line of JSON says of a request; the journal has the rest."""

GREEN, YELLOW, RED, GREY, PLAIN = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[90m", "\x1b[0m"
COLOURS = re.compile("\x1b\\[[0-9]*m")
LONGEST_REASON = 300


class RequestLog:
    """Writes the lines of one process."""

    def __init__(self, log_format: str, out: TextIO) -> None:
        # Late, because a mock without a terminal needs none of it.
        import structlog  # noqa: PLC0415

        steps: list[Any] = [structlog.processors.TimeStamper("iso"), structlog.processors.add_log_level]
        shown = structlog.processors.JSONRenderer(ensure_ascii=False) if log_format == "json" else _line
        self._logger = structlog.wrap_logger(structlog.WriteLogger(out), processors=[*steps, shown])

    def request(self, pending: Pending) -> None:
        """Tell of a request that was answered."""
        entry: Entry = json.loads(pending.text())
        level = "warning" if entry["refusal"] or entry["fault"] else "info"
        with contextlib.suppress(OSError):  # a full disk under the log is no reason to answer nobody
            getattr(self._logger, level)("request", **{name: entry[name] for name in TOLD})

    def event(self, name: str, **facts: str | int | None) -> None:
        """Tell of something that happened to the mock itself."""
        with contextlib.suppress(OSError):
            self._logger.info(name, **facts)


def opened(settings: Settings, out: TextIO | None = None) -> RequestLog | None:
    """The log that the settings ask for: on a terminal, or as JSON anywhere; None where nobody is to be told."""
    out = out or sys.stdout
    wanted = not settings.quiet and (settings.log_format == "json" or out.isatty())
    return RequestLog(settings.log_format, out) if wanted else None


def _line(_logger: object, _level: str, event: Mapping[str, Any]) -> str:
    """One line for people; of texts that came with a request no control character reaches the terminal."""
    if event["event"] != "request":
        told = [value for key, value in event.items() if key not in ("event", "timestamp", "level")]
        return _one_line(" ".join(map(str, [event["event"], *told])))
    status = event["status"]
    colour = GREEN if status < 400 else YELLOW if status < 500 else RED  # noqa: PLR2004 - HTTP's classes
    told = [event["method"], event["path"], f"{event['duration_ms']:.1f} ms", *_notes(event)]
    first, *rest = (_one_line(str(part)) for part in told)
    line = f"{colour}{status}{PLAIN} {first} {rest[0]} {GREY}{rest[1]}{PLAIN} {'  '.join(rest[2:])}".rstrip()
    return COLOURS.sub("", line) if os.environ.get("NO_COLOR") else line


def _notes(event: Mapping[str, Any]) -> list[str]:
    """What is remarkable about a request: its session, scenario and fault, and why it was refused."""
    notes = [f"session {event['session']}"] if event["session"] != "default" else []
    notes += [f"{word} {event[word]}" for word in ("scenario", "fault") if event[word]]
    if event["refusal"]:
        problems = "; ".join(f"{place}: {' '.join(texts)}" for place, texts in event["problems"].items())
        reason = problems if problems.startswith("request: ") else f"{event['refusal']}: {problems}"
        notes.append(reason.removeprefix("request: ").removesuffix(": ")[:LONGEST_REASON])
    return notes


def _one_line(text: str) -> str:
    return printable(text).replace("\n", "\\n")
