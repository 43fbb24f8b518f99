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

from mock_server.contract.media import media_types
from mock_server.contract.model import Operation
from mock_server.contract.schema.schemas import Check
from mock_server.engine import event_ids
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.checks import BODY_CHECKS
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import Reply, check
from mock_server.engine.responses import AnswerTemplate, UniqueId
from mock_server.journal.entries import ENTRY_SIZE, PendingEntry
from mock_server.service.counts import Kind, Series
from mock_server.service.mock_service import MockService
from mock_server.service.sessions import DEFAULT
from mock_server.service.stores import OWN_FILE, LocalStore

MOST_PLANS = 10_000
LONGEST_BODY = 100_000
"""Bytes of a body beyond which the full way, which knows limits, has a look."""
DEEPEST = 100
MOST_BRACKETS = 400

UNCERTAIN = ("prefer", "x-mock-session", "origin", "transfer-encoding", "content-encoding", "upgrade", "cookie")
"""Headers that ask for more, or may."""
UNCERTAIN_SIGNS = (b"?", b"#", b"%")

OWN_DOCUMENTS = (b"/openapi.json", b"/openapi.yaml")

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, values as sent."""


@dataclass(frozen=True, slots=True)
class CompiledAnswer:
    """An answer, ready to be sent.

    Attributes:
        head: the header lines, `Content-Length` among them.
    """

    status: int
    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a path and a token lead to.

    Attributes:
        before_digest: the header lines up to the request's digest; all of them where no header has one.
        after_digest: those behind it.
        body_checks: whether a body is valid, by the Content-Type as sent.
        without_body: whether the request may come without one.
        canonical_tail: the canonical JSON of the request behind its body, from which the event id is made.
        first_line: what the digest is made from, beside the body; empty where no header has one.
        counted: where its answers are counted.
    """

    template: AnswerTemplate
    pieces: tuple[bytes | UniqueId, ...]
    before_digest: bytes
    after_digest: bytes
    body_checks: Mapping[bytes, Check]
    without_body: bool
    canonical_tail: bytes
    first_line: bytes
    counted: Series


@dataclass(slots=True)
class CompiledEntry:
    """A journal entry of the compiled way: what is left to do is done when it is read."""

    way: CompiledWay
    plan: Plan
    began: float
    duration: float
    method: bytes
    path: bytes
    headers: Headers
    body: bytes
    event_id: str

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        size = ENTRY_SIZE + len(self.path) + len(self.body)
        for name, value in self.headers:
            size += len(name) + len(value)
        return size

    def text(self) -> str:
        """The masked entry as JSON text."""
        request = _request(self.method, self.path, self.headers, self.body)
        answer = self.plan.template.fill({}, "", self.event_id)
        service = self.way.service
        return PendingEntry(service.writer, DEFAULT, self.began, self.duration, request, Reply(answer)).text()


