"""A Schemathesis extension: what Schemathesis does not know of, by its public API alone.

    SCHEMATHESIS_HOOKS=contract_tests.hooks schemathesis run spec/openapi.yaml --url http://127.0.0.1:7070

Token, ids and limits come from where `rainbond-verify` has them: RAINBOND_TOKEN, RAINBOND_TEAM and so on, and
`rainbond.toml`. Each request goes to the ids that the user named, passes one budget of accepted requests, and goes
out as exact bytes. Added checks: leaks, named examples, unique values, headers, framing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import schemathesis
from schemathesis import AuthContext, BaseSchema, Case, CheckContext, HookContext, Response

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.identity import Carried, Identity
from contract_tests.settings import CONSENT, resolve
from contract_tests.verification.live import TOKEN, Application, LiveTarget, Sent, StartResponse, bare
from contract_tests.verification.run import live_target
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import Source
from mock_server.contract.loader import load_contract, read_contract
from mock_server.contract.model import Contract

AnyCase = Case[Any]

ACCEPTANCE = ("AcceptedNegativeData", "RejectedPositiveData")
"""Failures that say nothing where the contract leaves it open whether a request is valid."""

CHECKS = {
    "leaks": ("secret-in-answer", "internals-in-answer", "undocumented-property", "cross-origin-differs"),
    "named_examples": ("answer-example-differs", "fields-not-named", "field-message-differs"),
    "unique_values": ("value-repeats",),
    "required_headers": ("answer-header",),
    "framing": ("answer-framing", "answer-not-json", "no-answer"),
}
"""The checks of this module, each with those of `rainbond-verify` that it stands for."""

_targets: dict[int, tuple[BaseSchema, LiveTarget]] = {}
_contracts: dict[int, tuple[BaseSchema, Contract]] = {}
_by_environment: set[int] = set()


class Broken(AssertionError):
    """A check of this module that failed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.check}: expected {problem.expected}; got {problem.observed}")


def attach(schema: BaseSchema, target: LiveTarget) -> None:
    """Send what is generated from a schema to a target; without this, settings and environment name it."""
    _targets[id(schema.raw_schema)] = (schema, target)


def detach(schema: BaseSchema) -> None:
    """Undo `attach`."""
    _targets.pop(id(schema.raw_schema), None)
    _contracts.pop(id(schema.raw_schema), None)


def door(schema: BaseSchema) -> Application:
    """The target of a schema as an application, for requests that no hook sees: those that checks make themselves."""

    def application(environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
        target = _targets[id(schema.raw_schema)][1]
        found = target.operation(str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"]))
        if found is None:
            start_response("404 Not Sent", [])
            return []
        case_id = str(environ.get("HTTP_X_SCHEMATHESIS_TESTCASEID", ""))
        return target.application(found, case_id, "derived", {}, valid=False)(environ, start_response)

    return application


def _target_of(case: AnyCase) -> LiveTarget:
    schema = case.operation.schema
    if id(schema.raw_schema) not in _targets:
        attach(schema, _from_environment(schema))
        _by_environment.add(id(schema.raw_schema))
    return _targets[id(schema.raw_schema)][1]


def _operation_of(case: AnyCase) -> OperationUnderTest | None:
    """The operation of a case. pytest collects before any target is known; then the contract alone says which it is."""
    schema, method, path = case.operation.schema, case.operation.method, case.operation.path
    if id(schema.raw_schema) in _targets or urlsplit(schema.get_base_url()).netloc:
        return _target_of(case).operation(method, path)
    contract = _contract_of(schema)
    items = [item for item in contract.path_items if method.upper() in item.operations]
    item = next((each for each in items if bare(each.path).endswith(bare(path))), None)
    return OperationUnderTest(contract, item, item.operations[method.upper()], Identity()) if item else None


def _from_environment(schema: BaseSchema) -> LiveTarget:
    settings = resolve({"url": schema.get_base_url()})
    if not settings.loopback and not settings.own:
        raise SettingsError(f"{settings.url} is not this machine; if it is yours, say so: set {CONSENT}=1")
    return live_target(_contract_of(schema), settings)


def _contract_of(schema: BaseSchema) -> Contract:
    key = id(schema.raw_schema)
    if key not in _contracts:
        location = urlsplit(schema.location or "")
        if location.scheme in ("", "file") and location.path:
            _contracts[key] = (schema, load_contract(Path(unquote(location.path))))
        else:
            _contracts[key] = (schema, read_contract(Source("the schema", schema.raw_schema)))
    return _contracts[key][1]


def _outcome(case: AnyCase, failed: str | None = None) -> Sent | None:
    """What became of a case, or of another request that a check made for it."""
    target = _target_of(case)
    return (target.outcome(failed) if failed else None) or target.outcome(case.id)


# ---- hooks


@schemathesis.auth()
class Token:
    """A stand-in for the token, where the contract wants it; the token itself is put in when a request is sent."""

    def get(self, case: AnyCase, ctx: AuthContext) -> Carried | None:
        found = _operation_of(case)
        carried = found.credentials(TOKEN) if found is not None else ((), ())
        return carried if any(carried) else None

    def set(self, case: AnyCase, data: Carried, ctx: AuthContext) -> None:
        headers, queries = data
        case.headers.update(dict(headers))
        for part in queries:
            name, _, value = part.partition("=")
            case.query = {**(case.query or {}), name: value}


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: dict[str, Any]) -> None:
    """Pin the ids, and send the request through the budget."""
    target = _target_of(case)
    found = target.operation(case.operation.method, case.operation.path)
    if found is None:
        return
    phase = case.meta.phase.name.value.lower() if case.meta else "derived"
    # What a link of an answer leads to may be read; anything else happens to what the user named.
    follows = phase == "stateful" and found.operation.method in ("GET", "HEAD")
    path = dict(case.path_parameters) if follows else {}
    if not follows:
        case.path_parameters = {p.name: found.id_of(p) for p in found.operation.parameters_in("path")}
    valid = case.meta is None or case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE
    kwargs["app"] = target.application(found, case.id, phase, path, valid=valid)


@schemathesis.hook
def filter_failure(context: HookContext, failure: Any, case: AnyCase, response: Response) -> bool:
    """Whether a failure says something: not where the request was held back, or nobody can say whether it is valid."""
    own = isinstance(getattr(failure, "exception", None), Broken)
    sent, original = _outcome(case, failure.case_id), _outcome(case)
    if sent is None or sent.exchange is None or original is None or original.exchange is None:
        return False
    if own:
        return True
    return sent.answered and (sent.certain or type(failure).__name__ not in ACCEPTANCE)


# ---- checks


@schemathesis.check
class SomethingProven:
    """A run proves something only where the target accepted a valid request: one that refuses everything is no pass."""

    def after_run(self, ctx: CheckContext) -> None:
        for schema, target in _targets.values():
            if target.sent and not target.accepted and id(schema.raw_schema) in _by_environment:
                raise AssertionError(
                    f"none of {target.sent} requests was accepted: nothing is proven; check RAINBOND_TOKEN and the ids"
                )


def _problem(case: AnyCase, name: str) -> None:
    sent = _outcome(case)
    for problem in sent.problems if sent is not None else ():
        if problem.check in CHECKS[name]:
            raise Broken(problem)


def _check(name: str) -> Callable[[CheckContext, Response, AnyCase], None]:
    def check(ctx: CheckContext, response: Response, case: AnyCase) -> None:
        _problem(case, name)

    check.__name__ = name
    return check


for _name in CHECKS:
    schemathesis.check(_check(_name))
