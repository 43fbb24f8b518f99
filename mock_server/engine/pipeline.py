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

from mock_server.contract import json_bodies
from mock_server.contract.model import Contract, Example, Operation, PathItem, SecurityScheme
from mock_server.engine import event_ids, prefer, responses
from mock_server.engine.catalogue import Caller, Directory, ResolvedResources
from mock_server.engine.messages import ProviderError, Refused, Request
from mock_server.engine.prefer import Preference
from mock_server.engine.profiles import ABSENT, Profile
from mock_server.engine.responses import Answer
from mock_server.engine.scenario_responses import scenario_answer
from mock_server.engine.scenarios import ScenarioMatch
from mock_server.engine.stubs import Stub, Stubbed


@dataclass(frozen=True)
class MockDefinition:
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
class CheckedRequest:
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
    place: ResolvedResources | None = None
    refusal: Refused | None = None
    fault: ProviderError | None = None

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


def examine(console: MockDefinition, request: Request) -> CheckedRequest:
    """Everything that can be wrong with a request, checked in the console's order; the first reason counts."""
    found = CheckedRequest(request)
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
    except ProviderError as fault:
        return replace(found, fault=fault)
    except RecursionError:
        return replace(found, refusal=Refused("parse-error", reason="nested too deeply"))
    return found


def open_to_scenarios(checked: CheckedRequest) -> bool:
    """Whether a scenario may answer: not where the request itself chooses its answer, or says wrongly what it wants."""
    try:
        preference = prefer.read(checked.request.headers.get("prefer")) if checked.accepted else None
    except prefer.PreferenceError:
        return False
    return preference is None or not preference.chooses


def conclude(
    console: MockDefinition, stub: Stub, checked: CheckedRequest, occurrence: int = 1, cue: ScenarioMatch | None = None
) -> Reply:
    """The reply to an accepted request, the `occurrence`-th of its kind (from 1).

    A preferred answer comes first, then a scenario's, then the failure mode bound to what the request names, then the
    stub's.
    """
    try:
        preference = prefer.read(checked.request.headers.get("prefer"))
        stubbed = _chosen(console, stub, checked, occurrence, cue, preference)
    except prefer.PreferenceError as error:
        return Reply(responses.plain_error(400, str(error)))
    if preference is None:
        return _reply(stubbed, cue)
    reply = _reply(stubbed, None if preference.chooses else cue)
    told = reply.answer.with_headers({"Preference-Applied": preference.applied})
    return replace(reply, answer=told, delay=reply.delay if preference.delay is None else preference.delay)


def _chosen(
    console: MockDefinition,
    stub: Stub,
    checked: CheckedRequest,
    occurrence: int,
    cue: ScenarioMatch | None,
    preference: Preference | None,
) -> Stubbed:
    operation = stub.operation
    digest = request_digest(console, checked.request)
    event_id = event_ids.event_id(console.seed, operation.id, checked.parameters, checked.body, occurrence)
    chosen = prefer.choose(preference, operation) if preference and preference.chooses else None
    if chosen is None and cue and cue.answer:
        scripted = scenario_answer(stub, cue.answer, event_id, digest)
        if scripted is not None:
            return scripted
    if chosen is None and checked.place and checked.place.answer:
        chosen = operation.example(checked.place.answer)
    if chosen is None:
        return stub(event_id, digest)
    if isinstance(chosen, Example):
        return stub.for_example(chosen, event_id, digest)
    status = preference.code if preference and preference.code else 200
    return Stubbed(responses.from_schema(operation, chosen, status, digest))


def _reply(stubbed: Stubbed, cue: ScenarioMatch | None) -> Reply:
    if cue is None:
        return Reply(stubbed.answer, stubbed.event_id)
    return Reply(stubbed.answer, stubbed.event_id, cue.scenario, cue.delay, cue.fault)


def reject(
    console: MockDefinition, checked: CheckedRequest, occurrence: int = 1, cue: ScenarioMatch | None = None
) -> Reply:
    """The reply to a request that is not accepted: a scenario's that answers even those, else the refusal."""
    operation = checked.speaker or next(iter(console.contract.operations), None)
    stubbed = None
    if cue and cue.answer and operation:
        event_id = event_ids.event_id(console.seed, operation.id, checked.parameters, checked.body, occurrence)
        digest = request_digest(console, checked.request)
        stubbed = scenario_answer(console.stubs[operation.id], cue.answer, event_id, digest)
    return _reply(stubbed or Stubbed(refuse(console, checked)), cue)


def refuse(console: MockDefinition, checked: CheckedRequest) -> Answer:
    """The answer to a request that is not accepted."""
    digest = request_digest(console, checked.request)
    if checked.fault is not None:
        variables = {"message": checked.fault.message, "type": checked.fault.type}
        example = console.contract.faults.get("unhandled")
        if example is None:
            return responses.plain_error(500, checked.fault.message)
        return responses.from_example(checked.speaker, example, variables, digest)
    refusal = checked.refusal
    if refusal is None:
        raise ValueError("an accepted request is not refused")
    return responses.refusal(console.contract, checked.speaker, refusal.name, refusal.variables, digest)


def options(console: MockDefinition, request: Request) -> Answer | None:
    """The answer to OPTIONS where the profile has one for the path; None where that is a method like any other."""
    checked = examine(console, request)
    value = console.profile.options(checked.item) if checked.item else None
    if value is None or checked.refusal is None or checked.refusal.name != "method-not-allowed":
        return None
    answer = refuse(console, checked)
    return Answer(200, answer.headers, json_bodies.dump(value))


def fingerprint(console: MockDefinition, checked: CheckedRequest) -> str:
    """What makes two accepted requests identical: their first event id."""
    operation = checked.operation.id if checked.operation else ""
    return event_ids.event_id(console.seed, operation, checked.parameters, checked.body)


def request_digest(console: MockDefinition, request: Request) -> str:
    """An id of the request's content, 32 hex digits, where the real console gives a random one."""
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, console.seed)
    facts = f"{request.method} {request.path}?{request.query}\n".encode("utf-8", "surrogatepass")
    return uuid.uuid5(namespace, (facts + request.body).decode("latin-1")).hex


# ---- the checks, in the order in which `examine` makes them


def _path(console: MockDefinition, request: Request) -> tuple[PathItem, dict[str, str]]:
    found = console.contract.find(request.path)
    if found is None:
        raise Refused("unknown-path", path=request.path)
    return found


def _caller(console: MockDefinition, item: PathItem, request: Request) -> Caller | None:
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


def _identify(console: MockDefinition, credentials: list[tuple[SecurityScheme, str]]) -> Caller:
    caller = None
    for scheme, value in credentials:
        if not scheme.accepts(value):
            raise Refused("unknown-token")
        caller = console.directory.caller(value)
    if caller is None:
        raise Refused("no-token")
    return caller


def _place(
    console: MockDefinition, caller: Caller | None, item: PathItem, texts: Mapping[str, str]
) -> ResolvedResources:
    parameters = item.any_operation.parameters_in("path")
    return console.directory.locate(caller, parameters, texts, console.profile.path_value)


def _method(console: MockDefinition, item: PathItem, request: Request) -> Operation:
    operation = item.operations.get(request.method)
    if operation is None:
        raise Refused("method-not-allowed", method=request.method)
    return operation


def _valid(console: MockDefinition, operation: Operation, request: Request, body: Any) -> None:
    problems = console.profile.problems(operation, request, body)
    if problems:
        raise Refused("invalid-body", errors=problems)
