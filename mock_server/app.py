"""The ASGI application: the only importer of connexion.

A request's way:

1. `ConsoleChecks` gathers its plain facts and lets `decision.examine` look for a reason to refuse it. That runs before
   Connexion's routing, because the console asks for the token, and for what the path names, before it looks at the
   method; Connexion would answer 404 and 405 first.
2. Connexion routes what is accepted to the stub of its operationId, and serves the Swagger UI.
3. `Stubs`, at the end of Connexion's stack, answers with `decision.conclude`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from connexion.middleware import ConnexionMiddleware
from connexion.middleware.abstract import ROUTING_CONTEXT
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.swagger_ui import SwaggerUIMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server import asgi, decision
from mock_server.answers import Answer, plain_error
from mock_server.control import Control
from mock_server.cors import Cors
from mock_server.decision import Console, Examined
from mock_server.requests import Request

EXAMINED = "rainbond_mock.examined"
DOCS = "/__mock__/docs"
DOCS_SPEC = f"{DOCS}/openapi.json"


@dataclass
class Sequence:
    """How often each request came. `unique` numbers them; otherwise each counts as the first."""

    unique: bool
    seen: Counter[str] = field(default_factory=Counter)

    def occurrence(self, console: Console, examined: Examined) -> int:
        if not self.unique:
            return 1
        key = decision.fingerprint(console, examined)
        self.seen[key] += 1
        return self.seen[key]


def build_app(console: Console, *, sequence: bool = False) -> ASGIApp:
    """The fake console as an ASGI application; `sequence` gives each of several identical requests its own id."""
    checks = partial(ConsoleChecks, console=console, control=Control(console), cors=Cors(console.contract.cors))
    app = ConnexionMiddleware(
        Stubs(console, Sequence(sequence)),
        import_name=__name__,
        middlewares=[checks, SwaggerUIMiddleware, RoutingMiddleware],
        resolver=Resolver(lambda operation_id: console.stubs[operation_id].__call__),
        swagger_ui_options=SwaggerUIOptions(swagger_ui_path=DOCS, spec_path=DOCS_SPEC),
    )
    app.add_api(_for_connexion(console), base_path="/")
    return app


class ConsoleChecks:
    """Refuses what the console refuses, before Connexion sees it."""

    def __init__(self, app: ASGIApp, *, console: Console, control: Control, cors: Cors) -> None:
        self.app = app
        self.console = console
        self.control = control
        self.cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await asgi.lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await asgi.read_request(scope, receive)
        except asgi.ClientGone:
            return
        send = asgi.with_headers(send, self.cors.headers(request))
        if request.path == DOCS or request.path.startswith(f"{DOCS}/"):
            await self._docs(scope, receive, send)
            return
        answer = self.cors.preflight(request) or self.control.answer(request) or self._options(request)
        if answer is None:
            examined = decision.examine(self.console, request)
            if examined.accepted:
                await self.app(_routable(scope, examined), receive, send)
                return
            answer = decision.refuse(self.console, examined)
        await asgi.send_answer(send, self.console.profile.finish(answer, request))

    async def _docs(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except HTTPException as error:
            await asgi.send_answer(send, plain_error(error.status_code, f"{scope['path']}: {error.detail}"))

    def _options(self, request: Request) -> Answer | None:
        return decision.options(self.console, request) if request.method == "OPTIONS" else None


class Stubs:
    """The end of Connexion's stack: answers an accepted request for the operation Connexion routed it to."""

    def __init__(self, console: Console, sequence: Sequence) -> None:
        self.console = console
        self.sequence = sequence

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions", {})
        examined: Examined | None = extensions.get(EXAMINED)
        if examined is None:  # a path beside the Swagger UI that Connexion has no route for
            raise HTTPException(404)
        stub = self.console.stubs[extensions[ROUTING_CONTEXT]["operation_id"]]
        occurrence = self.sequence.occurrence(self.console, examined)
        answer = decision.conclude(self.console, stub, examined, occurrence)
        await asgi.send_answer(send, self.console.profile.finish(answer, examined.request))


def _routable(scope: Scope, examined: Examined) -> Scope:
    """The scope with the path written as Connexion's router reads it: typed values, no reserved characters."""
    operation = examined.operation
    path = operation.path if operation else scope["path"]
    for name, value in examined.parameters.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    extensions = {**scope.get("extensions", {}), EXAMINED: examined}
    return {**scope, "path": path, "raw_path": path.encode(), "extensions": extensions}


def _for_connexion(console: Console) -> dict[str, Any]:
    """The contract with what Connexion needs: full paths below `/`, an operationId everywhere, this server first."""
    document: dict[str, Any] = dict(console.contract.document)
    paths: dict[str, Any] = {}
    nodes = [node for path, node in document["paths"].items() if path.startswith("/")]
    for node, item in zip(nodes, console.contract.path_items, strict=True):
        ids = {method.lower(): {"operationId": operation.id} for method, operation in item.operations.items()}
        paths[item.template] = {key: {**value, **ids[key]} if key in ids else value for key, value in node.items()}
    return {**document, "paths": paths, "servers": [{"url": "/"}]}
