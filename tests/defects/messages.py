"""What travels: a request as it comes off the wire, and an answer before it goes onto it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One request. `target` is the raw path with its query, as the client sent it; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.target.partition("?")[2])

    @property
    def media_type(self) -> str:
        """The media type alone: lower-case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def having(self, **headers: str) -> Request:
        """The same request with other headers, their names written with underscores."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **changed})

    def without(self, header: str) -> Request:
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        name: the contract's name of it, e.g. `team-not-found`; `accepted` for a build.
        delay: seconds that pass before it is sent.
        cut: how many of its bytes are never sent, although Content-Length announces them.
    """

    name: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    cut: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def with_json(self, value: Any, status: int | None = None) -> Answer:
        return replace(self, body=compact(value), status=self.status if status is None else status)

    def with_text(self, text: str, media_type: str) -> Answer:
        return replace(self, body=text.encode()).with_headers({"Content-Type": media_type})

    def with_headers(self, changes: Mapping[str, str | None]) -> Answer:
        """The same answer with these headers changed; None takes a header away."""
        headers = {**self.headers, **changes}
        return replace(self, headers={name: value for name, value in headers.items() if value is not None})


def compact(value: Any) -> bytes:
    """JSON as the console writes it: no blanks, Chinese as it is, and always UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
