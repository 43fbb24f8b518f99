"""Sessions: which of the many tests that share one mock a request belongs to.

A client names its session in the header `X-Mock-Session`. One that cannot send headers of its own, such as the
pipeline under test, uses a base URL of the session: `/__mock__/sessions/NAME`, before the path of the contract.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, unquote

from mock_server.contract.document.diagnostics import shown
from mock_server.engine.messages import Request

DEFAULT = "default"
ALL = "*"
HEADER = "x-mock-session"
BASE = "/__mock__/sessions/"
LONGEST = 200


class SessionError(ValueError):
    """A name that no session can have."""


def base_path(session: str) -> str:
    """What stands before the contract's paths in a session's own URLs."""
    return BASE + quote(session, safe="")


def assign(request: Request) -> tuple[str, Request]:
    """A request's session, and the request with the contract's path.

    Raises:
        SessionError: the name is not one that a session can have.
    """
    if request.path.startswith(BASE):
        name, slash, rest = request.path.removeprefix(BASE).partition("/")
        if slash and name:
            return checked(unquote(name), "the session in the path"), replace(request, path=f"/{rest}")
    name = request.headers.get(HEADER, "")
    return (checked(name, "X-Mock-Session") if name else DEFAULT), request


def checked(name: str, where: str) -> str:
    """The name itself.

    Raises:
        SessionError: it is none a session can have.
    """
    if not re.fullmatch(rf"[!-~]([ -~]{{0,{LONGEST - 2}}}[!-~])?", name) or name == ALL:
        raise SessionError(
            f"{where}: {shown(name)} is not allowed; allowed: 1 to {LONGEST} visible ASCII characters, not '*'"
        )
    return name
