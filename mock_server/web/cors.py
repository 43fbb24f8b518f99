"""Browsers of other origins: what the contract's `x-cors` says they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.engine.messages import Answer, Request

OWN_HEADERS = ("prefer", "x-mock-session")
"""Request headers of the mock alone, which a browser must be allowed to send too."""


class Cors:
    """Answers for browsers; without rules, only the mock's own headers are allowed, to any origin."""

    def __init__(self, rules: Mapping[str, Any] | None) -> None:
        rules = rules or {}
        self.allow_headers = ", ".join((*rules.get("allow-headers", ()), *OWN_HEADERS))
        self.allow_methods = ", ".join(rules.get("allow-methods", ("GET", "POST", "PUT", "PATCH", "DELETE")))
        self.max_age = str(rules.get("max-age", 600))

    def headers(self, request: Request) -> dict[str, str]:
        """What every answer to a request with an Origin carries."""
        origin = request.headers.get("origin")
        if not origin:
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}

    def preflight(self, request: Request) -> Answer | None:
        """The answer to a preflight; None where the request is none."""
        if request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
            return None
        headers = (
            ("Content-Type", "text/html; charset=utf8"),
            ("Vary", "origin"),
            ("Access-Control-Allow-Headers", self.allow_headers),
            ("Access-Control-Allow-Methods", self.allow_methods),
            ("Access-Control-Max-Age", self.max_age),
        )
        return Answer(200, headers, b"")
