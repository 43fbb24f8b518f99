"""An operation of the contract as it is tested: builds its requests, knows its bodies and its refusals."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contract_tests.cases.case import UNROUTED, Expectation
from contract_tests.cases.material.other_bodies import Encoded, encoded
from contract_tests.cases.material.request_body import RequestBody, to_json
from contract_tests.identity import Carried, Identity, carry
from contract_tests.transport.wire import Request
from mock_server.contract.document.source import Location
from mock_server.contract.model import (
    Contract,
    Operation,
    Parameter,
    PathItem,
)
from mock_server.contract.schema.samples import sample
from mock_server.contract.security import SecurityScheme

USUAL_REFUSALS: Mapping[str, tuple[int, ...]] = {
    "unknown-path": (404,),
    "no-token": (401, 403),
    "unknown-token": (401, 403),
    "method-not-allowed": (405, 404, 501),
    "unsupported-media-type": (415, 400, 406, 422),
    "parse-error": (400, 422),
    "invalid-body": (400, 422),
    "invalid-parameter": (400, 422, 404),
}
"""The statuses a refusal has where the contract has no named example for it."""
PLAIN_REFUSALS: Mapping[str, int] = {"method-not-allowed": 405, "unsupported-media-type": 415}
"""The one status that is right where the contract documents it by number."""


SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
REDIRECTS, REFUSALS, TOO_LARGE = 300, 400, 413
LARGE = 64 * 1024
"""Bytes that any server reads."""


class _Keep:
    """Stands for "as in a valid request", where None has a meaning of its own."""


KEEP = _Keep()


@dataclass(frozen=True)
class OperationUnderTest:
    """One operation with the identity to call it with.

    Attributes:
        base: the path under which the target serves the API, in place of the contract's own; None: the contract's.
        secret: a text made up for this run that no answer may ever repeat; stands where a password belongs.
        overwriting: whether settings stored in the target may be overwritten.
    """

    contract: Contract
    item: PathItem
    operation: Operation
    identity: Identity
    base: str | None = None
    secret: str = "s3cret-0000"  # noqa: S105 - made up, and nobody's
    overwriting: bool = True

    # ---- requests

    @property
    def prefix(self) -> str:
        return self.base or ""

    def request(
        self,
        *,
        method: str | None = None,
        path: Mapping[str, str] | None = None,
        target: str | None = None,
        query: str = "",
        token: str | _Keep | None = KEEP,
        headers: tuple[tuple[str, str], ...] = (),
        body: Any = None,
        media_type: str | _Keep | None = KEEP,
        chunked: bool = False,
        closing: bool = False,
        omit: str = "",
    ) -> Request:
        """A valid request, but for what is given.

        `path` holds raw (percent-encoded) path parameters that replace the identity's, `target` the whole raw path.
        `body` is sent as it is where it is bytes, else as JSON; None is no body, unless one is
        needed that is no JSON. A `token` of None sends none. `omit` names a required parameter to leave out.
        """
        sent = self.identity.token if isinstance(token, _Keep) else token
        lines, queries = self.credentials(sent) if sent is not None else ((), ())
        data = body if body is None or isinstance(body, bytes) else to_json(body)
        said = self.body.media_type if isinstance(media_type, _Keep) else media_type
        if data is None and self.other_body is not None:
            data, said = self.other_body.data, self.other_body.media_type
        if data is not None and said is not None:
            lines = (*lines, ("Content-Type", said))
        lines = (*lines, *self.identity.headers.items(), *self._required("header", omit))
        cookies = "; ".join(f"{name}={quote(text, '')}" for name, text in self._required("cookie", omit))
        lines = (*lines, *((("Cookie", cookies),) if cookies else ()))
        needed = (f"{quote(name, '')}={quote(text, '')}" for name, text in self._required("query", omit))
        required = "&".join(part for part in (*needed, *queries, *self.identity.queries, query) if part)
        address = (target if target is not None else self.target(path)) + (f"?{required}" if required else "")
        return Request(
            method or self.operation.method,
            address,
            _one_cookie((*lines, *headers)),
            data,
            chunked,
            closing,
        )

    def target(self, path: Mapping[str, str] | None = None) -> str:
        """The raw path with the identity's ids, or those given (already percent-encoded)."""
        raw = self.prefix + (self.operation.path if self.base is None else self.item.path)
        for parameter in self.operation.parameters_in("path"):
            value = (path or {}).get(parameter.name)
            raw = raw.replace(f"{{{parameter.name}}}", value if value is not None else quote(self.id_of(parameter), ""))
        return raw

    def id_of(self, parameter: Parameter) -> str:
        """The id that a path parameter has in a valid request, as text."""
        known = self.identity.value(parameter.name, parameter.resource)
        if known is not None:
            return known
        return as_text(sample(parameter.schema) if parameter.example is None else parameter.example)

    @cached_property
    def scheme(self) -> SecurityScheme | None:
        """The first scheme that the token is for; None for an open operation. Others have headers of their own."""
        alternatives = self.operation.security
        if not alternatives or () in alternatives:
            return None
        known = [scheme for key in alternatives[0] if (scheme := self.contract.security_schemes.get(key)) is not None]
        given = {name.lower() for name in self.identity.headers}
        return next((scheme for scheme in known if scheme.name.lower() not in given), None)

    @property
    def other_schemes(self) -> tuple[SecurityScheme, ...]:
        """The schemes that must be satisfied beside the token's, and for which no header was given."""
        given = {name.lower() for name in self.identity.headers}
        keys = self.operation.security[0] if self.operation.security else ()
        known = (self.contract.security_schemes.get(key) for key in keys)
        needed = tuple(scheme for scheme in known if scheme is not None and scheme.name.lower() not in given)
        return tuple(scheme for scheme in needed if scheme is not self.scheme)

    @cached_property
    def token_places(self) -> frozenset[tuple[str, str]]:
        """Where the contract lets a token travel: location and lower-case name."""
        keys = {key for alternative in self.operation.security for key in alternative}
        schemes = [scheme for key, scheme in self.contract.security_schemes.items() if key in keys]
        return frozenset((scheme.location, scheme.name.lower()) for scheme in schemes)

    def credentials(self, token: str) -> Carried:
        """Headers and query parts that carry a token."""
        return carry(self.scheme, token) if self.scheme is not None else ((), ())

    def _required(self, location: str, omit: str) -> tuple[tuple[str, str], ...]:
        """Names and texts of the parameters that a valid request has in a place."""
        parameters = self.operation.parameters_in(location)
        return tuple((p.name, self.id_of(p)) for p in parameters if p.required and p.name != omit)

    @cached_property
    def body(self) -> RequestBody:
        """What the operation takes as a JSON body."""
        content = self.operation.body.content if self.operation.body else ()
        return RequestBody(content, self.secret, self.overwriting)

    @cached_property
    def other_body(self) -> Encoded | None:
        """The valid body of an operation that needs one, and takes no JSON."""
        body = self.operation.body
        if body is None or not body.required or self.body.schema is not None:
            return None
        return encoded(body.content[0]) if body.content else None

    # ---- what the contract says

    def find(self, target: str, method: str | None = None) -> tuple[PathItem, dict[str, str]] | None:
        """The path item that a raw path leads to, with its parameters as text; None where it is none of the API's."""
        path = target.partition("?")[0]
        if not path.startswith(self.prefix):
            return None
        base = "" if self.base is None else self.item.template.removesuffix(self.item.path)
        return self.contract.find(base + path[len(self.prefix) :], method)

    def refused(self, *reasons: str, **details: Any) -> Expectation:
        """The expectation of a refusal: a named example of the contract for one of the reasons, else the usual ones."""
        reason = reasons[0]
        if reason == "unknown-path":
            return UNROUTED
        examples = [example for name in reasons if (example := self.operation.example(name)) is not None]
        if examples:
            statuses = frozenset(example.status for example in examples)
            return Expectation(statuses, tuple(example.name for example in examples), **details)
        plain = PLAIN_REFUSALS.get(reason, 0)
        if plain and any(response.status == str(plain) for response in self.operation.responses):
            return Expectation(frozenset({plain}))
        usual = USUAL_REFUSALS.get(reason, (404,))
        documented = frozenset(status for status in usual if self.operation.response(status) is not None)
        return Expectation(frozenset(usual) if plain else documented or frozenset(usual))

    @cached_property
    def accepted(self) -> Expectation:
        """The documented statuses of success; those of 302-only operations are redirects."""
        documented = [status for response in self.operation.responses for status in _statuses(response.status)]
        success = [status for status in documented if status < REDIRECTS]
        redirects = [status for status in documented if REDIRECTS <= status < REFUSALS]
        return Expectation(frozenset(success or redirects or (200, 201, 202, 204)))

    def has_effect(self, request: Request) -> bool:
        """Whether a request would change something, were it accepted."""
        if request.method in SAFE_METHODS:
            return bool(self.operation.side_effect) and request.method == self.operation.method
        return True

    @cached_property
    def ends_session(self) -> bool:
        """Whether it may take the token away that all else needs."""
        named = f"{self.operation.id} {self.item.path}"
        if re.search(r"(?i)log-?out|sign-?out|revoke", named):
            return True
        return self.operation.method == "DELETE" and re.search(r"(?i)session|token", named) is not None

    @property
    def takes_away(self) -> bool:
        """Whether it ends what others need: it is sent last, and accepted once."""
        return self.operation.method == "DELETE" or self.ends_session

    def too_large(self, body: bytes | None) -> frozenset[int]:
        """413 for a large body, where the contract has it: it does not say what is large."""
        documented = self.operation.response(TOO_LARGE) is not None
        return frozenset({TOO_LARGE}) if documented and len(body or b"") > LARGE else frozenset()

    def either(self, reason: str) -> Expectation:
        """Accepted or refused, as the server likes; only nothing else."""
        return Expectation(self.accepted.statuses | self.refused(reason).statuses)

    @property
    def where(self) -> Location:
        return self.operation.location

    def place(self, where: Location) -> str:
        """File and line of the contract; the file as seen from here, or its name alone where it lies elsewhere."""
        file, _, line = self.contract.source.place(where).rpartition(":")
        with contextlib.suppress(ValueError):
            return f"{Path(file).absolute().relative_to(Path.cwd())}:{line}"
        return f"{Path(file).name}:{line}"

    def where_property(self, *names: str | int) -> Location:
        """The place of a body property in the contract."""
        if self.body.schema is None:
            return self.where
        pointer = self.body.schema.pointer.strip("/")
        root: Location = tuple(pointer.split("/")) if pointer else (*self.where, "requestBody")
        return (*root, *(step for name in names for step in ("properties", name)))


def _one_cookie(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The headers with all cookies in one, as browsers send them."""
    cookies = [value for name, value in headers if name == "Cookie"]
    if len(cookies) < 2:  # noqa: PLR2004 - more than one
        return headers
    return (*(pair for pair in headers if pair[0] != "Cookie"), ("Cookie", "; ".join(cookies)))


def _statuses(text: str) -> tuple[int, ...]:
    """The statuses that a response is for: one, or all of a range such as `2XX`; none for `default`."""
    if text.isdigit():
        return (int(text),)
    return tuple(range(int(text[0]) * 100, int(text[0]) * 100 + 100)) if text[:1].isdigit() else ()


def as_text(value: Any) -> str:
    """A value as it stands in an address: texts as they are, all else as JSON has it."""
    return value if isinstance(value, str) else to_json(value).decode("utf-8", "replace")
