"""The journal: what was asked of the fake and what it answered, with every secret masked before it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from mock_server import json_bodies, media_types
from mock_server.catalogue import Catalogue
from mock_server.decision import Console, Examined, Reply
from mock_server.masking import LONGEST_TEXT, Masker, Masking
from mock_server.matchers import Facts
from mock_server.profiles import ABSENT

LONGEST_BODY = LONGEST_TEXT
"""Bytes of a body beyond which the journal keeps only its size."""


Entry = Mapping[str, Any]
"""One request in the journal, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A journal: entries from the oldest on, and how many older ones were dropped."""

    entries: tuple[Entry, ...] = ()
    dropped: int = 0


class Scribe:
    """Writes journal entries: pure, for one console."""

    def __init__(self, console: Console) -> None:
        tokens = console.directory.tokens if isinstance(console.directory, Catalogue) else ()
        self._masker = Masker(console.contract, tokens)

    def entry(self, session: str, time: datetime, duration: float, examined: Examined, reply: Reply) -> Entry:
        """What the journal keeps of a request; the store adds its id.

        Args:
            session: whose it is.
            time: when it was complete.
            duration: seconds until its answer was ready.
            examined: what was found out about it.
            reply: how it was answered.
        """
        request = examined.request
        body = body_value(examined)
        masking = self._masker.masking(request, body)
        refusal = examined.refusal
        return {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "session": session,
            "operation": examined.operation.id if examined.operation else None,
            "method": request.method,
            "path": masking.path(request.path),
            "path_parameters": masking.parameters(examined.parameters),
            "query": masking.query(request.query),
            "headers": masking.headers(request.headers),
            **_kept_body(masking, request.body, body),
            "valid": examined.accepted,
            "refusal": refusal.name if refusal else "unhandled" if examined.fault else None,
            "problems": masking.problems(_problems(examined)),
            "scenario": reply.scenario,
            "status": reply.answer.status,
            "media_type": reply.answer.header("Content-Type") or "",
            "answer_size": len(reply.answer.body),
            "example": reply.answer.example,
            "event_id": reply.event_id,
            "fault": reply.fault,
            "duration_ms": round(duration * 1000, 3),
        }


def body_value(examined: Examined) -> Any:
    """The body's value, read as well as it can be even where the request was refused before; ABSENT where none is."""
    raw = examined.request.body
    if not raw:
        return ABSENT
    if examined.body is not None:
        return examined.body
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
    content_type = media_types.essence(examined.request.headers.get("content-type", ""))
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


def _problems(examined: Examined) -> Mapping[str, Iterable[str]]:
    refusal = examined.refusal
    if refusal is None:
        return {}
    errors = refusal.variables.get("errors")
    if isinstance(errors, Mapping):
        return errors
    return {"request": [", ".join([refusal.name, *map(str, refusal.variables.values())])]}


# ---- facts that patterns look at


def facts_of(examined: Examined) -> Facts:
    """What scenarios look at."""
    request = examined.request
    return Facts(
        operation=examined.operation.id if examined.operation else None,
        path={name: str(value) for name, value in examined.parameters.items()},
        query=_query(request.query),
        headers=request.headers,
        body=body_value(examined),
    )


def facts_of_entry(entry: Entry) -> Facts:
    """What verification looks at; secrets are masked in it."""
    no_body = entry["body"] is None and (not entry["body_size"] or "body_left_out" in entry)
    return Facts(
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
