"""The journal: what was asked of the mock and what it answered, with every secret masked before it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract import json_bodies, media_types
from mock_server.engine.catalogue import Catalogue
from mock_server.engine.matching import RequestView
from mock_server.engine.pipeline import CheckedRequest, MockDefinition, Reply
from mock_server.engine.profiles import ABSENT
from mock_server.journal.masking import LONGEST_TEXT, Masker, Masking

LONGEST_BODY = LONGEST_TEXT
"""Bytes of a body beyond which the journal keeps only its size."""


Entry = Mapping[str, Any]
"""One request in the journal, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A journal: entries from the oldest on, and how many older ones were dropped."""

    entries: tuple[Entry, ...] = ()
    dropped: int = 0


class JournalWriter:
    """Writes journal entries: pure, for one console."""

    def __init__(self, console: MockDefinition) -> None:
        tokens = console.directory.tokens if isinstance(console.directory, Catalogue) else ()
        self._masker = Masker(console.contract, tokens)

    def entry(self, session: str, time: datetime, duration: float, checked: CheckedRequest, reply: Reply) -> Entry:
        """What the journal keeps of a request; the store adds its id.

        Args:
            session: whose it is.
            time: when it was complete.
            duration: seconds until its answer was ready.
            checked: what was found out about it.
            reply: how it was answered.
        """
        request = checked.request
        body = body_value(checked)
        masking = self._masker.masking(request, body)
        refusal = checked.refusal
        return {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "session": session,
            "operation": checked.operation.id if checked.operation else None,
            "method": request.method,
            "path": masking.path(request.path),
            "path_parameters": masking.parameters(checked.parameters),
            "query": masking.query(request.query),
            "headers": masking.headers(request.headers),
            **_kept_body(masking, request.body, body),
            "valid": checked.accepted,
            "refusal": refusal.name if refusal else "unhandled" if checked.fault else None,
            "problems": masking.problems(_problems(checked)),
            "scenario": reply.scenario,
            "status": reply.answer.status,
            "media_type": reply.answer.header("Content-Type") or "",
            "answer_size": len(reply.answer.body),
            "example": reply.answer.example,
            "event_id": reply.event_id,
            "fault": reply.fault,
            "duration_ms": round(duration * 1000, 3),
        }


def body_value(checked: CheckedRequest) -> Any:
    """The body's value, read as well as it can be even where the request was refused before; ABSENT where none is."""
    raw = checked.request.body
    if not raw:
        return ABSENT
    if checked.body is not None:
        return checked.body
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw
    if "\0" in text:
        return raw
    try:
        return json_bodies.parse(text)
    except (json_bodies.JsonError, RecursionError):
        pass
    content_type = media_types.essence(checked.request.headers.get("content-type", ""))
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(text, keep_blank_values=True))
    return text


def _kept_body(masking: Masking, raw: bytes, value: Any) -> dict[str, Any]:
    if value is ABSENT:
        return {"body": None, "body_size": len(raw)}
    if isinstance(value, bytes) or len(raw) > LONGEST_BODY:
        reason = "not UTF-8 text" if isinstance(value, bytes) else f"over {LONGEST_BODY} bytes"
        return {"body": None, "body_size": len(raw), "body_left_out": reason}
    return {"body": masking.value(value), "body_size": len(raw)}


def _problems(checked: CheckedRequest) -> Mapping[str, Iterable[str]]:
    refusal = checked.refusal
    if refusal is None:
        return {}
    errors = refusal.variables.get("errors")
    if isinstance(errors, Mapping):
        return errors
    return {"request": [", ".join([refusal.name, *map(str, refusal.variables.values())])]}


# ---- facts that patterns look at


def facts_of(checked: CheckedRequest) -> RequestView:
    """What scenarios look at."""
    request = checked.request
    return RequestView(
        operation=checked.operation.id if checked.operation else None,
        path={name: str(value) for name, value in checked.parameters.items()},
        query=_query(request.query),
        headers=request.headers,
        body=body_value(checked),
    )


def facts_of_entry(entry: Entry) -> RequestView:
    """What verification looks at; secrets are masked in it."""
    no_body = entry["body"] is None and (not entry["body_size"] or "body_left_out" in entry)
    return RequestView(
        operation=entry["operation"],
        path={name: str(value) for name, value in entry["path_parameters"].items()},
        query=_query(entry["query"]),
        headers=entry["headers"],
        body=ABSENT if no_body else entry["body"],
    )


def _query(query: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = (*found.get(name, ()), value)
    return found
