"""What a request is made of, free of any framework's request type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


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
        message: the exception's text.
        type: the exception's class, as the provider's language names it.
    """

    def __init__(self, message: str, type_name: str) -> None:
        super().__init__(message)
        self.message = message
        self.type = type_name
