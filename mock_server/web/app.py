"""The ASGI application: the only importer of connexion.

A request's way:

1. `ConsoleChecks` gathers its plain facts and lets `pipeline.examine` look for a reason to refuse it. That runs before
   Connexion's routing, because the console asks for the token, and for what the path names, before it looks at the
   method; Connexion would answer 404 and 405 first. Then the service says whether it is a scenario's turn.
2. Connexion routes what is accepted to the stub of its operationId, and serves the Swagger UI.
3. `Stubs`, at the end of Connexion's stack, answers with `pipeline.conclude`.
4. `deliver` waits as long as the reply is to take, writes the journal, and sends the answer, or lets the network fail.
"""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
import warnings
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.engine import pipeline
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import CheckedRequest, MockDefinition, Reply
from mock_server.engine.responses import plain_error
from mock_server.service import sessions
from mock_server.service.mock_service import MockService, RequestContext
from mock_server.web import asgi, network_faults
from mock_server.web.control import Control
from mock_server.web.cors import Cors

with warnings.catch_warnings():
    # It imports a test client that nobody here uses, and that complains about the HTTP client it finds.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT
    from connexion.middleware.routing import RoutingMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.options import SwaggerUIOptions
    from connexion.resolver import Resolver

VISIT = "rainbond_mock.visit"
DOCS = "/__mock__/docs"
DOCS_SPEC = f"{DOCS}/openapi.json"


def build_app(service: MockService) -> ASGIApp:
    """The mock console as an ASGI application."""
    console = service.console
    checks = partial(ConsoleChecks, service=service, control=Control(service), cors=Cors(console.contract.cors))
    app = ConnexionMiddleware(
        Stubs(service),
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

    def __init__(self, app: ASGIApp, *, service: MockService, control: Control, cors: Cors) -> None:
        self.app = app
        self.service = service
        self.console = service.console
        self.control = control
        self.cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await asgi.lifespan(receive, send)
            await self.service.store.close()
        elif scope["type"] == "http":
            await self._guarded(scope, receive, asgi.Begun(send))

    async def _guarded(self, scope: Scope, receive: Receive, send: asgi.Begun) -> None:
        """Where the mock itself fails, its user hears of it in one line, with nothing of the request in it."""
        try:
            await self._http(scope, receive, send)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            text = f"the mock itself failed: {type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
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
            await deliver(
                self.service, RequestContext(CheckedRequest(request), session), Reply(preflight), scope, receive, send
            )
            return
        answer = await self.control.answer(session, request)
        if answer is not None:
            await asgi.send_answer(send, self.console.profile.finish(answer, request))
            return
        await self._contract(session, request, scope, receive, send)

    async def _contract(self, session: str, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """A request to what the contract describes, or to nothing at all."""
        started = time.perf_counter()
        checked = pipeline.examine(self.console, request)
        options = pipeline.options(self.console, request) if request.method == "OPTIONS" else None
        if options is not None:
            await deliver(self.service, RequestContext(checked, session), Reply(options), scope, receive, send)
            return
        visit = RequestContext(checked, session, started, await self.service.cue(session, checked))
        if checked.accepted:
            await self.app(_routable(scope, visit), receive, send)
            return
        occurrence = await self.service.occurrence(session, checked) if visit.cue else 1
        reply = pipeline.reject(self.console, checked, occurrence, visit.cue)
        await deliver(self.service, visit, reply, scope, receive, send)

    async def _docs(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except HTTPException as error:
            await asgi.send_answer(send, plain_error(error.status_code, f"{scope['path']}: {error.detail}"))


class Stubs:
    """The end of Connexion's stack: answers an accepted request for the operation Connexion routed it to."""

    def __init__(self, service: MockService) -> None:
        self.service = service
        self.console = service.console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions", {})
        visit: RequestContext | None = extensions.get(VISIT)
        if visit is None:  # a path beside the Swagger UI that Connexion has no route for
            raise HTTPException(404)
        stub = self.console.stubs[extensions[ROUTING_CONTEXT]["operation_id"]]
        occurrence = await self.service.occurrence(visit.session, visit.checked)
        reply = pipeline.conclude(self.console, stub, visit.checked, occurrence, visit.cue)
        await deliver(self.service, visit, reply, scope, receive, send)


async def deliver(
    service: MockService, visit: RequestContext, reply: Reply, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send a reply as it is to travel. It stands in the journal before the client can know of it."""
    if reply.delay:
        await asyncio.sleep(reply.delay)
    await service.record(visit, reply)
    answer = service.console.profile.finish(reply.answer, visit.checked.request)
    wire = scope.get("extensions", {}).get(network_faults.WIRE)
    if reply.fault and wire is not None:
        await network_faults.happen(reply.fault, wire, answer, receive, send)
    else:
        await asgi.send_answer(send, answer)


def _routable(scope: Scope, visit: RequestContext) -> Scope:
    """The scope with the path written as Connexion's router reads it: typed values, no reserved characters."""
    checked = visit.checked
    operation = checked.operation
    path = operation.path if operation else scope["path"]
    for name, value in checked.parameters.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    extensions = {**scope.get("extensions", {}), VISIT: visit}
    return {**scope, "path": path, "raw_path": path.encode(), "extensions": extensions}


def _for_connexion(console: MockDefinition) -> dict[str, Any]:
    """The contract with what Connexion needs: full paths below `/`, an operationId everywhere, this server first."""
    document: dict[str, Any] = dict(console.contract.document)
    paths: dict[str, Any] = {}
    nodes = [node for path, node in document["paths"].items() if path.startswith("/")]
    for node, item in zip(nodes, console.contract.path_items, strict=True):
        ids = {method.lower(): {"operationId": operation.id} for method, operation in item.operations.items()}
        paths[item.template] = {key: {**value, **ids[key]} if key in ids else value for key, value in node.items()}
    return {**document, "paths": paths, "servers": [{"url": "/"}]}
