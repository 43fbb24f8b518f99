"""Which of the journal's entries a request asks for: `?operation=&status=&session=&valid=&since=&limit=`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.source import nearest
from mock_server.journal.entries import Entry

MOST = 10**18
"""More entries than there can be."""

FILTERS = ("operation", "status", "session", "valid", "since", "limit")


class FilterError(ValueError):
    """A filter that cannot be used; the text names what is allowed."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are wanted.

    Attributes:
        session: the session whose they are; `*`: all; None: as the request says.
        since: entries after this id, or from this time on.
        limit: of how many of the newest at most.
        only: the one entry of this id.
    """

    operation: str | None = None
    status: str | None = None
    session: str | None = None
    valid: bool | None = None
    since: str | None = None
    limit: int | None = None
    only: int | None = None
    _time: datetime | None = field(default=None, repr=False)

    @property
    def last(self) -> int:
        """How many of a session's newest entries have to be looked at."""
        chooses = any(each is not None for each in (self.operation, self.status, self.valid, self.since, self.only))
        return MOST if self.limit is None or chooses else self.limit

    def newest(self, entries: Sequence[Entry]) -> list[Entry]:
        """Of the wanted entries, so many as there may be."""
        return list(entries) if self.limit is None else list(entries)[max(len(entries) - self.limit, 0) :]

    def wants_number(self, number: int) -> bool:
        """Whether an entry of this id may be wanted."""
        if self.only is not None:
            return number == self.only
        return self.since is None or self._time is not None or number > int(self.since)

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is wanted, whose id is."""
        if self.operation is not None and entry["operation"] != self.operation:
            return False
        if self.status is not None and not str(entry["status"]).startswith(self.status.rstrip("X")):
            return False
        if self.valid is not None and entry["valid"] != self.valid:
            return False
        return self._time is None or datetime.fromisoformat(entry["time"]) >= self._time


def read_filters(query: str, operations: Sequence[str]) -> Filters:
    """The filters in a query.

    Raises:
        FilterError: one is unknown, or has a value that is not allowed; all are named.
    """
    given = dict(parse_qsl(query, keep_blank_values=True))
    problems = [
        f"{name}: no such filter{nearest(name, FILTERS)}; allowed: {', '.join(FILTERS)}"
        for name in given
        if name not in FILTERS
    ]
    operation, status, valid, limit = (given.get(name) for name in ("operation", "status", "valid", "limit"))
    if operation is not None and operation not in operations:
        problems.append(
            f"operation: unknown {shown(operation)}{nearest(operation, operations)}; allowed: {', '.join(operations)}"
        )
    if status is not None and not _is_status(status):
        problems.append(
            f"status: {shown(status)} is not allowed; allowed: a status such as 409, or a range such as 4XX"
        )
    if valid not in (None, "true", "false"):
        problems.append(f"valid: {shown(valid)} is not allowed; allowed: true, false")
    if limit is not None and not (_is_number(limit)):
        problems.append(f"limit: {shown(limit)} is not allowed; allowed: a whole number")
    since = given.get("since")
    time = _time(since)
    if since is not None and time is None and not (_is_number(since)):
        text = f"since: {shown(since)} is not allowed; allowed: a request's id, or a time such as 2026-01-31T12:00:00Z"
        problems.append(text)
    if problems:
        raise FilterError("\n".join(problems))
    return Filters(
        operation=operation,
        status=status.upper() if status else None,
        session=given.get("session"),
        valid=None if valid is None else valid == "true",
        since=since,
        limit=int(limit) if limit is not None else None,
        _time=time,
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,18}", text) is not None


def _is_status(text: str) -> bool:
    return re.fullmatch(r"[1-5]([0-9]{2}|[Xx]{2})", text) is not None


def _time(text: str | None) -> datetime | None:
    if text is None or _is_number(text):
        return None
    try:
        # A `+` in a query stands for a blank.
        time = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
