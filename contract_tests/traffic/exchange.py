"""A recorded exchange as a case of the verifier: what the contract allows as its answer, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

from contract_tests.cases.case import Case, Expectation
from contract_tests.cases.generated import read
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.evaluation import ABOUT_THE_REQUEST, judge
from contract_tests.checks.examples import matching
from contract_tests.checks.problem import Problem
from contract_tests.traffic.archive import Recorded
from contract_tests.transport.answer import Answer
from contract_tests.transport.wire import Exchange, Request
from mock_server.contract.secrets.secret_texts import MASK
from mock_server.engine import pipeline
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.checks import BODY_CHECKS
from mock_server.engine.messages import Request as PlainRequest

STAND_IN = "recorded-credentials"
"""Stands in the place of credentials: archives leave them out, and nobody can tell a good one from a bad one."""
CHECK_OF: Mapping[str, str] = {
    "unknown-path": "path-not-enforced",
    "method-not-allowed": "method-not-refused",
    "unsupported-media-type": "media-type-not-enforced",
    "parse-error": "malformed-body-accepted",
    "invalid-body": "type-not-enforced",
}
"""What an accepted request violates, by the reason for which the contract refuses it."""
OF_CONTENT = ("unsupported-media-type", "invalid-body")
"""The reasons of which the verifier knows more: the property, and whether to accept it would be generous."""
OF_BODIES = frozenset({"answer-schema", "answer-not-json", "answer-example-differs", "undocumented-property"})
NOT_MODIFIED, REFUSALS, SERVER_ERROR, NOT_IMPLEMENTED = 304, 400, 500, 501
USUAL = {404, 405, 415}
"""Refusals of what is no request of the API, documented or not."""
LONG_ENOUGH = 12
"""Shorter credentials are words that an answer may well hold."""


class RecordedExchange:
    """One recorded exchange as a case of the verifier, with its answer."""

    def __init__(
        self, definition: pipeline.MockDefinition, under_test: OperationUnderTest, path: str, entry: Recorded
    ) -> None:
        self.entry = entry
        self.under_test = under_test
        self._definition = definition
        self._path = path

    @cached_property
    def _checked(self) -> CheckedRequest:
        """The request as the contract reads it, with credentials that it accepts."""
        lines, queries = self.under_test.credentials(STAND_IN)
        names = {name.lower() for name, _ in lines}
        headers = [pair for pair in self.entry.request_headers if pair[0].lower() not in names]
        query = "&".join(filter(None, (urlsplit(self.entry.url).query, *queries)))
        plain = PlainRequest.build(self.entry.method, self._path, (*headers, *lines), self.entry.sent or b"", query)
        return pipeline.check(self._definition, plain, BODY_CHECKS if self.entry.sent is None else ())

    @cached_property
    def reason(self) -> str:
        """Why the contract refuses the request, in words; empty where it does not, or nobody can tell."""
        checked = self._checked
        masked = MASK.encode() in (self.entry.sent or b"") or MASK in self.entry.url
        if self._refused_for not in CHECK_OF or masked:
            return ""
        cookies = {each.name for each in self.under_test.operation.parameters_in("cookie")}
        sent = {name.lower() for name, _ in self.entry.request_headers}
        told = [
            f"{name}: {texts[0]}" if texts else name
            for name, texts in checked.problems.items()
            if name not in cookies or "cookie" in sent  # archives leave cookies out
        ]
        return f"{self._refused_for} ({'; '.join(told)})" if told else ""

    @property
    def _refused_for(self) -> str:
        return self._checked.refused_for or ""

    @cached_property
    def case(self) -> Case:
        operation, status = self.under_test.operation, self.entry.status
        case = Case(
            id=f"{operation.id}/recorded/{status}",
            check="answer-status",
            operation=operation.id,
            constraint=f"status {status}",
            purpose=f"entry {self.entry.number}, {self.entry.method} {_shown(self.entry.url)}",
            request=self._request,
            expect=Expectation(self._documented),
            where=operation.location,
        )
        if not self.reason:
            return case
        case = replace(case, check=CHECK_OF[self._refused_for], expect=Expectation(frozenset(self._refusals)))
        if self._refused_for not in OF_CONTENT:
            return case
        reading = read(self.under_test, self._request)
        if not reading.certain or not reading.expect.refuses:
            return case
        return replace(case, check=reading.check, constraint=reading.constraint, lenient=reading.lenient)

    @property
    def _documented(self) -> frozenset[int]:
        """The statuses that the contract has."""
        return _statuses(frozenset(response.status.upper() for response in self.under_test.operation.responses))

    @property
    def _refusals(self) -> Iterator[int]:
        """The statuses that a request may be refused with: of a method that the contract does not have, any."""
        if self._refused_for == "method-not-allowed":
            return iter((*range(REFUSALS, SERVER_ERROR), NOT_IMPLEMENTED))
        return (status for status in self._documented | USUAL if status >= REFUSALS)

    @cached_property
    def _request(self) -> Request:
        parts = urlsplit(self.entry.url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = tuple(
            (name.title(), value)  # HTTP/2 has them in lower case
            for name, value in self.entry.request_headers
            if name.lower() not in ("host", "content-length")
        )
        return Request(self.entry.method, target, headers, self.entry.sent or None)

    @cached_property
    def exchange(self) -> Exchange:
        entry = self.entry
        head = "".join(f"{name}: {value}\r\n" for name, value in entry.headers)
        data = f"HTTP/1.1 {entry.status}\r\n{head}\r\n".encode("utf-8", "replace")
        answer = Answer(entry.status, entry.headers, entry.body or b"", data, entry.seconds)
        return Exchange(self._request, self._request.encode(urlsplit(entry.url).netloc.rpartition("@")[2]), answer)

    @property
    def credentials(self) -> str:
        """What the request proves its caller with; empty where the archive does not have it, or it is short."""
        scheme = self.under_test.scheme
        if scheme is None:
            return ""
        headers = {name.lower(): value for name, value in self.entry.request_headers}
        found = scheme.credentials(headers, urlsplit(self.entry.url).query) or ""
        return found if len(found) >= LONG_ENOUGH else ""

    @property
    def problems(self) -> Iterator[Problem]:
        """What the answer breaks the contract with."""
        entry = self.entry
        conditional = {"if-none-match", "if-modified-since"} & {name.lower() for name, _ in entry.request_headers}
        if entry.status == NOT_MODIFIED and conditional:
            return
        case = self.case
        if entry.body is None or entry.method == "HEAD":
            # As in an answer to HEAD, there is no body to look at.
            case = replace(case, request=replace(case.request, method="HEAD"))
        masked = MASK.encode() in (entry.body or b"")
        for problem in judge(self.under_test, case, self.exchange, tuple(filter(None, (self.credentials,)))).problems:
            is_hidden = problem.check in OF_BODIES and (masked or entry.body is None)
            if not is_hidden and not self._is_left_out(problem.check):
                yield problem
        yield from self._blamed()

    def _is_left_out(self, check: str) -> bool:
        """Whether it is the archive, and not the exchange, that lacks a header."""
        if check == "answer-header":
            return not self.entry.has_headers
        return check == "cross-origin-differs" and all(name != "Origin" for name, _ in self._request.headers)

    def _blamed(self) -> Iterator[Problem]:
        """A valid request that was refused for what is wrong with it."""
        answer = self.exchange.answer
        if answer is None or self._checked.refusal is not None or self.entry.sent is None:
            return
        example = matching(self.under_test, answer) if answer.status >= REFUSALS else None
        if example is not None and example.name in ABOUT_THE_REQUEST:
            yield Problem("plain-request-refused", "no refusal of a valid request", f"{answer.status} {example.name}")


@lru_cache(maxsize=1000)
def _statuses(names: frozenset[str]) -> frozenset[int]:
    """The statuses that some responses are for; `DEFAULT` stands for all but failures of the server."""
    return frozenset(
        status
        for status in range(200, 600)
        if {str(status), f"{status // 100}XX"} & names or ("DEFAULT" in names and status < SERVER_ERROR)
    )


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{origin(url)}{parts.path}"


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
