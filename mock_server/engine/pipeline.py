"""What to answer a request: pure functions of contract, catalogue and plain request facts.

`check` looks for every reason to refuse a request, in the order that the contract gives (`x-order-of-checks`);
`answer` picks the answer. Neither knows a framework, a clock or a store, so any server can call them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import dropwhile

from mock_server.contract.model import Contract, Example, Operation
from mock_server.engine import event_ids, prefer
from mock_server.engine.answer_templates import AnswerTemplate
from mock_server.engine.catalogue import Directory
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.checks import BODY_CHECKS, Check, ordered_checks
from mock_server.engine.kept.collections import Collections
from mock_server.engine.kept.finding import find_collections
from mock_server.engine.messages import Answer, ProviderError, Refused, Request
from mock_server.engine.profiles import Profile
from mock_server.engine.remembered import Remembered
from mock_server.engine.responses import Responses
from mock_server.engine.scenario_responses import scenario_answer
from mock_server.engine.scenarios import ScenarioMatch


@dataclass(frozen=True)
class MockDefinition:
    """Everything an answer depends on besides the request.

    Attributes:
        directory: who may call and what exists.
        profile: how requests are read.
        seed: what event ids are derived from.
        keep: whether the contract's collections keep what is sent to them, where it does not say so itself.
    """

    contract: Contract
    directory: Directory
    profile: Profile
    seed: str
    keep: bool = False

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The checks in the contract's order. Raises SourceError: the order cannot work."""
        return ordered_checks(self.contract)

    @cached_property
    def remembered(self) -> Remembered:
        """The checks in front of those that look at more than method, path and credentials."""
        first = self.checks[: len(self.checks) - len(self.later_checks)]
        by_query = any(item.query for item in self.contract.path_items)
        return Remembered(partial(_run, self, first), self.contract.security_schemes.values(), by_query=by_query)

    @cached_property
    def later_checks(self) -> tuple[Check, ...]:
        """The first check of the body or its headers, and all behind it."""
        return tuple(dropwhile(lambda each: each.name not in BODY_CHECKS, self.checks))

    @cached_property
    def responses(self) -> Responses:
        return Responses(self.contract)

    @cached_property
    def collections(self) -> Collections:
        """What keeps what is sent to it."""
        return find_collections(self.contract, self.keep)

    @cached_property
    def ids(self) -> event_ids.EventIds:
        return event_ids.EventIds(self.seed)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be done about a request: the answer, and how it travels.

    Attributes:
        scenario: the name of the scenario that answers, if one does.
        delay: seconds until the answer is sent.
        fault: what goes wrong on the way: one of `scenarios.FAULTS`.
        origin: who answers: `mock`, or `upstream`, a deployment that the request was sent on to.
        problems: how an answer of somebody else's breaks the contract.
        size: bytes of a body that was not kept whole; None: as many as the answer has.
    """

    answer: Answer
    scenario: str | None = None
    delay: float = 0.0
    fault: str | None = None
    origin: str = "mock"
    problems: tuple[str, ...] = ()
    size: int | None = None


def check(definition: MockDefinition, request: Request, but: Collection[str] = ()) -> CheckedRequest:
    """Everything that can be wrong with a request, checked in the contract's order; the first reason counts.

    Args:
        definition: what answers depend on.
        request: as it came.
        but: names of later checks that are left out: those of the body, where it is not looked at yet.
    """
    turned_away = definition.profile.turned_away(request)
    if turned_away is not None:
        return CheckedRequest(request, error=turned_away)
    checked = definition.remembered(request)
    if checked.accepted:
        later = definition.later_checks
        checked = _run(definition, [each for each in later if each.name not in but] if but else later, checked)
    return checked.knowing(prefer=_preference(request)) if "prefer" in request.headers and checked.accepted else checked


def _run(definition: MockDefinition, checks: Iterable[Check], checked: CheckedRequest) -> CheckedRequest:
    try:
        for step in checks:
            checked = step.run(definition, checked)
    except Refused as refusal:
        return checked.knowing(refusal=refusal)
    except ProviderError as error:
        return checked.knowing(error=error)
    except RecursionError:
        return checked.knowing(refusal=Refused("parse-error", reason="nested too deeply"))
    return checked


def answer(
    definition: MockDefinition,
    checked: CheckedRequest,
    occurrence: int = 1,
    match: ScenarioMatch | None = None,
    handled: Answer | None = None,
) -> Reply:
    """The reply to a checked request, the `occurrence`-th of its kind (from 1).

    A refusal is a scenario's only where that answers even invalid requests. For an accepted request a preferred answer
    comes first, then a scenario's, then the one of the user's handler (`handled`), then the failure mode bound to what
    the request names, then the stub's.
    """
    if not checked.accepted:
        return _with_match(_scenario(definition, checked, occurrence, match) or refuse(definition, checked), match)
    wanted = checked.prefer
    if isinstance(wanted, prefer.PreferenceError):
        return Reply(definition.responses.error(400, str(wanted)))
    try:
        chosen = prefer.choose(wanted, _operation(checked)) if wanted and wanted.chooses else None
    except prefer.PreferenceError as error:
        return Reply(definition.responses.error(400, str(error)))
    if wanted is None:
        return _with_match(_accepted(definition, checked, occurrence, match, handled), match)
    if chosen is None:
        reply = _with_match(_accepted(definition, checked, occurrence, match, handled), match)
    else:
        own = definition.responses.of(_operation(checked))
        if isinstance(chosen, Example):
            template = own.example(chosen)
        else:
            template = own.status(chosen, wanted.code or 200, _accept(checked))
        reply = Reply(_fill(definition, checked, template, occurrence))
    told = reply.answer.with_headers({"Preference-Applied": wanted.applied(reply.answer.status)})
    return replace(reply, answer=told, delay=reply.delay if wanted.delay is None else wanted.delay)


def refuse(definition: MockDefinition, checked: CheckedRequest) -> Answer:
    """The answer to a request that is not accepted."""
    digest = definition.ids.digest(checked.request)
    if checked.error is not None:
        return definition.responses.fault(checked.speaker, checked.error.name, checked.error.variables, digest)
    refusal = checked.refusal
    if refusal is None:
        raise ValueError("an accepted request is not refused")
    methods = ", ".join(checked.item.operations) if checked.item else ""
    return definition.responses.refusal(checked.speaker, refusal.name, refusal.variables, digest, methods)


def options(definition: MockDefinition, checked: CheckedRequest) -> Answer | None:
    """The answer to OPTIONS where the profile has one for the path; None where that is a method like any other."""
    if checked.request.method != "OPTIONS" or checked.item is None:
        return None
    if checked.refusal is None or checked.refusal.name != "method-not-allowed":
        return None
    return definition.profile.options(checked.item, refuse(definition, checked))


def fingerprint(definition: MockDefinition, checked: CheckedRequest) -> str:
    """What makes two accepted requests identical: their first event id."""
    return _event_id(definition, checked, 1)


def _preference(request: Request) -> prefer.Preference | prefer.PreferenceError | None:
    try:
        return prefer.read(request.headers["prefer"])
    except prefer.PreferenceError as error:
        return error


def _accepted(
    definition: MockDefinition,
    checked: CheckedRequest,
    occurrence: int,
    match: ScenarioMatch | None,
    handled: Answer | None,
) -> Answer:
    written = _scenario(definition, checked, occurrence, match) or handled
    if written is not None:
        return written
    operation = _operation(checked)
    own = definition.responses.of(operation)
    bound = operation.example(checked.bound_answer) if checked.bound_answer else None
    return _fill(definition, checked, own.example(bound) if bound else own.success_as(_accept(checked)), occurrence)


def _scenario(
    definition: MockDefinition, checked: CheckedRequest, occurrence: int, match: ScenarioMatch | None
) -> Answer | None:
    """The answer of the scenario whose turn it is; None where there is none, or it leaves the answer as it would be."""
    if match is None or match.answer is None:
        return None
    operation = checked.speaker or next(iter(definition.contract.operations), None)
    if operation is None:
        return None
    event_id = _event_id(definition, checked, occurrence, operation)
    digest = definition.ids.digest(checked.request)
    return scenario_answer(definition.responses.of(operation), match.answer, event_id, digest)


def _fill(definition: MockDefinition, checked: CheckedRequest, template: AnswerTemplate, occurrence: int) -> Answer:
    digest = definition.ids.digest(checked.request) if template.has_digest else ""
    return template.fill({}, digest, _event_id(definition, checked, occurrence))


def _event_id(
    definition: MockDefinition, checked: CheckedRequest, occurrence: int, operation: Operation | None = None
) -> str:
    spoken = checked.operation or operation
    return definition.ids.event_id(spoken.id if spoken else "", checked.parameters, checked.value, occurrence)


def _with_match(answer: Answer, match: ScenarioMatch | None) -> Reply:
    return Reply(answer) if match is None else Reply(answer, match.scenario, match.delay, match.fault)


def _accept(checked: CheckedRequest) -> str:
    return checked.request.headers.get("accept", "")


def _operation(checked: CheckedRequest) -> Operation:
    if checked.operation is None:
        raise ValueError("an accepted request has an operation")
    return checked.operation
