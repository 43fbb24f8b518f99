"""The ASGI application: the only importer of connexion.

A request's way:

1. `ConsoleChecks` gathers its plain facts and lets `decision.examine` look for a reason to refuse it. That runs before
   Connexion's routing, because the console asks for the token, and for what the path names, before it looks at the
   method; Connexion would answer 404 and 405 first. Then the director says whether it is a scenario's turn.
2. Connexion routes what is accepted to the stub of its operationId, and serves the Swagger UI.
3. `Stubs`, at the end of Connexion's stack, answers with `decision.conclude`.
4. `deliver` waits as long as the reply is to take, writes the journal, and sends the answer, or lets the network fail.
"""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from functools import partial
from pathlib import Path
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

from mock_server import asgi, decision, faults, sessions
from mock_server.answers import plain_error
from mock_server.control import Control
from mock_server.cors import Cors
from mock_server.decision import Console, Examined, Reply
from mock_server.director import Director, Visit
from mock_server.requests import Request

VISIT = "rainbond_mock.visit"
DOCS = "/__mock__/docs"
DOCS_SPEC = f"{DOCS}/openapi.json"


def build_app(director: Director) -> ASGIApp:
    """The fake console as an ASGI application."""
    console = director.console
    checks = partial(ConsoleChecks, director=director, control=Control(director), cors=Cors(console.contract.cors))
    app = ConnexionMiddleware(
        Stubs(director),
        import_name=__name__,
        middlewares=[checks, SwaggerUIMiddleware, RoutingMiddleware],
        resolver=Resolver(lambda operation_id: console.stubs[operation_id].__call__),
        swagger_ui_options=SwaggerUIOptions(swagger_ui_path=DOCS, spec_path=DOCS_SPEC),
    )
    app.add_api(_for_connexion(console), base_path="/")
    asgi_app: ASGIApp = app
    return asgi_app


class ConsoleChecks:
    """Refuses what the console refuses, before Connexion sees it."""

    def __init__(self, app: ASGIApp, *, director: Director, control: Control, cors: Cors) -> None:
        self.app = app
        self.director = director
        self.console = director.console
        self.control = control
        self.cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await asgi.lifespan(receive, send)
            await self.director.store.close()
        elif scope["type"] == "http":
            await self._guarded(scope, receive, asgi.Begun(send))

    async def _guarded(self, scope: Scope, receive: Receive, send: asgi.Begun) -> None:
        """Where the fake itself fails, its user hears of it in one line, with nothing of the request in it."""
        try:
            await self._http(scope, receive, send)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            text = f"the fake itself failed: {type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
            sys.stderr.write(f"rainbond-mock: {text}\n")
            if not send.begun:
                await asgi.send_answer(send, plain_error(500, text))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            sent = await asgi.read_request(scope, receive)
        except asgi.ClientGone:
            return
        send = asgi.with_headers(send, self.cors.headers(sent))
        try:
            session, request = sessions.assign(sent)
        except sessions.SessionError as error:
            await asgi.send_answer(send, plain_error(400, str(error)))
            return
        if request.path == DOCS or request.path.startswith(f"{DOCS}/"):
            await self._docs(scope, receive, send)
            return
        preflight = self.cors.preflight(request)
        if preflight is not None:
            await deliver(self.director, Visit(Examined(request), session), Reply(preflight), scope, receive, send)
            return
        answer = await self.control.answer(session, request)
        if answer is not None:
            await asgi.send_answer(send, self.console.profile.finish(answer, request))
            return
        await self._contract(session, request, scope, receive, send)

    async def _contract(self, session: str, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """A request to what the contract describes, or to nothing at all."""
        started = time.perf_counter()
        examined = decision.examine(self.console, request)
        options = decision.options(self.console, request) if request.method == "OPTIONS" else None
        if options is not None:
            await deliver(self.director, Visit(examined, session), Reply(options), scope, receive, send)
            return
        visit = Visit(examined, session, started, await self.director.cue(session, examined))
        if examined.accepted:
            await self.app(_routable(scope, visit), receive, send)
            return
        occurrence = await self.director.occurrence(session, examined) if visit.cue else 1
        reply = decision.reject(self.console, examined, occurrence, visit.cue)
        await deliver(self.director, visit, reply, scope, receive, send)

    async def _docs(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except HTTPException as error:
            await asgi.send_answer(send, plain_error(error.status_code, f"{scope['path']}: {error.detail}"))


class Stubs:
    """The end of Connexion's stack: answers an accepted request for the operation Connexion routed it to."""

    def __init__(self, director: Director) -> None:
        self.director = director
        self.console = director.console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions", {})
        visit: Visit | None = extensions.get(VISIT)
        if visit is None:  # a path beside the Swagger UI that Connexion has no route for
            raise HTTPException(404)
        stub = self.console.stubs[extensions[ROUTING_CONTEXT]["operation_id"]]
        occurrence = await self.director.occurrence(visit.session, visit.examined)
        reply = decision.conclude(self.console, stub, visit.examined, occurrence, visit.cue)
        await deliver(self.director, visit, reply, scope, receive, send)


async def deliver(director: Director, visit: Visit, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a reply as it is to travel. It stands in the journal before the client can know of it."""
    if reply.delay:
        await asyncio.sleep(reply.delay)
    await director.record(visit, reply)
    answer = director.console.profile.finish(reply.answer, visit.examined.request)
    wire = scope.get("extensions", {}).get(faults.WIRE)
    if reply.fault and wire is not None:
        await faults.happen(reply.fault, wire, answer, receive, send)
    else:
        await asgi.send_answer(send, answer)


def _routable(scope: Scope, visit: Visit) -> Scope:
    """The scope with the path written as Connexion's router reads it: typed values, no reserved characters."""
    examined = visit.examined
    operation = examined.operation
    path = operation.path if operation else scope["path"]
    for name, value in examined.parameters.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    extensions = {**scope.get("extensions", {}), VISIT: visit}
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
