"""A request with everything that was found out about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.media import json_bodies, media_types
from mock_server.contract.model import Operation, PathItem
from mock_server.engine.catalogue import Caller, Found
from mock_server.engine.matching import RequestView
from mock_server.engine.messages import ABSENT, Absent, ProviderError, Refused, Request
from mock_server.engine.prefer import Preference, PreferenceError

Problems = Mapping[str, list[str]]


@dataclass(frozen=True)
class CheckedRequest:
    """What was found out about a request. Journal, scenarios and answers read it, and derive nothing again.

    Attributes:
        item: the path, where there is such a path.
        operation: the operation, where the path has the method.
        parameters: the path parameters: texts, then typed once what they name was found.
        caller: whose token it is; None where anyone may call, or it was not reached.
        resources: what the path names in the catalogue, by level.
        media_type: the media type by which the body was read; empty where there is none.
        body: the body's value; ABSENT where there is none, or it was not reached.
        prefer: what the client prefers, or what is wrong with that; None where it says nothing.
        refusal: why the request is refused: the name of an answer and its variable parts; None where it is accepted.
        error: what fails in the provider on this request, where its profile copies that.
    """

    request: Request
    item: PathItem | None = None
    operation: Operation | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    caller: Caller | None = None
    resources: Found = field(default_factory=dict)
    media_type: str = ""
    body: Any = ABSENT
    prefer: Preference | PreferenceError | None = None
    refusal: Refused | None = None
    error: ProviderError | None = None

    def knowing(self, **facts: object) -> CheckedRequest:
        """The same with some facts more: `dataclasses.replace`, but quick, for most checks find something out."""
        known = object.__new__(CheckedRequest)
        known.__dict__.update(self.__dict__, **facts)
        for derived in ("readable_body", "view"):
            known.__dict__.pop(derived, None)
        return known

    @property
    def accepted(self) -> bool:
        return self.refusal is None and self.error is None

    @property
    def refused_for(self) -> str | None:
        """The name of what it is refused with, or of what fails in the provider."""
        reason = self.refusal or self.error
        return reason.name if reason else None

    @property
    def speaker(self) -> Operation | None:
        """The operation whose documented answers apply, even where the method has none."""
        return self.operation or (self.item.any_operation if self.item and self.item.operations else None)

    @property
    def value(self) -> object:
        """The body's value as event ids know it: null where there is none."""
        return None if isinstance(self.body, Absent) else self.body

    @property
    def bound_answer(self) -> str | None:
        """The failure mode bound to what the path names; the innermost thing's wins."""
        return next((entry.answer for entry in reversed([*self.resources.values()]) if entry.answer), None)

    @property
    def problems(self) -> Problems:
        """What is wrong with it, by field."""
        if self.refusal is None:
            return {}
        errors = self.refusal.variables.get("errors")
        if isinstance(errors, Mapping):
            return errors
        return {"request": [", ".join([self.refusal.name, *map(str, self.refusal.variables.values())])]}

    @cached_property
    def readable_body(self) -> object:
        """The body's value, read as well as it can be even where the request was refused before; ABSENT without one.

        Bytes where it is no text.
        """
        raw = self.request.body
        if not raw:
            return ABSENT
        return _readable(raw, self.request.headers) if self.body is ABSENT or self.body is None else self.body

    @cached_property
    def view(self) -> RequestView:
        """What scenarios and verification look at."""
        return RequestView(
            operation=self.operation.id if self.operation else None,
            path={name: str(value) for name, value in self.parameters.items()},
            query=query_values(self.request.query),
            headers=self.request.headers,
            body=self.readable_body,
        )


def query_values(query: str) -> dict[str, tuple[str, ...]]:
    """The values of each query parameter."""
    if not query:
        return {}
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def _readable(raw: bytes, headers: Mapping[str, str]) -> object:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw
    if "\0" in text:
        return raw
    try:
        return json_bodies.parse(text)
    except (json_bodies.JsonError, RecursionError):
        pass
    if media_types.essence(headers.get("content-type", "")) == "application/x-www-form-urlencoded":
        return dict(parse_qsl(text, keep_blank_values=True))
    return text
