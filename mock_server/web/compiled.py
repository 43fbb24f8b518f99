"""The compiled way: answers at once what needs no waiting, byte for byte as the full way would.

An accepted request for a stubbed operation, in a session without scenarios, is answered by a plan: bytes with a place
for the event id, a validator that was compiled before, nothing else. A refusal, or a scenario's answer, is made by the
same pipeline as on the full way, but without the application around it. What asks for more (`Prefer`, a browser's
origin, a query, a delay, a broken connection, a handler, a turn that the store has to be asked for) goes the full way.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import orjson

from mock_server.contract.model import Contract
from mock_server.engine import event_ids
from mock_server.engine.answer_templates import UniqueId
from mock_server.engine.pipeline import Reply, check
from mock_server.engine.scenarios import OF_THE_CONNECTION
from mock_server.journal.entries import ENTRY_SIZE, PendingEntry
from mock_server.service.mock_service import MockService, RequestContext
from mock_server.service.stores import LocalStore, Situation
from mock_server.web.asgi import framed_headers
from mock_server.web.plans import Headers, Otherwise, Plan, Plans, request_of

LONGEST_BODY = 100_000
"""Bytes of a body beyond which the full way has a look."""
LONGEST_BY_PIPELINE = 32 * 1024
DEEPEST = 100
MOST_BRACKETS = 400


@dataclass(frozen=True, slots=True)
class CompiledAnswer:
    """An answer, ready to be sent.

    Attributes:
        head: the header lines, `Content-Length` among them.
    """

    status: int
    head: bytes
    body: bytes


@dataclass(slots=True)
class CompiledEntry:
    """A journal entry of a planned answer: what is left to do is done when it is read."""

    way: CompiledWay
    plan: Plan
    session: str
    started: float
    method: bytes
    path: bytes
    headers: Headers
    body: bytes
    event_id: str = ""
    began: float = 0.0
    duration: float = 0.0

    def took(self, duration: float) -> None:
        """Note how long the answer took, which is ready now."""
        self.began, self.duration = time.time() - duration, duration

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        size = ENTRY_SIZE + len(self.path) + len(self.body)
        for name, value in self.headers:
            size += len(name) + len(value)
        return size

    def text(self) -> str:
        """The masked entry as JSON text."""
        request = request_of(self.method, self.path, self.headers, self.body)
        answer = self.plan.template.fill({}, "", self.event_id)
        writer = self.way.service.writer
        return PendingEntry(writer, self.session, self.began, self.duration, request, Reply(answer)).text()


class CompiledWay:
    """Answers what needs no waiting.

    Attributes:
        taken: how many requests it answered.
    """

    def __init__(self, service: MockService, store: LocalStore, longest_body: int) -> None:
        self.service = service
        self.taken = 0
        self._store = store
        self._definition = service.definition
        self._ids = service.definition.ids
        self._plans = Plans(service)
        self._longest_body = longest_body

    @classmethod
    def of(cls, service: MockService, longest_body: int) -> CompiledWay | None:
        """The way for a service that reads bodies up to some length; None where nothing is certain by its settings."""
        store, definition = service.store, service.definition
        is_sure = definition.profile.plain and service.event_ids == "request" and _is_plain(definition.contract)
        return (
            cls(service, store, min(longest_body, LONGEST_BODY)) if is_sure and isinstance(store, LocalStore) else None
        )

    def answer(self, method: bytes, target: bytes, headers: Headers, body: bytes) -> CompiledAnswer | None:
        """The answer to a request, which stands in the journal then; None where it has to go the full way."""
        started = time.perf_counter()
        plan, content_type, session = self._plans.find(method, target, headers)
        situation = self._store.situation_now(session)
        if plan is Otherwise.FULL_WAY or situation is None or len(body) > self._longest_body:
            return None
        found = None
        if isinstance(plan, Plan) and not self.service.has_scenarios(situation):
            found = self._planned(
                plan, content_type, CompiledEntry(self, plan, session, started, method, target, headers, body)
            )
        if found is None and len(body) <= LONGEST_BY_PIPELINE:
            request = request_of(method, target, headers, body)
            found = self._by_pipeline(RequestContext(check(self._definition, request), session, started), situation)
        self.taken += found is not None
        return found

    def _planned(self, plan: Plan, content_type: bytes, entry: CompiledEntry) -> CompiledAnswer | None:
        canonical = _canonical(plan, content_type, entry.body)
        if not canonical:
            return None
        entry.event_id = event_id = self._ids.named(canonical + plan.canonical_tail)
        filled = b"".join([piece.json(event_id) if isinstance(piece, UniqueId) else piece for piece in plan.pieces])
        digest = self._ids.digest_of(plan.first_line, entry.body).encode() if plan.first_line else b""
        head = b"%b%b%bcontent-length: %d\r\n" % (plan.before_digest, digest, plan.after_digest, len(filled))
        entry.took(time.perf_counter() - entry.started)
        plan.counted.add(entry.duration)
        if self.service.log:
            self.service.log(entry)
        if self.service.journal:
            self._store.keep(entry.session, entry)
        return CompiledAnswer(plan.template.status, head, filled)

    def _by_pipeline(self, context: RequestContext, situation: Situation) -> CompiledAnswer | None:
        reply = self.service.reply_now(self._store, context, situation)
        if reply is None:
            return None
        entry = self.service.noted(context, reply, way="compiled")
        if entry is not None:
            self._store.keep(context.session, entry)
        lines = [b"%b: %b\r\n" % header for header in framed_headers(reply.answer)]
        return CompiledAnswer(reply.answer.status, b"".join(lines), reply.answer.body)


def _canonical(plan: Plan, content_type: bytes, body: bytes) -> bytes:
    """The canonical JSON of an accepted request up to the end of its body; empty where it is not certain."""
    if not body:
        return b'{"body":null' if plan.without_body else b""
    accepts = plan.body_checks.get(content_type)
    if accepts is None or body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
        return b""
    try:
        value = orjson.loads(body)
        if not event_ids.is_plain(value, DEEPEST) or not accepts(value):
            return b""
    except ValueError:
        return b""
    return b'{"body":' + orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _is_plain(contract: Contract) -> bool:
    """Whether no answer of a contract has a header that the server acts on."""
    responses = {id(response): response for operation in contract.operations for response in operation.responses}
    examples = [*contract.faults.values(), *(each for response in responses.values() for each in response.examples)]
    examples += [contract.unknown_path] if contract.unknown_path else []
    return not any(name.lower() in OF_THE_CONNECTION for each in examples for name in each.headers)
