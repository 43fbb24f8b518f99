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
from mock_server.handlers import Stub, Stubbed
from mock_server.preferences import Preference
from mock_server.profiles import ABSENT, Profile
from mock_server.requests import Fault, Refused, Request
from mock_server.scenarios import Cue
from mock_server.scripted_answers import scripted_answer


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


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be done about a request: the answer, and how it travels.

    Attributes:
        event_id: the one that the answer carries, if it does.
        scenario: the name of the scenario that answers, if one does.
        delay: seconds until the answer is sent.
        fault: what goes wrong on the way: one of `scenarios.FAULTS`.
    """

    answer: Answer
    event_id: str | None = None
    scenario: str | None = None
    delay: float = 0.0
    fault: str | None = None


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


def open_to_scenarios(examined: Examined) -> bool:
    """Whether a scenario may answer: not where the request itself chooses its answer, or says wrongly what it wants."""
    try:
        preference = preferences.read(examined.request.headers.get("prefer")) if examined.accepted else None
    except preferences.PreferenceError:
        return False
    return preference is None or not preference.chooses


def conclude(console: Console, stub: Stub, examined: Examined, occurrence: int = 1, cue: Cue | None = None) -> Reply:
    """The reply to an accepted request, the `occurrence`-th of its kind (from 1).

    A preferred answer comes first, then a scenario's, then the failure mode bound to what the request names, then the
    stub's.
    """
    try:
        preference = preferences.read(examined.request.headers.get("prefer"))
        stubbed = _chosen(console, stub, examined, occurrence, cue, preference)
    except preferences.PreferenceError as error:
        return Reply(answers.plain_error(400, str(error)))
    if preference is None:
        return _reply(stubbed, cue)
    reply = _reply(stubbed, None if preference.chooses else cue)
    told = reply.answer.with_headers({"Preference-Applied": preference.applied})
    return replace(reply, answer=told, delay=reply.delay if preference.delay is None else preference.delay)


def _chosen(
    console: Console, stub: Stub, examined: Examined, occurrence: int, cue: Cue | None, preference: Preference | None
) -> Stubbed:
    operation = stub.operation
    digest = request_digest(console, examined.request)
    event_id = event_ids.event_id(console.seed, operation.id, examined.parameters, examined.body, occurrence)
    chosen = preferences.choose(preference, operation) if preference and preference.chooses else None
    if chosen is None and cue and cue.answer:
        scripted = scripted_answer(stub, cue.answer, event_id, digest)
        if scripted is not None:
            return scripted
    if chosen is None and examined.place and examined.place.answer:
        chosen = operation.example(examined.place.answer)
    if chosen is None:
        return stub(event_id, digest)
    if isinstance(chosen, Example):
        return stub.for_example(chosen, event_id, digest)
    status = preference.code if preference and preference.code else 200
    return Stubbed(answers.from_schema(operation, chosen, status, digest))


def _reply(stubbed: Stubbed, cue: Cue | None) -> Reply:
    if cue is None:
        return Reply(stubbed.answer, stubbed.event_id)
    return Reply(stubbed.answer, stubbed.event_id, cue.scenario, cue.delay, cue.fault)


def reject(console: Console, examined: Examined, occurrence: int = 1, cue: Cue | None = None) -> Reply:
    """The reply to a request that is not accepted: a scenario's that answers even those, else the refusal."""
    operation = examined.speaker or next(iter(console.contract.operations), None)
    stubbed = None
    if cue and cue.answer and operation:
        event_id = event_ids.event_id(console.seed, operation.id, examined.parameters, examined.body, occurrence)
        digest = request_digest(console, examined.request)
        stubbed = scripted_answer(console.stubs[operation.id], cue.answer, event_id, digest)
    return _reply(stubbed or Stubbed(refuse(console, examined)), cue)


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
