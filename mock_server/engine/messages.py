"""What goes in and out: requests and answers as plain facts, free of any framework's types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


class Absent:
    """The body that was not sent."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Request:
    """The plain facts of a request.

    Attributes:
        method: as sent, upper case.
        path: percent-encoded, without the query.
        query: as sent, without the question mark.
        headers: values by lower-case name; one that was sent several times is joined with `, `.
        body: the bytes after any transfer coding was undone.
        chunked: whether the body came in chunks, without a length.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False

    @classmethod
    def build(
        cls, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"", query: str = ""
    ) -> Request:
        """A request whose header names may be in any case and repeat."""
        joined: dict[str, str] = {}
        for name, value in headers:
            key = name.lower()
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
        chunked = "chunked" in joined.get("transfer-encoding", "").lower()
        return cls(method.upper(), path, query, joined, body, chunked)


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    Attributes:
        example: the name of the example it was made from, if it was.
        event_id: the request's event id, where the answer carries it.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    example: str | None = None
    event_id: str | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_headers(self, headers: Mapping[str, str | None]) -> Answer:
        """The same answer with some headers set; None takes one away."""
        if not headers:
            return self
        changed = {name.lower() for name in headers}
        kept = tuple((name, value) for name, value in self.headers if name.lower() not in changed)
        added = tuple((name, value) for name, value in headers.items() if value is not None)
        return replace(self, headers=(*kept, *added))


class Refused(Exception):
    """The request is refused with a named answer of the contract.

    Attributes:
        name: the example's name.
        variables: what its variable parts are this time.
    """

    def __init__(self, name: str, **variables: object) -> None:
        super().__init__(name)
        self.name = name
        self.variables: Mapping[str, object] = variables


class ProviderError(Exception):
    """The provider's own software fails on this request; only a faithful copy of its faults raises it.

    Attributes:
        name: of the answer that the contract has for it (`x-faults`).
        variables: what its variable parts are this time.
    """

    def __init__(self, name: str, **variables: object) -> None:
        super().__init__(name)
        self.name = name
        self.variables: Mapping[str, object] = variables
