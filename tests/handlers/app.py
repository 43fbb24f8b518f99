"""Handlers that the tests of one mock share: the branch says how each is to behave."""

from __future__ import annotations

from typing import Any

import connexion


class Shop:
    """Whatever a team's own code may be."""


def _event_id(team_id: str, app_id: int) -> str:
    assert isinstance(app_id, int)
    return f"{team_id}{app_id:029d}"


async def buildComponent(team_id: str, app_id: int, body: dict[str, Any] | None = None, **_others: str) -> Any:  # noqa: N802 - the operation is called so
    match (body or {}).get("branch"):
        case "undocumented":
            return {"event_id": "a"}, 201
        case "wrong":
            return {"event_id": 12}
        case "text":
            return "hello", 200, {"Content-Type": "text/plain"}
        case "raises":
            raise LookupError("no such branch")
        case "abort":
            raise connexion.exceptions.ProblemException(status=409, title="Busy")
    return {"event_id": _event_id(team_id, app_id)}