class CompiledWay:
    """Answers what is certain.

    Attributes:
        taken: how many requests it answered.
    """

    def __init__(self, service: MockService, store: LocalStore) -> None:
        self.service = service
        self.taken = 0
        self._store = store
        self._definition = service.definition
        self._ids = service.definition.ids
        self._plans: dict[tuple[bytes, bytes, bytes], Plan | None] = {}
        self._checks = {
            operation.id: self._body_checks(operation) for operation in self._definition.contract.operations
        }
        self._token_header, self._uncertain = self._headers()

    @classmethod
    def of(cls, service: MockService) -> CompiledWay | None:
        """The way for a service; None where nothing is certain by its settings."""
        store = service.store
        is_sure = service.definition.profile.plain and service.event_ids == "request" and not service.has_own_scenarios
        return cls(service, store) if is_sure and isinstance(store, LocalStore) else None

    def answer(self, method: bytes, target: bytes, headers: Headers, body: bytes) -> CompiledAnswer | None:
        """The answer to a request, which stands in the journal then; None where it has to go the full way."""
        started = time.perf_counter()
        plan, content_type = self._plan(method, target, headers)
        situation = self._store.situation_now(DEFAULT)
        if plan is None or situation is None or situation.revision != OWN_FILE:
            return None
        canonical = self._canonical(plan, content_type, body)
        if not canonical:
            return None
        event_id = self._ids.named(canonical + plan.canonical_tail)
        filled = b"".join([piece.json(event_id) if isinstance(piece, UniqueId) else piece for piece in plan.pieces])
        digest = self._ids.digest_of(plan.first_line, body).encode() if plan.first_line else b""
        head = b"%b%b%bcontent-length: %d\r\n" % (plan.before_digest, digest, plan.after_digest, len(filled))
        duration = time.perf_counter() - started
        plan.counted.add(duration)
        if self.service.journal or self.service.log:
            facts = time.time(), duration, method, target, headers, body
            self._keep(CompiledEntry(self, plan, *facts, event_id))
        self.taken += 1
        return CompiledAnswer(plan.template.status, head, filled)

    def _keep(self, entry: CompiledEntry) -> None:
        if self.service.log:
            self.service.log(entry)
        if self.service.journal:
            self._store.keep(DEFAULT, entry)

    # ---- plans

    def _plan(self, method: bytes, target: bytes, headers: Headers) -> tuple[Plan | None, bytes]:
        """What a request leads to, None where that is not certain; and its Content-Type."""
        token = content_type = b""
        for name, value in headers:
            if name not in self._uncertain:
                continue
            if name == b"content-type" and value and not content_type:
                content_type = value
            elif name == self._token_header and value and not token:
                token = value
            else:
                return None, b""
        key = method, target, token
        try:
            return self._plans[key], content_type
        except KeyError:
            plan = self._make(*key)
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            self._plans[key] = plan
            return plan, content_type

    def _make(self, method: bytes, target: bytes, token: bytes) -> Plan | None:
        if not _is_usual(target) or method == b"HEAD":
            return None
        headers = [(self._token_header, token)] if token else []
        checked = self._accepted(_request(method, target, headers, b""))
        operation = checked.operation if checked else None
        if checked is None or operation is None or operation.id in self.service.handlers:
            return None
        if self._definition.collections.of(operation) is not None:
            return None
        if any(each.location != "path" for each in operation.parameters):
            return None
        own = self._definition.responses.of(operation)
        bound = operation.example(checked.bound_answer) if checked.bound_answer else None
        template = own.example(bound) if bound else own.success
        if template.status == 204 or (own.varies and not bound):  # noqa: PLR2004 - it has no length
            return None
        request = {"body": None, "operation": operation.id, "path": dict(checked.parameters)}
        pieces = tuple(piece for piece in template.pieces if isinstance(piece, (bytes, UniqueId)))
        before, *after = _header_lines(template)
        if len(after) > 1 or len(pieces) < len(template.pieces) or not event_ids.is_plain(request, 2):
            return None
        return Plan(
            template=template,
            pieces=pieces,
            before_digest=before,
            after_digest=b"".join(after),
            body_checks=self._checks[operation.id],
            without_body=operation.body is None or not operation.body.required,
            canonical_tail=event_ids.canonical_json(request).removeprefix(b'{"body":null'),
            first_line=b"%b %b?\n" % (method, target) if after else b"",
            counted=self.service.counts.of(Kind(operation.id, template.status, way="compiled")),
        )

    def _accepted(self, request: Request) -> CheckedRequest | None:
        """The request as all checks but those of its body see it; None where one refuses it."""
        checked = check(self._definition, request, but=BODY_CHECKS)
        return checked if checked.accepted else None

    def _headers(self) -> tuple[bytes, frozenset[bytes]]:
        """The header of the only token there is, and all headers that make a request uncertain, or do twice."""
        schemes = self._definition.contract.security_schemes.values()
        names = [each.name.lower() for each in schemes if each.location == "header"]
        accepted = [each.name.lower() for each in schemes if each.location == "header" and not each.refused_with]
        token = next(iter(accepted), "authorization")
        uncertain = {*UNCERTAIN, *names, token, "content-type"}
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
            return b'{"body":null' if plan.without_body else b""
        accepts = plan.body_checks.get(content_type)
        if accepts is None or len(body) > LONGEST_BODY or body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
            return b""
        try:
            value = orjson.loads(body)
            if not event_ids.is_plain(value, DEEPEST) or not accepts(value):
                return b""
        except ValueError:
            return b""
        return b'{"body":' + orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _is_usual(target: bytes) -> bool:
    """Whether a target is a plain path, and none of the mock's own."""
    return (
        target.startswith(b"/")
        and target.isascii()
        and not target.startswith(b"/__mock__")
        and target not in OWN_DOCUMENTS
        and not any(sign in target for sign in UNCERTAIN_SIGNS)
    )


def _header_lines(template: AnswerTemplate) -> list[bytes]:
    """The header lines of an answer, in parts between which the request's digest stands."""
    parts = [b""]
    for name, value in template.headers:
        parts[-1] += name.lower().encode("latin-1") + b": "
        if value is None:
            parts.append(b"")
        parts[-1] += (value or "").encode("latin-1") + b"\r\n"
    return parts


def _request(method: bytes, path: bytes, headers: Headers, body: bytes) -> Request:
    texts = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return Request.build(method.decode("ascii"), path.decode("latin-1"), texts, body)
