"""What a request's method, path and headers lead to on the compiled way: found out once, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from mock_server.contract.media import media_types
from mock_server.contract.model import Operation
from mock_server.contract.schema.schemas import Check
from mock_server.engine import event_ids
from mock_server.engine.answer_templates import AnswerTemplate, UniqueId
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.checks import BODY_CHECKS
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import check
from mock_server.service.counts import Kind, Series
from mock_server.service.mock_service import MockService
from mock_server.service.sessions import DEFAULT, HEADER, SessionError, checked

MOST_PLANS = 10_000

SESSION = HEADER.encode()
UNCERTAIN = (b"prefer", b"origin", b"transfer-encoding", b"content-encoding", b"upgrade", b"cookie")
"""Headers that ask for more, or may."""
UNCERTAIN_METHODS = (b"HEAD", b"OPTIONS")
UNCERTAIN_SIGNS = (b"?", b"#", b"%")

OWN_PLACES = (b"/", b"/openapi.json", b"/openapi.yaml")
"""Where the mock itself may answer, beside its own paths."""

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, values as sent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a request is answered if its body is valid.

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


class Otherwise(Enum):
    """How a request is answered that there is no plan for."""

    AT_ONCE = "by the pipeline, without waiting"
    FULL_WAY = "by the application"


class Plans:
    """The plans of one service."""

    def __init__(self, service: MockService) -> None:
        self._service = service
        self._definition = service.definition
        self._known: dict[tuple[bytes, bytes, bytes], Plan | Otherwise] = {}
        self._token_header, self._looked_at = self._headers()

    def find(self, method: bytes, target: bytes, headers: Headers) -> tuple[Plan | Otherwise, bytes, str]:
        """What a request leads to, its Content-Type, and its session."""
        token = content_type = session = b""
        for name, value in headers:
            if name not in self._looked_at:
                continue
            if name == b"content-type" and value and not content_type:
                content_type = value
            elif name == self._token_header and value and not token:
                token = value
            elif name == SESSION and value and not session:
                session = value
            else:
                return Otherwise.FULL_WAY, b"", DEFAULT
        key = method, target, token
        plan = self._known.get(key)
        if plan is None:
            plan = self._make(*key)
            if len(self._known) >= MOST_PLANS:
                self._known.clear()
            self._known[key] = plan
        if not session:
            return plan, content_type, DEFAULT
        try:
            return plan, content_type, checked(session.decode("latin-1"), HEADER)
        except SessionError:
            return Otherwise.FULL_WAY, b"", DEFAULT

    def _make(self, method: bytes, target: bytes, token: bytes) -> Plan | Otherwise:
        if not _is_usual(target) or method in UNCERTAIN_METHODS:
            return Otherwise.FULL_WAY
        headers = [(self._token_header, token)] if token else []
        request = request_of(method, target, headers, b"")
        # All checks but those of the body, which is not looked at yet.
        seen = check(self._definition, request, but=BODY_CHECKS)
        operation = seen.operation
        if operation is not None and operation.id in self._service.handlers:
            return Otherwise.FULL_WAY
        if self._definition.collections.of(operation) is not None:
            return Otherwise.FULL_WAY
        return (self._plan(seen, method, target) if seen.accepted else None) or Otherwise.AT_ONCE

    def _plan(self, seen: CheckedRequest, method: bytes, target: bytes) -> Plan | None:
        """The plan for a request that is accepted but for its body; None where more would have to be looked at."""
        operation = seen.operation
        if operation is None or any(each.location != "path" for each in operation.parameters):
            return None
        own = self._definition.responses.of(operation)
        bound = operation.example(seen.bound_answer) if seen.bound_answer else None
        template = own.example(bound) if bound else own.success
        if template.status == 204 or (own.varies and not bound):  # noqa: PLR2004 - it has no length
            return None
        request = {"body": None, "operation": operation.id, "path": dict(seen.parameters)}
        pieces = tuple(piece for piece in template.pieces if isinstance(piece, (bytes, UniqueId)))
        before, *after = _header_lines(template)
        if len(after) > 1 or len(pieces) < len(template.pieces) or not event_ids.is_plain(request, 2):
            return None
        return Plan(
            template=template,
            pieces=pieces,
            before_digest=before,
            after_digest=b"".join(after),
            body_checks=_body_checks(operation),
            without_body=operation.body is None or not operation.body.required,
            canonical_tail=event_ids.canonical_json(request).removeprefix(b'{"body":null'),
            first_line=b"%b %b?\n" % (method, target) if after else b"",
            counted=self._service.counts.of(Kind(operation.id, template.status, way="compiled")),
        )

    def _headers(self) -> tuple[bytes, frozenset[bytes]]:
        """The header of the only token there is, and all headers that say how to go on, or do where they come twice."""
        schemes = self._definition.contract.security_schemes.values()
        names = [each.name.lower().encode("latin-1") for each in schemes if each.location == "header"]
        accepted = [each.name.lower() for each in schemes if each.location == "header" and not each.refused_with]
        token = next(iter(accepted), "authorization").encode("latin-1")
        return token, frozenset((*UNCERTAIN, *names, token, b"content-type", SESSION))


def _body_checks(operation: Operation) -> Mapping[bytes, Check]:
    """The judgement of a JSON body by its Content-Type, in the spellings that most clients use."""
    found: dict[bytes, Check] = {}
    for name in ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"):
        media_type = media_types.choose(operation.body.content, name) if operation.body else None
        if media_type is not None and media_type.schema is not None:
            found[name.encode()] = media_type.schema.check
    return found


def request_of(method: bytes, path: bytes, headers: Headers, body: bytes) -> Request:
    """The plain facts of a request that has no query."""
    texts = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return Request.build(method.decode("ascii"), path.decode("latin-1"), texts, body)


def _is_usual(target: bytes) -> bool:
    """Whether a target is a plain path, and none of the mock's own."""
    return (
        target.startswith(b"/")
        and target.isascii()
        and not target.startswith(b"/__mock__")
        and target not in OWN_PLACES
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
