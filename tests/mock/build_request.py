"""The build request that the tests vary."""

from __future__ import annotations

import json
from typing import Any

from tests.raw_http import RawAnswer, send

TOKEN = "0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"
TEAM, REGION, APP, COMPONENT = "citeam01", "rainbond", "1", "5c000000000000000000000000000001"
JSON = ("Content-Type", "application/json")


def path(team: str = TEAM, region: str = REGION, app: str = APP, component: str = COMPONENT) -> str:
    return f"/openapi/v1/teams/{team}/regions/{region}/apps/{app}/services/{component}/build"


def build(
    url: str,
    body: Any = None,
    *headers: tuple[str, str],
    method: str = "POST",
    at: str | None = None,
    token: str | None = TOKEN,
    content_type: str | None = "application/json",
    chunked: bool = False,
) -> RawAnswer:
    """Ask for a build. A body that is neither bytes nor None is sent as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    sent = list(headers)
    if token is not None:
        sent.append(("Authorization", token))
    if body is not None and content_type is not None:
        sent.append(("Content-Type", content_type))
    return send(url, method, at or path(), sent, body, chunked=chunked)
