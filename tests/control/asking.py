"""Asks one session of a mock: builds, and the mock's own endpoints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.mock.build_request import TOKEN, build, path
from tests.raw_http import RawAnswer, send

__all__ = ["TOKEN", "Ask", "path"]


@dataclass(frozen=True)
class Ask:
    url: str
    session: str = "default"

    def build(self, body: Any = None, *headers: tuple[str, str], **options: Any) -> RawAnswer:
        return build(self.url, body, ("X-Mock-Session", self.session), *headers, **options)

    def builds(self, count: int, body: Any = None, *headers: tuple[str, str]) -> list[int]:
        return [self.build(body, *headers).status for _ in range(count)]

    def own(self, method: str, endpoint: str, body: Any = None) -> RawAnswer:
        """One of `/__mock__/…`; a body that is no text is sent as JSON."""
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        headers = [("X-Mock-Session", self.session), ("Content-Type", "application/json")]
        return send(self.url, method, f"/__mock__/{endpoint}", headers, data)

    def scenarios(self, *scenarios: Mapping[str, Any] | str) -> None:
        """Give the session scenarios, as mappings or as one YAML text."""
        texts = [item for item in scenarios if isinstance(item, str)]
        body = texts[0] if texts else yaml.safe_dump({"scenarios": list(scenarios)})
        answer = self.own("PUT", "scenarios", body)
        assert answer.status == 200, answer.body.decode()

    def journal(self, query: str = "") -> list[dict[str, Any]]:
        answer = self.own("GET", f"requests{query}")
        assert answer.status == 200, answer.body.decode()
        found: list[dict[str, Any]] = json.loads(answer.body)["requests"]
        return found

    def verify(self, **expected: Any) -> tuple[int, dict[str, Any]]:
        answer = self.own("POST", "verify", expected)
        return answer.status, json.loads(answer.body)


def value(answer: RawAnswer) -> Any:
    return json.loads(answer.body)
