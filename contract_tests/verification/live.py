"""The target as generated requests meet it: through the budget, as exact bytes, to the ids that the user named.

Schemathesis takes applications in place of an address (WSGI). Here the application passes a request on to the target,
where the budget allows it, so that every request of a run passes one door.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from contract_tests.cases.case import Case
from contract_tests.cases.generated import case_of
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.transport.wire import Exchange, Request, Unreachable
from contract_tests.verification.runner import Runner

DROPPED = frozenset((
    "host", "connection", "content-length", "transfer-encoding", "user-agent", "accept-encoding",
    "x-schemathesis-testcaseid",
))  # fmt: skip
"""Headers that Schemathesis's own client would add, or that would change how the answer is encoded."""

TOKEN = "RAINBOND_TOKEN-stands-here"  # noqa: S105 - it stands for a token, and is none
"""What generated requests carry in place of the token, so that no report of Schemathesis ever holds it."""

ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
"""How JSON may write a sign, so that a name is recognised however it is written."""

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[dict[str, object], StartResponse], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a generated request.

    Attributes:
        exchange: None where it was held back.
        problems: what is wrong with its answer.
        certain: the contract leaves no doubt whether the request is valid, and nothing beside it decided the answer.
    """

    under_test: OperationUnderTest
    case: Case
    exchange: Exchange | None
    problems: tuple[Problem, ...] = ()
    certain: bool = True

    @property
    def answered(self) -> bool:
        return self.exchange is not None and self.exchange.answer is not None


class LiveTarget:
    """Sends what is generated, each request once, and remembers what came back.

    Args:
        kept_builds: accepted requests that must be left for other cases: valid requests stop there, invalid ones go on
            as long as one accepted against the contract would still be within the budget.
        kept_seconds: time that must be left for other cases.
        enough: how many requests are sent at most.
    """

    def __init__(
        self,
        operations: Iterable[OperationUnderTest],
        runner: Runner,
        *,
        kept_builds: int = 1,
        kept_seconds: float = 0.0,
        enough: int | None = None,
    ) -> None:
        self.sent = 0
        self.accepted = 0
        self._operations = {(o.operation.method, o.operation.path): o for o in operations}
        self._runner = runner
        self._kept_builds = kept_builds
        self._kept_seconds = kept_seconds
        self._enough = enough
        self._by_request: dict[Request, Sent] = {}
        self._by_case: dict[str, Sent] = {}
        self._lock = threading.RLock()

    @property
    def over(self) -> str:
        """Why nothing more can be sent; empty where something can."""
        budget = self._runner.budget
        if self._enough is not None and self.sent >= self._enough:
            return "enough was generated"
        if budget.seconds_left <= self._kept_seconds:
            return "the time was needed for other cases (--max-time)"
        return budget.closed()

    @property
    def seconds(self) -> int:
        """How long generating may take, in whole seconds."""
        return max(1, int(self._runner.budget.seconds_left - self._kept_seconds))

    @property
    def spare_builds(self) -> int:
        """How many valid requests may still be accepted."""
        return self._runner.budget.left - self._kept_builds

    def operation(self, method: str, path: str) -> OperationUnderTest | None:
        """The operation under test, by its method and its path in the document or in a request."""
        of_method = [o for (own, _), o in self._operations.items() if own == method.upper()]
        found = [o for o in of_method if bare(o.operation.path).endswith(bare(path)) or _serves(o, path)]
        return min(found, key=lambda o: len(o.operation.path), default=None)

    def outcome(self, case_id: str) -> Sent | None:
        """What became of a generated case, by Schemathesis's id of it."""
        return self._by_case.get(case_id)

    def forget(self) -> None:
        """Drop what is remembered by case: nobody asks for it any more."""
        self._by_case.clear()

    def application(
        self, under_test: OperationUnderTest, case_id: str, phase: str, path: Mapping[str, object], *, valid: bool
    ) -> Application:
        """The application that sends one generated case.

        `path` are path parameters that replace the ids of the user; `valid` says that it was made to be accepted.
        """
        raw = {name: quote(str(value), "") for name, value in path.items()}

        def application(environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
            request = _request(environ, under_test, under_test.target(raw))
            with self._lock:
                found = self._send(under_test, request, phase, valid=valid)
                self._by_case[case_id] = found
            answer = found.exchange.answer if found.exchange is not None else None
            if answer is None:
                start_response("400 Not Sent", [("Content-Type", "application/json")])
                return [b"{}"]
            start_response(f"{answer.status} -", [(name, value) for name, value in answer.headers if _plain(name)])
            return [answer.body]

        return application

    def _send(self, under_test: OperationUnderTest, request: Request, phase: str, *, valid: bool) -> Sent:
        known = self._by_request.get(request)
        if known is not None:
            return known
        case, certain = case_of(under_test, request, phase)
        # What a baseline knows to be accepted takes a build as a valid request does.
        costs = valid or not case.expect.refuses or self._runner.baseline.knows(case)
        if self._held_back(under_test, request, valid=costs):
            return Sent(under_test, case, None)
        try:
            exchange = self._runner.send(under_test, case)
        except Unreachable as error:
            self._runner.budget.stopped = f"the target went away: {error}"
            exchange = Exchange(request, b"", None, str(error))
        self.sent += 1
        self.accepted += exchange.accepted
        problems, circumstance = self._runner.evaluate(under_test, case, exchange)
        sent = Sent(under_test, case, exchange, tuple(problems), certain and not circumstance)
        self._by_request[request] = sent
        return sent

    def _held_back(self, under_test: OperationUnderTest, request: Request, *, valid: bool) -> bool:
        if self.over or request.method != under_test.operation.method:
            # Undocumented methods have cases of their own, which know what each may do.
            return True
        if valid and under_test.has_effect(request) and self._runner.budget.left <= self._kept_builds:
            return True
        return not _within_leave(under_test, request)


def _serves(under_test: OperationUnderTest, path: str) -> bool:
    match = under_test.find(path)
    return match is not None and match[0] is under_test.item


def bare(path: str) -> str:
    """A path template as a plain path: what is sent has ids there in any case."""
    return path.replace("{", "").replace("}", "")


def _within_leave(under_test: OperationUnderTest, request: Request) -> bool:
    """Whether a request stays within what the user allowed: no property that overwrites what is stored."""
    if under_test.overwriting or not request.body:
        return True
    guarded = [name for name in under_test.body.nodes if not under_test.body.may_send(name)]
    read = ESCAPE.sub(lambda escape: chr(int(escape[1], 16)).encode("utf-8", "surrogatepass"), request.body)
    return not any(name.encode() in read for name in guarded)


def _plain(name: str) -> bool:
    """Whether a header may pass a WSGI server: those about the connection are the connection's own."""
    return name.lower() not in ("connection", "keep-alive", "transfer-encoding", "content-length", "upgrade")


def _request(environ: Mapping[str, object], under_test: OperationUnderTest, target: str) -> Request:
    length = int(str(environ.get("CONTENT_LENGTH") or 0))
    body = environ["wsgi.input"].read(length) if length else b""  # type: ignore[attr-defined]
    query = _query(str(environ.get("QUERY_STRING") or ""), under_test)
    address = f"{target}?{query}" if query else target
    return Request(
        str(environ["REQUEST_METHOD"]), address, tuple(_with_token(under_test, _headers(environ))), body or None
    )


def _query(query: str, under_test: OperationUnderTest) -> str:
    """The query with the token where its stand-in is, and what every request carries."""
    signed = query.replace(TOKEN, quote(under_test.identity.token, ""))
    return "&".join(part for part in (signed, *under_test.identity.queries) if part)


def _headers(environ: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        if key.startswith("HTTP_") and name.lower() not in DROPPED and value != "*/*":
            yield name, str(value)
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", str(environ["CONTENT_TYPE"])


def _with_token(under_test: OperationUnderTest, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The headers with the token where its stand-in is; without them where there is no token."""
    placeholders = {value for _, value in under_test.credentials(TOKEN)[0]}
    token = under_test.identity.token
    beside = {name.lower(): (name, value) for name, value in under_test.identity.headers.items()}
    for name, value in headers:
        beside.pop(name.lower(), None)
        if value not in placeholders:
            yield name, value
        elif token:
            yield from under_test.credentials(token)[0]
    yield from beside.values()


def renamed(case: Case, check: str) -> Case:
    """The case as a finding of a check names it."""
    name, kind, phase, _ = case.id.rsplit("/", 3)
    return replace(case, id=f"{name}/{kind}/{phase}/{check}")
