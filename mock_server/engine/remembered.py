"""What a method, a path and credentials lead to: found out once, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mock_server.contract.security import SecurityScheme
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Request

MOST = 10_000
LONGEST_KEY = 2_000
"""Letters of a path, or of credentials, beyond which nothing is remembered."""

Run = Callable[[CheckedRequest], CheckedRequest]
Key = tuple[str | None, ...]


class Remembered:
    """The outcome of checks that look at nothing but a request's method, path and credentials.

    Args:
        run: those checks; what they refuse stands in the outcome.
        schemes: how callers prove who they are.
        by_query: whether paths are told apart by the query, too.
    """

    def __init__(self, run: Run, schemes: Iterable[SecurityScheme], *, by_query: bool = False) -> None:
        self._run = run
        schemes = list(schemes)
        carriers = {"cookie" if each.location == "cookie" else each.name.lower() for each in schemes}
        self._headers = tuple(sorted(carriers))
        self._has_query = by_query or any(each.location == "query" for each in schemes)
        self._outcomes: dict[Key, CheckedRequest] = {}

    def __call__(self, request: Request) -> CheckedRequest:
        """The outcome for a request."""
        credentials = [request.headers.get(name) for name in self._headers]
        key = request.method, request.path, request.query if self._has_query else None, *credentials
        known = self._outcomes.get(key)
        if known is not None:
            return known.knowing(request=request)
        found = self._run(CheckedRequest(request))
        if sum(len(part) for part in key if part) <= LONGEST_KEY:
            if len(self._outcomes) >= MOST:
                self._outcomes.clear()
            # Without its body, that of one request is not kept for another.
            self._outcomes[key] = found.knowing(request=Request(request.method, request.path))
        return found
