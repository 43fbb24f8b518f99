"""An operation of the contract as it is tested: builds its requests, knows its bodies and its refusals."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from contract_tests.cases.case import UNROUTED, Expectation
from contract_tests.transport.wire import Request
from contract_tests.verification.identity import Identity
from mock_server.contract.model import JSON_MEDIA_TYPE, Contract, Operation, Parameter, PathItem, SecurityScheme
from mock_server.contract.samples import sample
from mock_server.contract.schemas import Schema
from mock_server.contract.source import Location

USUAL_REFUSALS: Mapping[str, tuple[int, ...]] = {
    "unknown-path": (404,),
    "no-token": (401, 403),
    "unknown-token": (401, 403),
    "method-not-allowed": (405,),
    "unsupported-media-type": (415,),
    "parse-error": (400, 422),
    "invalid-body": (400, 422),
}
"""The statuses a refusal has where the contract has no named example for it."""


class _Keep:
    """Stands for "as in a valid request", where None has a meaning of its own."""


KEEP = _Keep()


@dataclass(frozen=True)
class OperationUnderTest:
    """One operation with the identity to call it with.

    Attributes:
        secret: a text made up for this run that no answer may ever repeat; stands where a password belongs.
        overwriting: whether settings stored in the target may be overwritten.
    """

    contract: Contract
    item: PathItem
    operation: Operation
    identity: Identity
    prefix: str = ""
    secret: str = "s3cret-0000"  # noqa: S105 - made up, and nobody's
    overwriting: bool = True

    # ---- requests

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
        media_type: str | None = JSON_MEDIA_TYPE,
        chunked: bool = False,
        closing: bool = False,
    ) -> Request:
        """A valid request, but for what is given.

        `path` holds raw (percent-encoded) path parameters that replace the identity's, `target` the whole raw path.
        `body` is sent as it is where it is bytes, else as JSON; None is no body at all. A `token` of None sends none.
        """
        sent = self.identity.token if isinstance(token, _Keep) else token
        lines, queries = self.credentials(sent) if sent is not None else ((), ())
        data = body if body is None or isinstance(body, bytes) else to_json(body)
        if data is not None and media_type is not None:
            lines = (*lines, ("Content-Type", media_type))
        required = "&".join(part for part in (self._required_query, *queries, query) if part)
        address = (target if target is not None else self.target(path)) + (f"?{required}" if required else "")
        return Request(
            method or self.operation.method,
            address,
            (*lines, *self._required_headers, *headers),
            data,
            chunked,
            closing,
        )

    def target(self, path: Mapping[str, str] | None = None) -> str:
        """The raw path with the identity's ids, or those given (already percent-encoded)."""
        raw = self.prefix + self.operation.path
        for parameter in self.operation.parameters_in("path"):
            value = (path or {}).get(parameter.name)
            raw = raw.replace(f"{{{parameter.name}}}", value if value is not None else quote(self.id_of(parameter), ""))
        return raw

    def id_of(self, parameter: Parameter) -> str:
        """The id that a path parameter has in a valid request, as text."""
        known = self.identity.value(parameter.name, parameter.resource)
        if known is not None:
            return known
        if parameter.example is not None:
            return str(parameter.example)
        return str(sample(parameter.schema))

    @cached_property
    def scheme(self) -> SecurityScheme | None:
        """The first scheme that the operation asks for; None for an open operation."""
        alternatives = self.operation.security
        if not alternatives or () in alternatives:
            return None
        return self.contract.security_schemes.get(alternatives[0][0])

    def credentials(self, token: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Headers and query parts that carry a token."""
        scheme = self.scheme
        if scheme is None:
            return (), ()
        if scheme.kind == "http" and scheme.scheme == "basic":
            return (("Authorization", f"Basic {base64.b64encode(token.encode()).decode()}"),), ()
        if scheme.scheme:
            return (("Authorization", f"{scheme.scheme.title()} {token}"),), ()
        if scheme.location == "query":
            return (), (f"{scheme.name}={quote(token, '')}",)
        if scheme.location == "cookie":
            return (("Cookie", f"{scheme.name}={token}"),), ()
        return ((scheme.name, token),), ()

    @cached_property
    def _required_query(self) -> str:
        required = [parameter for parameter in self.operation.parameters_in("query") if parameter.required]
        return "&".join(f"{quote(parameter.name, '')}={quote(self.id_of(parameter), '')}" for parameter in required)

    @cached_property
    def _required_headers(self) -> tuple[tuple[str, str], ...]:
        required = [parameter for parameter in self.operation.parameters_in("header") if parameter.required]
        return tuple((parameter.name, self.id_of(parameter)) for parameter in required)

    # ---- bodies

    @cached_property
    def body_schema(self) -> Schema | None:
        """The schema of the JSON body; None where the operation takes none."""
        for media_type in self.operation.body.content if self.operation.body else ():
            if media_type.name.split(";")[0].strip().endswith("json"):
                return media_type.schema
        return None

    @cached_property
    def body_node(self) -> Mapping[str, Any]:
        return self.body_schema.node if self.body_schema else {}

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        """The properties of the body."""
        return self.body_schema.properties if self.body_schema else {}

    @cached_property
    def property_nodes(self) -> Mapping[str, Mapping[str, Any]]:
        """What the contract says about each property of the body."""
        return {name: schema.node for name, schema in self.properties.items()}

    @cached_property
    def base_body(self) -> Any:
        """A valid body that sets every property it may: the contract's examples, joined, the rest made from the schema.

        A password in it is the run's own secret, and so is the password inside an address.
        """
        examples = [example.value for media in self._media for example in media.examples]
        if self.body_schema is None or not self.properties:
            return examples[0] if examples else sample(self.body_schema)
        body: dict[str, Any] = {}
        for name, schema in self.properties.items():
            if not self.may_send(name) or schema.node.get("readOnly"):
                continue
            given = [e[name] for e in examples if isinstance(e, Mapping) and e.get(name) is not None]
            body[name] = self._with_secret(schema, given[0] if given else sample(schema))
        return body if self.body_schema.is_valid(body) else sample(self.body_schema)

    def may_send(self, name: str) -> bool:
        """Whether a property may be sent: not where it would overwrite stored settings and that is not allowed."""
        node = self.property_nodes.get(name, {})
        return self.overwriting or not node.get("x-overwrites-stored-settings")

    def _with_secret(self, schema: Schema, value: Any) -> Any:
        candidate = value
        if schema.node.get("format") == "password":
            candidate = self.secret
        elif isinstance(value, str) and "://" in value and "@" not in value:
            scheme, _, rest = value.partition("://")
            candidate = f"{scheme}://ci:{self.secret}@{rest}"
        return candidate if schema.is_valid(candidate) else value

    @property
    def _media(self) -> tuple[Any, ...]:
        return self.operation.body.content if self.operation.body else ()

    # ---- what the contract says

    @cached_property
    def example_texts(self) -> frozenset[str]:
        """Every text in the examples of answers: what the contract shows gives nothing away."""
        found: set[str] = set()
        waiting: list[Any] = [example.value for example in self.operation.examples]
        while waiting:
            value = waiting.pop()
            if isinstance(value, str):
                found.add(value)
            elif isinstance(value, Mapping):
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
        return frozenset(found)

    def refused(self, *reasons: str, **details: Any) -> Expectation:
        """The expectation of a refusal: a named example of the contract for one of the reasons, else the usual ones."""
        reason = reasons[0]
        if reason == "unknown-path":
            return UNROUTED
        examples = [example for name in reasons if (example := self.operation.example(name)) is not None]
        if examples:
            statuses = frozenset(example.status for example in examples)
            return Expectation(statuses, tuple(example.name for example in examples), **details)
        usual = USUAL_REFUSALS.get(reason, (404,))
        documented = frozenset(status for status in usual if self.operation.response(status) is not None)
        return Expectation(documented or frozenset(usual))

    @cached_property
    def accepted(self) -> Expectation:
        statuses = [int(r.status) for r in self.operation.responses if r.status.isdigit() and r.status.startswith("2")]
        return Expectation(frozenset(statuses or (200, 201, 202, 204)))

    def either(self, reason: str) -> Expectation:
        """Accepted or refused, as the server likes; only nothing else."""
        return Expectation(self.accepted.statuses | self.refused(reason).statuses)

    @property
    def where(self) -> Location:
        return self.operation.location

    def where_property(self, *names: str | int) -> Location:
        """The place of a body property in the contract."""
        if self.body_schema is None:
            return self.where
        pointer = self.body_schema.pointer.strip("/")
        root: Location = tuple(pointer.split("/")) if pointer else (*self.where, "requestBody")
        return (*root, *(step for name in names for step in ("properties", name)))


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def prefix_of(url: str) -> str:
    """The path in front of the contract's own, where the target lives under one."""
    return urlsplit(url).path.rstrip("/")
