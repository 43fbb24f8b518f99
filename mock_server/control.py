"""The fake's own endpoints: health, and the contract it serves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from mock_server import json_bodies
from mock_server.answers import Answer, plain_error
from mock_server.decision import Console
from mock_server.requests import Request
from mock_server.yaml_source import nearest

OWN = "/__mock__"


class Control:
    """Answers what is not part of the contract."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._routes: Mapping[str, Callable[[], Answer]] = {
            "/openapi.json": self._contract_json,
            "/openapi.yaml": self._contract_yaml,
            f"{OWN}/health": self._health,
        }

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None where the path is not one of the fake's own."""
        route = self._routes.get(request.path)
        if route is None:
            return self._unknown(request.path) if request.path.startswith(f"{OWN}/") else None
        if request.method not in ("GET", "HEAD"):
            answer = plain_error(405, f"{request.method} {request.path}: allowed: GET, HEAD")
            return answer.with_headers({"Allow": "GET, HEAD"})
        return route()

    def _unknown(self, path: str) -> Answer:
        known = sorted(self._routes)
        return plain_error(404, f"{path}: no such endpoint{nearest(path, known)}; there are: {', '.join(known)}")

    def _health(self) -> Answer:
        contract = self._console.contract
        value = {
            "status": "ok",
            "contract": {"title": contract.document["info"]["title"], "digest": contract.digest},
            "profile": self._console.profile.name,
            "operations": [operation.id for operation in contract.operations],
        }
        return _json(json_bodies.dump(value))

    def _contract_json(self) -> Answer:
        return _json(json.dumps(self._console.contract.document, ensure_ascii=False, default=str).encode())

    def _contract_yaml(self) -> Answer:
        """The file itself, comments and all."""
        return Answer(200, (("Content-Type", "application/yaml"),), Path(self._console.contract.source.name).read_bytes())


def _json(body: bytes) -> Answer:
    return Answer(200, (("Content-Type", "application/json"),), body)
