"""What is being served right now: it can be replaced as a whole between two requests."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from mock_server.engine.messages import Answer
from mock_server.service.mock_service import MockService
from mock_server.settings import Settings
from mock_server.web.app import build_app
from mock_server.web.compiled import CompiledWay
from mock_server.web.forwarding.proxy import Forwarding


class Live:
    """The service that answers, with both ways to it. A request that has begun ends where it began.

    Attributes:
        way: the compiled way; None where nothing is certain.
    """

    def __init__(self, service: MockService, settings: Settings) -> None:
        self._settings = settings
        self._forwarding = Forwarding(settings) if settings.upstream else None
        self.take(service)

    def take(self, service: MockService) -> None:
        """Let a service answer from the next request on."""
        self._app = build_app(service, self._settings, self._forwarding)
        is_possible = self._settings.compiled and self._forwarding is None
        self.way = CompiledWay.of(service, self._settings.max_body) if is_possible else None
        self.service = service

    def error(self, status: int, text: str) -> Answer:
        """An error as what is served now answers it."""
        return self.service.definition.responses.error(status, text)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "lifespan" and self._forwarding:
            await self._forwarding.close()
