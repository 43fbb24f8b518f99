"""Requests that a real deployment answers: sent on, judged by the contract both ways, and told of.

What is wrong with a request or its answer stands in the journal and in the header `X-Mock-Violations`. At most
`MOST_HELD` bytes of a body are held, to be judged; what is longer streams through.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope, Send

from mock_server.contract.media import media_types
from mock_server.contract.model import Operation
from mock_server.engine import pipeline
from mock_server.engine.answer_checks import answer_faults
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Answer, Request
from mock_server.engine.pipeline import Reply
from mock_server.journal.entries import PendingEntry
from mock_server.journal.recorder import Recorder
from mock_server.service.mock_service import MockService, RequestContext
from mock_server.settings import Settings
from mock_server.web import asgi, network_faults

MOST_HELD = 1_000_000
OF_BODY = ("parse-error", "invalid-body")
VIOLATIONS = b"x-mock-violations"
LONGEST_HEADER = 2_000


Headers = list[tuple[bytes, bytes]]


class UpstreamFailed(Exception):
    """The deployment gave no answer; the text says why, without credentials.

    Attributes:
        status: 502, or 504 where it took too long.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """An answer whose body is still to come. Reading `body` raises UpstreamFailed where it breaks off."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]


class Forwarding:
    """The deployment behind a mock, which outlives changes of the mock's files."""

    def __init__(self, settings: Settings) -> None:
        # Late, because an HTTP client takes its time to be imported, and most mocks need none.
        from mock_server.web.forwarding.upstream import Upstream  # noqa: PLC0415

        self.upstream = Upstream(settings.upstream or "", insecure=settings.insecure)
        self.recorder = Recorder(settings.record, self.upstream.shown) if settings.record else None

    async def close(self) -> None:
        """Let go of connections and of the recorded file."""
        await self.upstream.close()
        if self.recorder:
            self.recorder.close()


class Proxy:
    """Decides who answers a request, and sends on what the deployment is to answer."""

    def __init__(self, service: MockService, settings: Settings, forwarding: Forwarding) -> None:
        self._service = service
        self._contract = service.definition.contract
        self._only = settings.only
        self._enforce = settings.enforce
        self._forwarding = forwarding

    def check(self, request: Request, *, whole: bool) -> CheckedRequest:
        """What is wrong with a request; half a body proves nothing."""
        checked = pipeline.check(self._service.definition, request)
        if not whole and checked.operation is not None and checked.refused_for in OF_BODY:
            return replace(checked, refusal=None)
        return checked

    def forwards(self, checked: CheckedRequest) -> bool:
        """Whether the deployment is to answer, where no scenario does."""
        return not self._is_mocked(checked) and (checked.accepted or not self._enforce)

    async def forward(self, context: RequestContext, body: AsyncIterator[bytes], scope: Scope, send: Send) -> None:
        """Let the deployment answer."""
        checked = context.checked
        told = [f"request {place}: {text}" for place, texts in checked.problems.items() for text in texts]
        begun = asgi.Begun(send)
        try:
            async with self._forwarding.upstream.ask(checked.request, scope["headers"], body) as answer:
                await self._pass_on(context, answer, told, begun)
        except UpstreamFailed as error:
            failed = self._service.definition.responses.error(error.status, f"upstream {error}")
            await self._record(context, Reply(failed, origin="upstream", problems=(str(error),)))
            if begun.begun:
                scope["extensions"][network_faults.WIRE].transport.abort()
            else:
                await asgi.send_answer(send, failed)

    def _is_mocked(self, checked: CheckedRequest) -> bool:
        operation = checked.operation
        if operation is None and checked.item is not None:
            wanted = checked.request.headers.get("access-control-request-method", "")
            operation = checked.item.operations.get(wanted)
        return operation is not None and (self._only is None or operation.id in self._only)

    async def _pass_on(self, context: RequestContext, answer: UpstreamAnswer, told: list[str], send: Send) -> None:
        """Send the answer as it comes; one that can be judged before is held until it is whole, or too long."""
        texts = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)
        known = Answer(answer.status, texts)
        held, whole = await _held(answer.body, MOST_HELD if _is_json(known) else 0)
        size = len(held)
        found = self._faults(context.checked.operation, replace(known, body=held), whole)
        known = replace(known, body=held if whole else b"")
        violations = [*told, *(f"answer {text}" for text in found)]
        headers = [*answer.headers, *([(VIOLATIONS, _header(violations))] if violations else [])]
        if whole:  # it stands in the journal before the client can know of it
            await self._record(context, Reply(known, origin="upstream", problems=found))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": held, "more_body": not whole})
        if whole:
            return
        async for part in answer.body:
            size += len(part)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await self._record(context, Reply(known, origin="upstream", problems=found, size=size))
        await send({"type": "http.response.body", "body": b""})

    def _faults(self, operation: Operation | None, answer: Answer, whole: bool) -> tuple[str, ...]:
        """How an answer breaks the contract; of half a body, or a coded one, only what is around it is judged."""
        if operation is None:
            return ()
        faults = answer_faults(self._contract, operation, answer)
        if answer.header("Content-Encoding") or (_is_json(answer) and not whole):
            return tuple(fault for fault in faults if not fault.startswith("body"))
        return faults

    async def _record(self, context: RequestContext, reply: Reply) -> None:
        await self._service.record(context, reply)
        if self._forwarding.recorder:
            duration = time.perf_counter() - context.started
            writer, began = self._service.writer, time.time() - duration
            entry = PendingEntry(writer, context.session, began, duration, context.checked, reply)
            self._forwarding.recorder.keep(entry)


def _is_json(answer: Answer) -> bool:
    return media_types.is_json(media_types.essence(answer.header("Content-Type") or ""))


async def _held(body: AsyncIterator[bytes], most: int) -> tuple[bytes, bool]:
    """The beginning of a body, of which at most some bytes and one part are waited for, and whether that is all."""
    parts, size = [], 0
    async for part in body:
        parts.append(part)
        size += len(part)
        if size > most:
            return b"".join(parts), False
    return b"".join(parts), True


async def whole_body(beginning: bytes, rest: bool, receive: Receive) -> AsyncIterator[bytes]:
    """A request's body: what is held of it, then what is still to come."""
    if beginning:
        yield beginning
    while rest:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message.get("body", b"")
        rest = message.get("more_body", False)


def _header(violations: list[str]) -> bytes:
    """Violations as a header can hold them: JSON in ASCII, as many as fit."""
    while len(text := json.dumps(violations)) > LONGEST_HEADER and len(violations) > 1:
        violations = [*violations[:-2], "…"] if violations[-1] == "…" else [*violations[:-1], "…"]
    return text[:LONGEST_HEADER].encode()
