"""Security schemes: what credentials a request carries, and whether they look as the contract says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from mock_server.contract.expressions import Expression


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a caller proves who they are.

    Attributes:
        key: the scheme's name in the contract.
        kind: `apiKey`, `http`, `oauth2` or `openIdConnect`.
        location: where an apiKey travels: `header`, `query` or `cookie`.
        name: the header, query parameter or cookie of an apiKey; `Authorization` for the other kinds.
        scheme: the scheme in front of the credentials (`bearer`, `basic`); empty for an apiKey.
        pattern: what credentials look like (`x-pattern`).
        refused_with: the example that answers anyone who sends it (`x-refused-with`).
    """

    key: str
    kind: str
    location: str
    name: str
    scheme: str
    pattern: Expression
    refused_with: str | None

    def accepts(self, credentials: str) -> bool:
        """Whether credentials look as the contract says."""
        return self.pattern.finds(credentials)

    def credentials(self, headers: Mapping[str, str], query: str) -> str | None:
        """What a request sends for this scheme, by its headers (lower-case names) and query; None where it is nothing.

        For an `http` scheme that is what follows the scheme's name.
        """
        if self.location == "query":
            found = dict(parse_qsl(query)).get(self.name)
        elif self.location == "cookie":
            cookies = (cookie.strip().partition("=") for cookie in headers.get("cookie", "").split(";"))
            found = {name: value for name, _, value in cookies}.get(self.name)
        else:
            found = headers.get(self.name.lower())
        found = (found or "").strip()
        if self.scheme:
            scheme, _, found = found.partition(" ")
            found = found.strip() if scheme.lower() == self.scheme else ""
        return found or None
