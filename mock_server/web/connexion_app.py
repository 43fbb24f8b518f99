"""Connexion: serves the Swagger UI, and routes to the handlers of operations. The only importer of connexion.

It is imported and built when it is first needed, because both take longer than everything else at the start.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import wraps
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from mock_server.contract.media import media_types
from mock_server.contract.model import JSON_MEDIA_TYPE, Contract, Operation
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Answer
from mock_server.loaders.handlers import Handler, HandlerFailed
from mock_server.web.documents import for_connexion, routable_path

with warnings.catch_warnings():
    # It imports a test client that nobody here uses, and that complains about the HTTP client it finds.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    from connexion import AsyncApp
    from connexion.exceptions import NonConformingResponse
    from connexion.lifecycle import ConnexionResponse
    from connexion.middleware.context import ContextMiddleware
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.routing import RoutingMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.options import SwaggerUIOptions
    from connexion.resolver import Resolver

DOCS = "/__mock__/docs"
DOCS_SPEC = f"{DOCS}/openapi.json"


class ConnexionApp:
    """Connexion with a contract, the handlers of some of its operations, and stubs for the others.

    Args:
        handlers: the user's, by operation id.
    """

    def __init__(self, contract: Contract, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._contract = contract
        self._app = AsyncApp(
            __name__,
            middlewares=[ExceptionMiddleware, SwaggerUIMiddleware, RoutingMiddleware, ContextMiddleware],
            resolver=Resolver(self._function),
            swagger_ui_options=SwaggerUIOptions(swagger_ui_path=DOCS, spec_path=DOCS_SPEC),
        )
        self._app.add_api(for_connexion(contract))
        for kind in (HandlerFailed, NonConformingResponse):
            self._app.add_error_handler(kind, _failed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def handle(self, checked: CheckedRequest, scope: Scope) -> Answer | None:
        """What the handler of an accepted request's operation answers; None where it has only a stub.

        Raises:
            HandlerFailed: it raised an error, whose traceback stands on standard error then.
        """
        collected = _Collected()
        await self._app(_routable(scope, checked), _receive(checked.request.body), collected)
        return collected.answer()

    def _function(self, operation_id: str) -> object:
        """The function that Connexion calls for an operation."""
        handler = self._handlers.get(operation_id)
        if handler is None:
            return _stub
        operation = self._contract.operation(operation_id)
        return _guarded(handler, _usual_media_type(operation) if operation else JSON_MEDIA_TYPE)


STUB, FAILED = "x-mock-stub", "x-mock-failed"
"""Headers by which what Connexion answers tells that no handler did."""


def _stub(**_arguments: object) -> Response:
    """The handler of an operation nobody wrote one for: the mock answers in its place."""
    return Response(status_code=204, headers={STUB: "yes"})


def _failed(_request: object, error: Exception) -> ConnexionResponse:
    return ConnexionResponse(status_code=500, headers={FAILED: "yes"}, body=getattr(error, "detail", str(error)))


def _guarded(handler: Handler, media_type: str) -> object:
    """A handler whose errors are told, and whose plain values have the operation's media type."""

    @wraps(handler.function)
    async def answer(**arguments: object) -> object:
        try:
            if inspect.iscoroutinefunction(handler.function):
                result = await handler.function(**arguments)
            else:
                result = await asyncio.to_thread(handler.function, **arguments)
        except Exception as error:
            raise _told(handler, error) from error
        return _with_media_type(result, media_type)

    return answer


def _told(handler: Handler, error: Exception) -> Exception:
    """The error as it is to be raised: Connexion's and Starlette's own are answers."""
    if hasattr(error, "status_code") or hasattr(error, "status"):
        return error
    sys.stderr.write("".join(traceback.format_exception(error)))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == handler.file]
    place = f"{handler.file}:{frames[-1].lineno}" if frames else handler.file
    return HandlerFailed(f"{type(error).__name__}: {error} ({place})")


def _with_media_type(result: object, media_type: str) -> object:
    """The result with a Content-Type where it is a plain value, a status, or both."""
    body, *more = result if isinstance(result, tuple) else (result,)
    if hasattr(body, "status_code") or any(isinstance(each, Mapping) for each in more):
        return result
    status = next((int(each) for each in more if isinstance(each, int)), 204 if body is None else 200)
    return body, status, {} if body is None else {"Content-Type": media_type}


def _usual_media_type(operation: Operation) -> str:
    response = operation.success
    names = [media_type.name for media_type in response.content] if response else []
    return next((name for name in names if media_types.is_json(name)), next(iter(names), JSON_MEDIA_TYPE))


@dataclass
class _Collected:
    """A `send` that keeps what is sent."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def answer(self) -> Answer | None:
        texts = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers]
        names = {name for name, _ in texts}
        if FAILED in names:
            raise HandlerFailed(self.body.decode())
        if STUB in names:
            return None
        kept = tuple((name.title(), value) for name, value in texts if name != "content-length")
        return Answer(self.status, kept, self.body)


def _receive(body: bytes) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


def _routable(scope: Scope, checked: CheckedRequest) -> Scope:
    """The scope with the path written as Connexion's router reads it: typed values, no reserved characters."""
    texts = {name: quote(str(value), safe="") for name, value in checked.parameters.items()}
    path = routable_path(checked.operation, texts) if checked.operation else scope["path"]
    return {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
