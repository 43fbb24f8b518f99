"""The ASGI application: the only importer of connexion.

A request's way:

1. `CompiledWay` (`compiled.py`) answers what is certain and usual at once. All else goes the full way:
2. `Gateway` gathers its plain facts and lets the pipeline look for a reason to refuse it. That runs before Connexion's
   routing, because the contract gives the order of checks: the console asks for the token, and for what the path
   names, before it looks at the method; Connexion would answer 404 and 405 first.
3. A stubbed operation is answered from the compiled contract. What `compiled = false` or a handler of the user's leaves
   to Connexion, it routes to the handler of the operationId; it serves the Swagger UI, too.
4. `deliver` waits as long as the reply is to take, writes the journal, and sends the answer, or lets the network fail.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
import traceback
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.contract import json_bodies
from mock_server.engine import pipeline
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Answer, Request
from mock_server.engine.pipeline import Reply
from mock_server.service import sessions
from mock_server.service.mock_service import MockService, RequestContext
from mock_server.settings import Settings
from mock_server.web import asgi, network_faults
from mock_server.web.access import OWN_HEADERS, Access, is_own, own_names
from mock_server.web.control import Control
from mock_server.web.cors import Cors
from mock_server.web.documents import for_connexion, for_people, routable_path
from mock_server.web.proxy import MOST_HELD, Forwarding, Proxy, whole_body

with warnings.catch_warnings():
    # It imports a test client that nobody here uses, and that complains about the HTTP client it finds.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT
    from connexion.middleware.routing import RoutingMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.options import SwaggerUIOptions
    from connexion.resolver import Resolver

CONTEXT = "rainbond_mock.context"
DOCS = "/__mock__/docs"
DOCS_SPEC = f"{DOCS}/openapi.json"


def build_app(service: MockService, settings: Settings, forwarding: Forwarding | None = None) -> ASGIApp:
    """The mock as an ASGI application.

    Args:
        service: what answers.
        settings: how the mock runs.
        forwarding: the deployment that answers what the mock does not.
    """
    definition = service.definition
    cors = Cors(definition.contract)
    proxy = Proxy(service, settings, forwarding) if forwarding else None
    gateway = partial(Gateway, service=service, control=Control(service), cors=cors, settings=settings, proxy=proxy)
    app = ConnexionMiddleware(
        Stubs(service),
        import_name=__name__,
        middlewares=[gateway, SwaggerUIMiddleware, RoutingMiddleware],
        resolver=Resolver(_stub),
        swagger_ui_options=SwaggerUIOptions(swagger_ui_path=DOCS, spec_path=DOCS_SPEC),
    )
    app.add_api(for_connexion(definition.contract), base_path="/")
    asgi_app: ASGIApp = app
    return asgi_app


def _stub(operation_id: str) -> Any:
    """The handler that Connexion finds for an operation nobody wrote one for; `Stubs` answers in its place."""

    def stub() -> None:
        """Answered from the contract."""

    return stub


class Gateway:
    """Refuses what the contract refuses, and answers what is stubbed, before Connexion sees it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: MockService,
        control: Control,
        cors: Cors,
        settings: Settings,
        proxy: Proxy | None,
    ) -> None:
        self.app = app
        self.proxy = proxy
        self.service = service
        self.definition = service.definition
        self.control = control
        self.cors = cors
        self.access = Access(own_names(settings), settings.control_token)
        self.compiled = settings.compiled

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
                await asgi.send_answer(send, self.definition.responses.error(500, text))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            sent, whole = await asgi.read_request(scope, receive, MOST_HELD if self.proxy else math.inf)
        except asgi.ClientGone:
            return
        try:
            session, request = sessions.assign(sent)
        except sessions.SessionError as error:
            await asgi.send_answer(send, self.definition.responses.error(400, str(error)))
            return
        if is_own(request.path):
            await self._own(session, request, scope, receive, asgi.with_headers(send, OWN_HEADERS))
            return
        if self.proxy is not None:
            checked = self.proxy.check(request, whole=whole)
            if self.proxy.forwards(checked):
                await self._forward(self.proxy, RequestContext(checked, session), whole, scope, receive, send)
                return
            request = await _whole(request, whole, receive)
        send = self.cors.dressed(send, request)
        preflight = self.cors.preflight(request)
        if preflight is not None:
            context = RequestContext(CheckedRequest(request), session)
            await deliver(self.service, context, Reply(preflight), scope, receive, send)
            return
        await self._contract(session, request, scope, receive, send)

    async def _own(self, session: str, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """A request to the mock's own endpoints."""
        denial = self.access.denial(request)
        if denial is not None:
            answer = self.definition.responses.error(denial.status, denial.text)
            await asgi.send_answer(send, answer.with_headers(denial.headers))
        elif request.path == DOCS or request.path.startswith(f"{DOCS}/"):
            await self._docs(scope, receive, send)
        else:
            answer = await self.control.answer(session, request)
            await asgi.send_answer(send, self.definition.profile.finish(answer, request))

    async def _contract(self, session: str, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """A request to what the contract describes, or to nothing at all."""
        context = RequestContext(pipeline.check(self.definition, request), session)
        options = pipeline.options(self.definition, context.checked)
        if options is not None:
            await deliver(self.service, context, Reply(options), scope, receive, send)
            return
        context = context.matched_by(await self.service.match(session, context.checked))
        if context.checked.accepted and not self.compiled:
            await self.app(_routable(scope, context), receive, send)
            return
        await deliver(self.service, context, await self.service.answer(context), scope, receive, send)

    async def _forward(
        self, proxy: Proxy, context: RequestContext, whole: bool, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """A request that a deployment answers, unless a scenario does."""
        context = context.matched_by(await self.service.match(context.session, context.checked))
        if context.match is None:
            body = whole_body(context.checked.request.body, not whole, receive)
            await proxy.forward(context, body, scope, send)
            return
        await deliver(self.service, context, await self.service.answer(context), scope, receive, send)

    async def _docs(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == DOCS_SPEC:
            document = json_bodies.dump(for_people(self.definition.contract))
            await asgi.send_answer(send, Answer(200, (("Content-Type", "application/json"),), document))
            return
        try:
            await self.app(scope, receive, send)
        except HTTPException as error:
            answer = self.definition.responses.error(error.status_code, f"{scope['path']}: {error.detail}")
            await asgi.send_answer(send, answer)


class Stubs:
    """The end of Connexion's stack: answers an accepted request for the operation Connexion routed it to."""

    def __init__(self, service: MockService) -> None:
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions", {})
        context: RequestContext | None = extensions.get(CONTEXT)
        if context is None or extensions[ROUTING_CONTEXT]["operation_id"] is None:
            raise HTTPException(404)  # a path beside the Swagger UI that Connexion has no route for
        await deliver(self.service, context, await self.service.answer(context), scope, receive, send)


async def deliver(
    service: MockService, context: RequestContext, reply: Reply, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send a reply as it is to travel. It stands in the journal before the client can know of it."""
    # A timer may ring a little early; a delay is never shorter than asked for.
    while (left := context.started + reply.delay - time.perf_counter()) > 0 and reply.delay:
        await asyncio.sleep(left)
    await service.record(context, reply)
    answer = service.definition.profile.finish(reply.answer, context.checked.request)
    wire = scope.get("extensions", {}).get(network_faults.WIRE)
    if reply.fault and wire is not None:
        await network_faults.happen(reply.fault, wire, answer, receive, send)
    else:
        await asgi.send_answer(send, answer)


async def _whole(request: Request, whole: bool, receive: Receive) -> Request:
    """The request with all of its body."""
    return request if whole else replace(request, body=request.body + (await asgi.read_body(receive))[0])


def _routable(scope: Scope, context: RequestContext) -> Scope:
    """The scope with the path written as Connexion's router reads it: typed values, no reserved characters."""
    checked = context.checked
    texts = {name: quote(str(value), safe="") for name, value in checked.parameters.items()}
    path = routable_path(checked.operation, texts) if checked.operation else scope["path"]
    extensions = {**scope.get("extensions", {}), CONTEXT: context}
    return {**scope, "path": path, "raw_path": path.encode(), "extensions": extensions}
