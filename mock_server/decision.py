"""What to answer a request: pure functions of contract, catalogue and plain request facts.

`examine` looks for every reason to refuse a request, in the console's order; `conclude` picks the answer. Neither
knows a framework, a clock or a store, so any server can call them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from mock_server import answers, event_ids, json_bodies, preferences
from mock_server.answers import Answer
from mock_server.catalogue import Caller, Directory, Place
from mock_server.contract import Contract, Example, Operation, PathItem, SecurityScheme
from mock_server.handlers import Stub
from mock_server.profiles import ABSENT, Profile
from mock_server.requests import Fault, Refused, Request


@dataclass(frozen=True)
class Console:
    """Everything a decision depends on besides the request.

    Attributes:
        directory: who may call and what exists.
        profile: how requests are read.
        seed: what event ids are derived from.
    """

    contract: Contract
    directory: Directory
    profile: Profile
    seed: str

    @cached_property
    def stubs(self) -> Mapping[str, Stub]:
        """The stub of each operation, by operationId."""
        return {operation.id: Stub(operation) for operation in self.contract.operations}


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about a request.

    Attributes:
        parameters: the path parameters; typed once everything they name was found, texts before.
        body: the body's value, None where there is none or it was not reached.
        refusal: why the request is refused: the name of an answer and its variable parts; None where it is accepted.
        fault: what fails in the console on this request, where its profile copies that.
    """

    request: Request
    item: PathItem | None = None
    operation: Operation | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    place: Place | None = None
    refusal: Refused | None = None
    fault: Fault | None = None

    @property
    def accepted(self) -> bool:
        return self.refusal is None and self.fault is None

    @property
    def speaker(self) -> Operation | None:
        """The operation whose documented answers apply, even where the method has none."""
        return self.operation or (self.item.any_operation if self.item else None)


def examine(console: Console, request: Request) -> Examined:
    """Everything that can be wrong with a request, checked in the console's order; the first reason counts."""
    found = Examined(request)
    try:
        item, texts = _path(console, request)
        found = replace(found, item=item, operation=item.operations.get(request.method), parameters=texts)
        caller = _caller(console, item, request)
        place = _place(console, caller, item, texts)
        found = replace(found, place=place, parameters=place.parameters)
        operation = _method(console, item, request)
        body = console.profile.read_body(operation, request)
        found = replace(found, body=None if body is ABSENT else body)
        _valid(console, operation, request, body)
        console.profile.unfinished(place.state)
    except Refused as refusal:
        return replace(found, refusal=refusal)
    except Fault as fault:
        return replace(found, fault=fault)
    except RecursionError:
        return replace(found, refusal=Refused("parse-error", reason="nested too deeply"))
    return found


def conclude(console: Console, stub: Stub, examined: Examined, occurrence: int = 1) -> Answer:
    """The answer to an accepted request, the `occurrence`-th of its kind (from 1): a preferred one, else the failure
    mode bound to what it names, else the stub's.
    """
    operation = stub.operation
    digest = request_digest(console, examined.request)
    event_id = event_ids.event_id(console.seed, operation.id, examined.parameters, examined.body, occurrence)
    try:
        preference = preferences.read(examined.request.headers.get("prefer"))
        chosen = preferences.choose(preference, operation) if preference else None
    except preferences.PreferenceError as error:
        return answers.plain_error(400, str(error))
    if chosen is None and examined.place and examined.place.answer:
        chosen = operation.example(examined.place.answer)
    if chosen is None:
        answer = stub(event_id, digest)
    elif isinstance(chosen, Example):
        answer = stub.for_example(chosen, event_id, digest)
    else:
        status = preference.code if preference and preference.code else 200
        answer = answers.from_schema(operation, chosen, status, digest)
    return answer.with_headers({"Preference-Applied": preference.applied}) if preference else answer


def refuse(console: Console, examined: Examined) -> Answer:
    """The answer to a request that is not accepted."""
    digest = request_digest(console, examined.request)
    if examined.fault is not None:
        variables = {"message": examined.fault.message, "type": examined.fault.type}
        example = console.contract.faults.get("unhandled")
        if example is None:
            return answers.plain_error(500, examined.fault.message)
        return answers.from_example(examined.speaker, example, variables, digest)
    refusal = examined.refusal
    if refusal is None:
        raise ValueError("an accepted request is not refused")
    return answers.refusal(console.contract, examined.speaker, refusal.name, refusal.variables, digest)


def options(console: Console, request: Request) -> Answer | None:
    """The answer to OPTIONS where the profile has one for the path; None where that is a method like any other."""
    examined = examine(console, request)
    value = console.profile.options(examined.item) if examined.item else None
    if value is None or examined.refusal is None or examined.refusal.name != "method-not-allowed":
        return None
    answer = refuse(console, examined)
    return Answer(200, answer.headers, json_bodies.dump(value))


def fingerprint(console: Console, examined: Examined) -> str:
    """What makes two accepted requests identical: their first event id."""
    operation = examined.operation.id if examined.operation else ""
    return event_ids.event_id(console.seed, operation, examined.parameters, examined.body)


def request_digest(console: Console, request: Request) -> str:
    """An id of the request's content, 32 hex digits, where the real console gives a random one."""
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, console.seed)
    facts = f"{request.method} {request.path}?{request.query}\n".encode("utf-8", "surrogatepass")
    return uuid.uuid5(namespace, (facts + request.body).decode("latin-1")).hex


# ---- the checks, in the order in which `examine` makes them


def _path(console: Console, request: Request) -> tuple[PathItem, dict[str, str]]:
    found = console.contract.find(request.path)
    if found is None:
        raise Refused("unknown-path", path=request.path)
    return found


def _caller(console: Console, item: PathItem, request: Request) -> Caller | None:
    """Who calls; None where anyone may. Credentials of one alternative must all be good."""
    schemes = console.contract.security_schemes
    alternatives = item.operations.get(request.method, item.any_operation).security
    if not alternatives or () in alternatives:
        return None
    for scheme in schemes.values():
        if scheme.refused_with and scheme.credentials(request.headers, request.query):
            raise Refused(scheme.refused_with)
    sent = {key: scheme.credentials(request.headers, request.query) for key, scheme in schemes.items()}
    for alternative in alternatives:
        if all(sent.get(key) for key in alternative):
            return _identify(console, [(schemes[key], str(sent[key])) for key in alternative])
    raise Refused("no-token" if not any(sent.values()) else "unknown-token")


def _identify(console: Console, credentials: list[tuple[SecurityScheme, str]]) -> Caller:
    caller = None
    for scheme, value in credentials:
        if not scheme.accepts(value):
            raise Refused("unknown-token")
        caller = console.directory.caller(value)
    if caller is None:
        raise Refused("no-token")
    return caller


def _place(console: Console, caller: Caller | None, item: PathItem, texts: Mapping[str, str]) -> Place:
    parameters = item.any_operation.parameters_in("path")
    return console.directory.locate(caller, parameters, texts, console.profile.path_value)


def _method(console: Console, item: PathItem, request: Request) -> Operation:
    operation = item.operations.get(request.method)
    if operation is None:
        raise Refused("method-not-allowed", method=request.method)
    return operation


def _valid(console: Console, operation: Operation, request: Request, body: Any) -> None:
    problems = console.profile.problems(operation, request, body)
    if problems:
        raise Refused("invalid-body", errors=problems)
