"""The compiled way: answers at once what is certain and usual, byte for byte as the full way would.

Certain is an accepted request for a stubbed operation, in the default session, with nothing that asks for more: no
scenario, no `Prefer`, no origin, no query, a body that is plain JSON and valid. Whatever is not goes the full way.

What a path and a token lead to is found out once, by the same checks, and remembered.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.contract import media_types
from mock_server.contract.model import Operation
from mock_server.contract.schemas import Check
from mock_server.engine import event_ids
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import ProviderError, Refused, Request
from mock_server.engine.pipeline import Reply
from mock_server.engine.responses import AnswerTemplate, UniqueId
from mock_server.journal.entries import PendingEntry
from mock_server.service.mock_service import MockService
from mock_server.service.sessions import DEFAULT
from mock_server.service.stores.memory import MemoryStore

MOST_PLANS = 10_000
LONGEST_BODY = 100_000
"""Bytes of a body beyond which the full way, which knows limits, has a look."""
DEEPEST = 100
MOST_BRACKETS = 400

BODY_CHECKS = ("unsupported-media-type", "parse-error", "invalid-body")
UNCERTAIN = ("prefer", "x-mock-session", "origin", "transfer-encoding", "content-encoding", "upgrade", "cookie")
"""Headers that ask for more, or may."""

OWN_DOCUMENTS = (b"/openapi.json", b"/openapi.yaml")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a path and a token lead to.

    Attributes:
        body_checks: whether a body is valid, by the Content-Type as sent.
        without_body: whether the request may come without one.
        before: the canonical JSON of the request in front of its body, from which the event id is made.
        after: the same behind it.
        digest_at: which header is the request's digest; -1: none.
    """

    operation: Operation
    template: AnswerTemplate
    pieces: tuple[bytes | UniqueId, ...]
    headers: tuple[tuple[bytes, bytes], ...]
    digest_at: int
    body_checks: Mapping[bytes, Check]
    without_body: bool
    before: bytes
    after: bytes


@dataclass(slots=True)
class CompiledEntry:
    """A journal entry of the compiled way: what is left to do is done when it is read."""

    way: CompiledWay
    plan: Plan
    began: float
    duration: float
    method: str
    path: bytes
    headers: Headers
    body: bytes
    event_id: str

    def text(self) -> str:
        """The masked entry as JSON text."""
        request = _request(self.method, self.path, self.headers, self.body)
        answer = self.plan.template.fill({}, "", self.event_id)
        service = self.way.service
        return PendingEntry(service.writer, DEFAULT, self.began, self.duration, request, Reply(answer)).text()


