"""The ASGI application.

A request's way:

1. `Connection` (`connection.py`) answers what is certain and usual at once. All else goes the full way:
2. `Gateway` gathers its plain facts and lets the pipeline look for a reason to refuse it. That runs before Connexion's
   routing, because the contract gives the order of checks: the console asks for the token, and for what the path
   names, before it looks at the method; Connexion would answer 404 and 405 first.
3. An accepted request whose operation a user wrote a handler for goes to Connexion, which calls it; with
   `compiled = false` those for stubs do, too. Otherwise the compiled contract answers. The Swagger UI is Connexion's.
4. `deliver` waits as long as the reply is to take, writes the journal, and sends the answer, or lets the network fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.contract.media import json_bodies
from mock_server.engine import pipeline
from mock_server.engine.answer_checks import answer_faults
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Answer, Request
from mock_server.engine.pipeline import Reply
from mock_server.loaders.handlers import HandlerFailed
from mock_server.service import sessions
from mock_server.service.mock_service import MockService, RequestContext
from mock_server.settings import Settings
from mock_server.web import asgi, network_faults
from mock_server.web.access import DOCUMENTS, OWN_HEADERS, Access, is_own, own_names
from mock_server.web.control import Control
from mock_server.web.cors import Cors
from mock_server.web.documents import for_people
from mock_server.web.forwarding.proxy import MOST_HELD, Forwarding, Proxy, whole_body
from mock_server.web.page import PAGE, leads_to_page

if TYPE_CHECKING:
    from mock_server.web.connexion_app import ConnexionApp

LONGEST_AT_ONCE = 32 * 1024
"""Bytes of a body that is checked without leaving the event loop."""

DOCS = "/__mock__/docs"
DOCS_SPEC = f"{DOCS}/openapi.json"


def build_app(service: MockService, settings: Settings, forwarding: Forwarding | None = None) -> ASGIApp:
    """The mock as an ASGI application.

    Args:
        service: what answers.
        settings: how the mock runs.
        forwarding: the deployment that answers what the mock does not.
    """
    proxy = Proxy(service, settings, forwarding) if forwarding else None
    return Gateway(service, settings, proxy)


class Gateway:
    """Refuses what the contract refuses, and answers what is stubbed, before Connexion sees it."""

    def __init__(self, service: MockService, settings: Settings, proxy: Proxy | None = None) -> None:
        self.proxy = proxy
        self.service = service
        self.definition = service.definition
        self.control = Control(service)
        self.cors = Cors(service.definition.contract)
        self.access = Access(own_names(settings), settings.control_token)
        self.compiled = settings.compiled
        self._connexion: asyncio.Future[ConnexionApp] | None = None
        self.longest_body = settings.max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            if self.service.handlers or not self.compiled:
                await self._ready_connexion()
            await self.service.store.open()
            await asgi.lifespan(receive, send)
            with contextlib.suppress(asyncio.CancelledError):  # where the event loop ends first
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
        if self.proxy is None and asgi.announced(scope) > self.longest_body:
            await self._too_long(asgi.request_of(scope, b""), send, receive)
            return
        try:
            sent, whole = await asgi.read_request(scope, receive, MOST_HELD if self.proxy else self.longest_body)
        except asgi.ClientGone:
            return
        too_long = not whole or len(sent.body) > self.longest_body
        if too_long and (self.proxy is None or self._is_own(sent.path)):
            await self._too_long(replace(sent, body=b""), send, receive)
            return
        try:
            session, request = sessions.assign(sent)
        except sessions.SessionError as error:
            await asgi.send_answer(send, self.definition.responses.error(400, str(error)))
            return
        if self._is_own(request.path):
            await self._own(session, request, scope, receive, asgi.with_headers(send, OWN_HEADERS))
            return
        if self.proxy is not None:
            checked = self.proxy.check(request, whole=whole)
            if self.proxy.forwards(checked):
                await self._forward(self.proxy, RequestContext(checked, session), whole, scope, receive, send)
                return
            request, whole = await _whole(request, whole, receive, self.longest_body)
            if not whole:
                await self._too_long(replace(request, body=b""), send, receive)
                return
        await self._mocked(session, request, scope, receive, self.cors.dressed(send, request))

    async def _mocked(self, session: str, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """A request that the mock itself answers."""
        if leads_to_page(request, self.definition.contract):
            await asgi.send_answer(send, Answer(307, (("Location", PAGE),), b""))
            return
        preflight = self.cors.preflight(request)
        if preflight is not None:
            context = RequestContext(CheckedRequest(request), session)
            await deliver(self.service, context, Reply(preflight), scope, receive, send)
            return
        await self._contract(session, request, scope, receive, send)

    def _is_own(self, path: str) -> bool:
        """Whether a path is the mock's own; one that the contract has, too, is the contract's."""
        return is_own(path) and not (path in DOCUMENTS and self.definition.contract.find(path) is not None)

    async def _too_long(self, sent: Request, send: Send, receive: Receive) -> None:
        """A request whose body is not read; it came all the same, so it stands in the journal."""
        text = f"the body is longer than {self.longest_body} bytes; raise --max-body"
        answer = self.definition.responses.error(413, text)
        with contextlib.suppress(sessions.SessionError):
            session, request = sessions.assign(sent)
            if not self._is_own(request.path):
                send = self.cors.dressed(send, request)
                await self.service.record(RequestContext(CheckedRequest(request), session), Reply(answer))
        await asgi.send_and_hang_up(send, answer, receive)

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

    async def _checked(self, request: Request) -> CheckedRequest:
        """What is found out about a request; of a long one beside the event loop."""
        if len(request.body) <= LONGEST_AT_ONCE:
            return pipeline.check(self.definition, request)
        return await asyncio.to_thread(pipeline.check, self.definition, request)

    async def _contract(self, session: str, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """A request to what the contract describes, or to nothing at all."""
        context = RequestContext(await self._checked(request), session)
        options = pipeline.options(self.definition, context.checked)
        if options is not None:
            await deliver(self.service, context, Reply(options), scope, receive, send)
            return
        context = context.matched_by(await self.service.match(session, context.checked))
        handled = await self._handled(context, scope)
        if handled is None:
            context, handled = await self.service.kept(context)
        await deliver(self.service, context, await self.service.answer(context, handled), scope, receive, send)

    # ---- Connexion

    async def _handled(self, context: RequestContext, scope: Scope) -> Answer | None:
        """The answer of the user's handler; None where there is none, or it is not its turn."""
        checked = context.checked
        operation = checked.operation
        if operation is None or not self.service.open_to_handler(context):
            return None
        if self.compiled and operation.id not in self.service.handlers:
            return None
        connexion = await self._ready_connexion()
        try:
            answer = await connexion.handle(checked, scope)
        except HandlerFailed as error:
            return self.definition.responses.error(500, f"{operation.id}: {error}")
        if answer is None or not self.service.validate_handlers:
            return answer
        faults = answer_faults(self.definition.contract, operation, answer)
        told = f"{operation.id}: the handler's answer breaks the contract: {'; '.join(faults)}"
        return self.definition.responses.error(500, told) if faults else answer

    async def _ready_connexion(self) -> ConnexionApp:
        """Connexion, made at the first need, and in a thread, because it takes a while."""
        if self._connexion is None:
            self._connexion = asyncio.ensure_future(asyncio.to_thread(self._make_connexion))
        return await asyncio.shield(self._connexion)

    def _make_connexion(self) -> ConnexionApp:
        # Late, because importing it takes longer than all else at the start.
        from mock_server.web.connexion_app import ConnexionApp  # noqa: PLC0415

        return ConnexionApp(self.definition.contract, self.service.handlers)

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
            connexion = await self._ready_connexion()
            await connexion(scope, receive, send)
        except HTTPException as error:
            answer = self.definition.responses.error(error.status_code, f"{scope['path']}: {error.detail}")
            await asgi.send_answer(send, answer)


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


async def _whole(request: Request, whole: bool, receive: Receive, longest: int) -> tuple[Request, bool]:
    """The request with all of its body, and whether that is so: a body may be too long."""
    if whole:
        return request, len(request.body) <= longest
    rest, whole = await asgi.read_body(receive, longest - len(request.body))
    return replace(request, body=request.body + rest), whole
