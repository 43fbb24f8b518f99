"""The checks that a request passes: one function each, in a table by the name of the answer it may refuse with.

`x-order-of-checks` says in which order they run. One that needs what another finds out comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from mock_server.contract.document.source import SourceError, nearest
from mock_server.contract.model import Contract, Parameter, PathItem
from mock_server.contract.resources import Level
from mock_server.contract.security import SecurityScheme
from mock_server.engine.checked import CheckedRequest
from mock_server.engine.messages import Refused

if TYPE_CHECKING:
    from mock_server.engine.pipeline import MockDefinition

BODY_CHECKS = ("unsupported-media-type", "parse-error", "invalid-body")
"""Checks that look at more of a request than its method, path and credentials."""

Run = Callable[["MockDefinition", CheckedRequest], CheckedRequest]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: of the answer it refuses with.
        run: what was found out so far to what is found out then. Raises Refused or ProviderError.
        needs: names of checks that find out what it looks at.
    """

    name: str
    run: Run
    needs: tuple[str, ...] = ()


# ---- the path, the caller


def _route(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    request = checked.request
    candidates = definition.contract.candidates(request.path, request.method)
    if any(item.query for item, _ in candidates):
        sent = {*parse_qsl(request.query, keep_blank_values=True)}
        met = [each for each in candidates if each[0].query <= sent]
        candidates = sorted(met, key=lambda each: len(each[0].query), reverse=True)
    if not candidates:
        raise Refused("unknown-path", path=request.path)
    # Of paths that differ in the names of their parameters only, it is the one whose parameters have such values.
    fitting = (each for each in candidates if len(candidates) == 1 or _fits(definition, request.method, *each))
    item, texts = next(fitting, candidates[0])
    return checked.knowing(item=item, operation=item.operation(request.method), parameters=texts)


def _fits(definition: MockDefinition, method: str, item: PathItem, texts: Mapping[str, str]) -> bool:
    """Whether all parameters of a path have values that its operation knows."""
    operation = item.operation(method)
    try:
        for parameter in operation.parameters_in("path") if operation else ():
            definition.profile.path_value(parameter, texts[parameter.name])
    except (ValueError, KeyError):
        return False
    return True


def _reserved(scheme: SecurityScheme, definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    """A scheme that is not for callers: whoever sends it is refused."""
    if scheme.refused_with and _alternatives(checked) and _sent(scheme, checked):
        raise Refused(scheme.refused_with)
    return checked


def _token_there(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    schemes = definition.contract.security_schemes.values()
    if _alternatives(checked) and not any(_sent(scheme, checked) for scheme in schemes):
        raise Refused("no-token")
    return checked


def _token_known(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    """Credentials of one alternative must all be good."""
    alternatives = _alternatives(checked)
    if not alternatives:
        return checked
    schemes = definition.contract.security_schemes
    sent = {key: credentials for key, scheme in schemes.items() if (credentials := _sent(scheme, checked))}
    for alternative in alternatives:
        if all(key in sent for key in alternative):
            caller = None
            for key in alternative:
                if not schemes[key].accepts(sent[key]):
                    raise Refused("unknown-token")
                caller = definition.directory.caller(sent[key])
            return checked.knowing(caller=caller)
    raise Refused("unknown-token" if sent else "no-token")


def _alternatives(checked: CheckedRequest) -> tuple[tuple[str, ...], ...]:
    """The alternatives of which a caller must meet one; none where anyone may call."""
    speaker = checked.speaker
    security = speaker.security if speaker else ()
    return () if () in security else security


def _sent(scheme: SecurityScheme, checked: CheckedRequest) -> str | None:
    return scheme.credentials(checked.request.headers, checked.request.query)


# ---- what the path names


def _find(level: Level, definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    if level.of_caller:
        key = checked.caller.names.get(level.name) if checked.caller else None
        if key is None:
            return checked
        return _with_entry(level, key, definition, checked)
    parameter = _parameter_of(level, checked)
    if parameter is None:
        return checked
    try:
        value = definition.profile.path_value(parameter, checked.parameters[parameter.name])
    except ValueError:
        raise Refused(level.not_found) from None
    typed = checked.knowing(parameters={**checked.parameters, parameter.name: value})
    return _with_entry(level, value, definition, typed)


def _with_entry(level: Level, key: object, definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    entry = definition.directory.find(level, key, checked.resources)
    return checked if entry is None else checked.knowing(resources={**checked.resources, level.name: entry})


def _parameter_of(level: Level, checked: CheckedRequest) -> Parameter | None:
    speaker = checked.speaker
    named = speaker.parameters_in("path") if speaker else ()
    return next((each for each in named if each.resource == level.name), None)


def _listed(level: Level, definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    definition.directory.check_listed(level, checked.resources)
    return checked


def _owned(level: Level, definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    definition.directory.check_owner(level, checked.resources)
    return checked


def _plain_parameters(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    """Path parameters that name nothing in a catalogue."""
    levels = {level.name for level in definition.contract.levels}
    speaker = checked.speaker
    values = dict(checked.parameters)
    for parameter in speaker.parameters_in("path") if speaker else ():
        if parameter.resource in levels or parameter.name not in values:
            continue
        try:
            values[parameter.name] = definition.profile.path_value(parameter, values[parameter.name])
        except ValueError:
            raise Refused("unknown-path", path=checked.request.path) from None
    return checked.knowing(parameters=values)


def _state(level: Level, answer: str, definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    """A thing whose state leads to an answer of its own."""
    entry = checked.resources.get(level.name)
    if entry is None:
        return checked
    if entry.state is None:
        definition.profile.damaged(level)
    if (level.no_state if entry.state is None else level.states.get(entry.state)) == answer:
        raise Refused(answer)
    return checked


# ---- method and body


def _method(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    if checked.operation is None:
        raise Refused("method-not-allowed", method=checked.request.method)
    return checked


def _media_type(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    if checked.operation is None:
        return checked
    return checked.knowing(media_type=definition.profile.media_type(checked.operation, checked.request))


def _body(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    if checked.operation is None or not checked.media_type:
        return checked
    return checked.knowing(body=definition.profile.read_body(checked.operation, checked.request, checked.media_type))


def _valid(definition: MockDefinition, checked: CheckedRequest) -> CheckedRequest:
    if checked.operation is None:
        return checked
    problems = definition.profile.problems(checked.operation, checked.request, checked.media_type, checked.body)
    if problems:
        raise Refused("invalid-body", errors=problems)
    return checked


# ---- the table, and its order


PLAIN_PARAMETERS = "path-parameters"
"""The check whose refusal is `unknown-path` again; it has no place of its own in a contract's order."""


def table(contract: Contract) -> Mapping[str, Check]:
    """Every check of a contract by its name, in the usual order."""
    path = ("unknown-path",)
    caller = ("no-token", "unknown-token")
    checks = [Check("unknown-path", _route)]
    checks += [
        Check(scheme.refused_with, partial(_reserved, scheme), path)
        for scheme in contract.security_schemes.values()
        if scheme.refused_with
    ]
    checks += [Check("no-token", _token_there, path), Check("unknown-token", _token_known, path)]
    for level in contract.levels:
        checks += _checks_of(level, caller if level.of_caller else path)
    checks += [
        Check(PLAIN_PARAMETERS, _plain_parameters, path),
        Check("method-not-allowed", _method, path),
        Check("unsupported-media-type", _media_type, path),
        Check("parse-error", _body, ("unsupported-media-type",)),
        Check("invalid-body", _valid, ("parse-error",)),
    ]
    for level in contract.levels:
        answers = dict.fromkeys(answer for answer in (*level.states.values(), level.no_state) if answer)
        checks += [Check(answer, partial(_state, level, answer), (level.not_found,)) for answer in answers]
    return {check.name: check for check in checks}


def _checks_of(level: Level, first: tuple[str, ...]) -> list[Check]:
    others = [name for name in (level.within, *level.same) if name]
    checks = [Check(level.not_found, partial(_find, level), (*first, *(f"{name}-not-found" for name in others)))]
    for link, run in ((level.listed_by, _listed), (level.belongs_to, _owned)):
        if link is not None:
            checks.append(Check(link.otherwise, partial(run, level), (level.not_found, f"{link.level}-not-found")))
    return checks


def ordered_checks(contract: Contract) -> tuple[Check, ...]:
    """The checks of a contract in the order it gives; those it does not name come as late as they usually do.

    Raises:
        SourceError: the order names no check, names one twice, or has one before what it needs; with the line.
    """
    known = table(contract)
    order = contract.order_of_checks
    _check_names(contract, known)
    usual = list(known)
    names = list(order)
    for name in usual:
        if name not in names:
            after = [names.index(earlier) for earlier in usual[: usual.index(name)] if earlier in names]
            before = [names.index(later) for later in names if name in known[later].needs]
            names.insert(min([max(after, default=-1) + 1, *before]), name)
    for index, name in enumerate(names):
        late = next((need for need in known[name].needs if need in known and need not in names[:index]), None)
        if late is not None:
            place = contract.source.place(("x-order-of-checks", order.index(name) if name in order else 0))
            raise SourceError(f"{place}: x-order-of-checks: {name} needs what {late} finds out, which comes after it")
    return tuple(known[name] for name in names)


def _check_names(contract: Contract, known: Mapping[str, Check]) -> None:
    allowed = [name for name in known if name != PLAIN_PARAMETERS]
    order = contract.order_of_checks
    for index, name in enumerate(order):
        wrong = ""
        if name not in allowed:
            wrong = f"no check {name!r}{nearest(name, allowed)}; there are: {', '.join(allowed)}"
        elif name in order[:index]:
            wrong = f"{name} stands twice"
        if wrong:
            raise SourceError(f"{contract.source.place(('x-order-of-checks', index))}: x-order-of-checks: {wrong}")