class CompiledWay:
    """Answers what is certain, and hands everything else on.

    Attributes:
        taken: how many requests it answered.
    """

    def __init__(self, app: ASGIApp, service: MockService, store: MemoryStore) -> None:
        self.service = service
        self.taken = 0
        self._app = app
        self._store = store
        self._definition = service.definition
        self._plans: dict[tuple[str, bytes, bytes], Plan | None] = {}
        self._checks = {
            operation.id: self._body_checks(operation) for operation in self._definition.contract.operations
        }
        self._token_header, self._uncertain = self._headers()

    @classmethod
    def in_front_of(cls, app: ASGIApp, service: MockService) -> ASGIApp:
        """The way in front of the full one, or the full one alone where nothing is certain by these settings."""
        store = service.store
        is_sure = service.definition.profile.plain and service.event_ids == "request" and not service.has_own_scenarios
        return cls(app, service, store) if is_sure and isinstance(store, MemoryStore) else app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["query_string"] or not self._store.is_plain(DEFAULT):
            await self._app(scope, receive, send)
            return
        plan, content_type = self._plan(scope)
        if plan is None:
            await self._app(scope, receive, send)
            return
        message = await receive()
        body: bytes = message.get("body", b"")
        before = self._canonical(plan, content_type, body) if not message.get("more_body") else b""
        if not before or message["type"] != "http.request":
            await self._app(scope, _again(message, receive), send)
            return
        try:
            headers, answer = self._answer(plan, scope, body, self._definition.ids.named(before + plan.after))
        except Exception:  # the full way answers all the same, or tells what failed
            await self._app(scope, _again(message, receive), send)
            return
        await send({"type": "http.response.start", "status": plan.template.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, plan: Plan, scope: Scope, body: bytes, event_id: str) -> tuple[Headers, bytes]:
        """Headers and body of the answer, once the request stands in the journal."""
        started = time.perf_counter()
        path: bytes = scope["raw_path"]
        answer = b"".join([piece.json(event_id) if isinstance(piece, UniqueId) else piece for piece in plan.pieces])
        headers = list(plan.headers)
        if plan.digest_at >= 0:
            digest = self._definition.ids.digest_of(scope["method"], path.decode("latin-1"), "", body)
            headers[plan.digest_at] = headers[plan.digest_at][0], digest.encode()
        headers.append((b"content-length", b"%d" % len(answer)))
        if self.service.journal:
            facts = time.time(), time.perf_counter() - started, scope["method"], path, scope["headers"], body
            self._store.keep(DEFAULT, CompiledEntry(self, plan, *facts, event_id))
        self.taken += 1
        return headers, answer

    # ---- plans

    def _plan(self, scope: Scope) -> tuple[Plan | None, bytes]:
        """What a request leads to, None where that is not certain; and its Content-Type."""
        token = content_type = b""
        for name, value in scope["headers"]:
            if name == b"content-type" and value and not content_type:
                content_type = value
            elif name == self._token_header and value and not token:
                token = value
            elif name in self._uncertain:
                return None, b""
        key = scope["method"], scope["raw_path"], token
        try:
            return self._plans[key], content_type
        except KeyError:
            plan = self._make(*key)
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            self._plans[key] = plan
            return plan, content_type

    def _make(self, method: str, path: bytes, token: bytes) -> Plan | None:
        if path.startswith(b"/__mock__") or path in OWN_DOCUMENTS:
            return None
        headers = [(self._token_header, token)] if token else []
        checked = self._accepted(_request(method, path, headers, b""))
        operation = checked.operation if checked else None
        if checked is None or operation is None or any(each.location != "path" for each in operation.parameters):
            return None
        own = self._definition.responses.of(operation)
        bound = operation.example(checked.bound_answer) if checked.bound_answer else None
        template = own.example(bound) if bound else own.success
        request = {"body": None, "operation": operation.id, "path": dict(checked.parameters)}
        canonical = event_ids.canonical_json(request)
        raw = [(name.lower().encode("latin-1"), (value or "").encode("latin-1")) for name, value in template.headers]
        digests = [index for index, (_, value) in enumerate(template.headers) if value is None]
        pieces = tuple(piece for piece in template.pieces if isinstance(piece, (bytes, UniqueId)))
        if len(digests) > 1 or len(pieces) < len(template.pieces) or not event_ids.is_plain(request, 2):
            return None
        return Plan(
            operation, template, pieces, tuple(raw), digests[0] if digests else -1, self._checks[operation.id],
            operation.body is None or not operation.body.required,
            b'{"body":', canonical.removeprefix(b'{"body":null'),
        )  # fmt: skip

    def _accepted(self, request: Request) -> CheckedRequest | None:
        """The request as all checks but those of its body see it; None where one refuses it."""
        checked = CheckedRequest(request)
        try:
            for step in self._definition.checks:
                if step.name not in BODY_CHECKS:
                    checked = step.run(self._definition, checked)
        except (Refused, ProviderError):
            return None
        return checked

    def _headers(self) -> tuple[bytes, frozenset[bytes]]:
        """The header of the only token there is, and the headers that make a request uncertain."""
        schemes = self._definition.contract.security_schemes.values()
        names = dict.fromkeys(
            each.name.lower() for each in schemes if each.location == "header" and not each.refused_with
        )
        token = next(iter(names), "authorization")
        others = {each.name.lower() for each in schemes} - {token}
        # A second token or Content-Type is not certain either, so both names are among the uncertain ones.
        uncertain = {*UNCERTAIN, *others, token, "content-type"}
        return token.encode("latin-1"), frozenset(name.encode("latin-1") for name in uncertain)

    # ---- bodies

    def _body_checks(self, operation: Operation) -> Mapping[bytes, Check]:
        """The judgement of a JSON body by its Content-Type, in the spellings that most clients use."""
        found: dict[bytes, Check] = {}
        for name in ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"):
            media_type = media_types.choose(operation.body.content, name) if operation.body else None
            if media_type is not None and media_type.schema is not None:
                found[name.encode()] = media_type.schema.check
        return found

    @staticmethod
    def _canonical(plan: Plan, content_type: bytes, body: bytes) -> bytes:
        """The canonical JSON of an accepted request up to the end of its body; empty where it is not certain."""
        if not body:
            return plan.before + b"null" if plan.without_body else b""
        accepts = plan.body_checks.get(content_type)
        if accepts is None or len(body) > LONGEST_BODY or body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
            return b""
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return b""
        if not event_ids.is_plain(value, DEEPEST) or not accepts(value):
            return b""
        return plan.before + orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _request(method: str, path: bytes, headers: Headers, body: bytes) -> Request:
    texts = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return Request.build(method, path.decode("latin-1"), texts, body)


def _again(message: Message, receive: Receive) -> Receive:
    """A `receive` that gives a message back first."""
    waiting = [message]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
