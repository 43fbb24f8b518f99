"""The journal: what was asked of the mock and what it answered, with every secret masked before it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mock_server.contract.media import json_bodies
from mock_server.engine.catalogue import Catalogue
from mock_server.engine.checked import CheckedRequest, query_values
from mock_server.engine.matching import RequestView
from mock_server.engine.messages import ABSENT, Request
from mock_server.engine.pipeline import MockDefinition, Reply, check
from mock_server.journal.masking import LONGEST_TEXT, Masker, Masking

LONGEST_BODY = LONGEST_TEXT
"""Bytes of a body beyond which the journal keeps only its size."""


ENTRY_SIZE = 1_000
"""Bytes that an entry takes beside what was sent."""

Entry = Mapping[str, Any]
"""One request in the journal, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was read of a journal.

    Attributes:
        entries: the wanted ones, the oldest first.
        total: how many there are.
        dropped: how many older ones made room.
        gaps: why others may be missing.
    """

    entries: tuple[Entry, ...] = ()
    total: int = 0
    dropped: int = 0
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A request and its reply as plain facts; the masked entry is made of them when it is read.

    Attributes:
        began: when the request was complete, in seconds since 1970.
        duration: seconds until its answer was sent.
        request: as plain facts, which say the same once they are checked, or, where it has no body to take room, with
            what was found out about it.
    """

    writer: JournalWriter
    session: str
    began: float
    duration: float
    request: CheckedRequest | Request
    reply: Reply

    @property
    def size(self) -> int:
        """About how many bytes it takes until it is read."""
        request = self._plain
        size = ENTRY_SIZE + len(request.path) + len(request.query) + len(request.body)
        for name, value in request.headers.items():
            size += len(name) + len(value)
        return size

    @property
    def _plain(self) -> Request:
        return self.request.request if isinstance(self.request, CheckedRequest) else self.request

    def text(self) -> str:
        """The masked entry as JSON text, without its id."""
        request = self.request
        checked = request if isinstance(request, CheckedRequest) else check(self.writer.definition, request)
        return json.dumps(self.writer.entry(self, checked))


class JournalWriter:
    """Writes journal entries: pure, for one mock."""

    def __init__(self, definition: MockDefinition) -> None:
        self.definition = definition
        tokens = definition.directory.tokens if isinstance(definition.directory, Catalogue) else ()
        self._masker = Masker(definition.contract, tokens)

    def entry(self, pending: PendingEntry, checked: CheckedRequest) -> Entry:
        """What the journal keeps of a request; the store adds its id."""
        request, reply = checked.request, pending.reply
        # Of what is too long to be kept, a part is enough to know the secrets that messages may quote.
        is_kept = len(request.body) <= LONGEST_BODY
        body = checked.readable_body if is_kept else request.body[:LONGEST_BODY].decode("utf-8", "replace")
        masking = self._masker.masking(request, body)
        time = datetime.fromtimestamp(pending.began, UTC).isoformat(timespec="milliseconds")
        return {
            "time": time.replace("+00:00", "Z"),
            "session": pending.session,
            "operation": checked.operation.id if checked.operation else None,
            "method": request.method,
            "path": masking.path(request.path),
            "path_parameters": masking.parameters(checked.parameters),
            "query": masking.query(request.query),
            "headers": masking.headers(request.headers),
            **_kept_body(masking, request.body, body),
            "valid": checked.accepted,
            "refusal": checked.refused_for,
            "problems": masking.problems(checked.problems),
            "scenario": reply.scenario,
            "status": reply.answer.status,
            "media_type": reply.answer.header("Content-Type") or "",
            "answer_size": len(reply.answer.body) if reply.size is None else reply.size,
            "answered_by": reply.origin,
            "answer_problems": [masking.text(text) for text in reply.problems],
            "example": reply.answer.example,
            "event_id": reply.answer.event_id,
            "fault": reply.fault,
            "duration_ms": round(pending.duration * 1000, 3),
        }

    def masked(self, value: object) -> object:
        """A value with every secret in it masked."""
        return self._masker.masking(Request("", ""), value).value(value)

    def answer_text(self, pending: PendingEntry) -> str:
        """The body of an answer, as text with every secret masked; empty where it is no text, or was not kept whole."""
        answer, checked = pending.reply.answer, pending.request
        if not isinstance(checked, CheckedRequest) or pending.reply.size not in (None, len(answer.body)):
            return ""
        masking = self._masker.masking(checked.request, checked.readable_body)
        try:
            text = json_bodies.decode(answer.body)
            return json_bodies.dump(masking.value(json_bodies.parse(text))).decode()
        except json_bodies.JsonError:
            return masking.text(answer.body.decode("utf-8", "replace"))


def _kept_body(masking: Masking, raw: bytes, value: object) -> dict[str, object]:
    if value is ABSENT:
        return {"body": None, "body_size": len(raw)}
    if isinstance(value, bytes) or len(raw) > LONGEST_BODY:
        reason = "not UTF-8 text" if isinstance(value, bytes) else f"over {LONGEST_BODY} bytes"
        return {"body": None, "body_size": len(raw), "body_left_out": reason}
    return {"body": masking.value(value), "body_size": len(raw)}


def view_of_entry(entry: Entry) -> RequestView:
    """What verification looks at; secrets are masked in it."""
    no_body = entry["body"] is None and (not entry["body_size"] or "body_left_out" in entry)
    return RequestView(
        operation=entry["operation"],
        path={name: str(value) for name, value in entry["path_parameters"].items()},
        query=query_values(entry["query"]),
        headers=entry["headers"],
        body=ABSENT if no_body else entry["body"],
    )
