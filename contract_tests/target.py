"""What is verified: a server at a URL, or the mock in this process, with the identity to use there."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from contract_tests.identity import Identity
from contract_tests.wire import Request, Unreachable, Wire

HEALTH = "/__mock__/health"


@dataclass(frozen=True, slots=True)
class Target:
    """A server.

    Attributes:
        open_world: it says that it knows no ids and no tokens: all that have the right form exist.
        ids_by_request: it says that the same request gets the same event id.
    """

    url: str
    identity: Identity
    open_world: bool = False
    ids_by_request: bool = False


def look(url: str, identity: Identity, timeout: float) -> Target:
    """Ask a server what it is. A fake console of this kit says what it does not know; any other says nothing.

    Raises:
        Unreachable: no connection can be made.
    """
    wire = Wire(url, timeout)
    try:
        answer = wire.send(Request("GET", HEALTH, closing=True)).answer
    finally:
        wire.close()
    said = _said(answer.body) if answer is not None and answer.accepted else {}
    return Target(
        url.rstrip("/"),
        identity,
        open_world=said.get("catalogue") is False,
        ids_by_request=said.get("event_ids") == "request",
    )


def _said(body: bytes) -> dict[str, object]:
    with contextlib.suppress(ValueError):
        value = json.loads(body)
        if isinstance(value, dict) and isinstance(value.get("contract"), dict):
            return value
    return {}


@contextlib.contextmanager
def in_process(identity: Identity, timeout: float = 10.0) -> Iterator[Target]:
    """The kit's own mock, in this process, on a free port."""
    from mock_server.server import running
    from mock_server.settings import Settings

    with running(Settings(event_ids="sequence")) as mock:
        yield look(mock.url, identity, timeout)


__all__ = ["HEALTH", "Target", "Unreachable", "in_process", "look"]
