"""Schemathesis at work on the target: it generates, judges and shrinks; what it finds becomes findings.

The only importer of `schemathesis.engine`, whose Python API is undocumented; the minor version is pinned for it.
"""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract_tests.cases.generated import GENERATED
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.verification.live import LiveTarget, Sent, bare, renamed
from contract_tests.verification.runner import Runner
from mock_server.contract.model import Contract

if TYPE_CHECKING:
    from schemathesis import BaseSchema

PHASES = ("examples", "coverage", "fuzzing")
EXAMPLES = 150
"""How many requests the fuzzing of an operation may make."""
FEW = 40
"""With fewer builds to spare, fuzzing makes invalid requests alone."""

CHECK_OF: Mapping[str, str] = {
    "not_a_server_error": "server-error",
    "status_code_conformance": "answer-status",
    "content_type_conformance": "answer-media-type",
    "response_schema_conformance": "answer-schema",
    "response_headers_conformance": "answer-header",
    "allow_header_conformance": "answer-header",
    "missing_required_header": "required-not-enforced",
    "unsupported_method": "method-not-refused",
    "ignored_auth": "token-not-required",
    "use_after_free": "later-request-differs",
    "ensure_resource_availability": "later-request-differs",
    "object_level_authorization": "foreign-id-accepted",
}
"""Our check for each of Schemathesis's; the others say whether a request was accepted, which its reading names."""


def fuzz(
    contract: Contract, operations: Sequence[OperationUnderTest], runner: Runner, target: LiveTarget, seed: int
) -> None:
    """Send what Schemathesis generates, as long as the target's budget is open, and note what is wrong."""
    with _fresh_state():
        from schemathesis.engine import events, from_schema  # noqa: PLC0415 - takes a second

        from contract_tests import hooks  # noqa: PLC0415 - the same

        schema = schema_of(contract, seed, EXAMPLES, valid=target.spare_builds >= FEW)
        hooks.attach(schema, target)
        stream = from_schema(schema).execute()
        try:
            for event in stream:
                if isinstance(event, events.ScenarioFinished):
                    _note(event.recorder, target, runner)
                    target.forget()
                if target.over:
                    stream.stop()
        except KeyboardInterrupt:
            runner.gate.stopped = "interrupted"
            raise
        finally:
            stream.stop()
            hooks.detach(schema)
    for one in operations:
        if not target.sent:
            runner.books.proof.not_asked(one.operation.id, GENERATED, target.over or "nothing could be generated")


def schema_of(
    contract: Contract, seed: int | None = None, examples: int | None = None, *, valid: bool = False
) -> BaseSchema:
    """The contract as Schemathesis has it, for `hooks.attach`.

    `valid` says whether fuzzing makes valid requests, too. Without a number of examples, Hypothesis's profile has one.
    """
    import schemathesis  # noqa: PLC0415 - takes a second that a run without it should not spend

    from contract_tests import hooks  # noqa: PLC0415 - the same

    document = pinned(contract)
    config = _config(seed, examples, valid=valid, stateful=_has_links(document))
    schema = schemathesis.openapi.from_dict(document, config=config)
    # In place of an address: nothing may go around the budget, what checks ask for themselves included.
    schema.app = hooks.door(schema)
    return schema


def _config(seed: int | None, examples: int | None, *, valid: bool, stateful: bool) -> Any:
    from schemathesis import GenerationMode  # noqa: PLC0415 - as above
    from schemathesis.config import CacheConfig, SchemathesisConfig  # noqa: PLC0415 - as above

    config = SchemathesisConfig(seed=seed, cache=CacheConfig(enabled=False))
    project = config.projects.default
    project.update(continue_on_failure=True)
    project.generation.update(database="none", max_examples=examples, with_security_parameters=False)
    project.phases.update(phases=[*PHASES, *(["stateful"] if stateful else [])])
    if not valid:
        project.phases.fuzzing.generation.update(modes=[GenerationMode.NEGATIVE])
    return config


def pinned(contract: Contract) -> dict[str, Any]:
    """The contract without path parameters: each request goes to the user's ids, so none need be made up.

    A contract with links keeps them: what an answer leads to is found by them.
    """
    document: dict[str, Any] = copy.deepcopy(dict(contract.document))
    if not _has_links(document):
        document["paths"] = {bare(path): _without_ids(item, document) for path, item in document["paths"].items()}
    return document


def _without_ids(item: Any, document: Mapping[str, Any]) -> Any:
    """A path item without its path parameters; extensions beside the items stay as they are."""
    shared = document.get("components", {}).get("parameters", {})
    nodes = (item, *item.values()) if isinstance(item, dict) else ()
    for node in (node for node in nodes if isinstance(node, dict) and "parameters" in node):
        node["parameters"] = [p for p in node["parameters"] if _place_of(p, shared) != "path"]
    return item


def _place_of(parameter: Mapping[str, Any], shared: Mapping[str, Any]) -> Any:
    whole = shared.get(parameter["$ref"].rpartition("/")[2], {}) if "$ref" in parameter else parameter
    return whole.get("in")


def _has_links(document: Mapping[str, Any]) -> bool:
    items = (item for item in document["paths"].values() if isinstance(item, Mapping))
    return any("links" in response for item in items for response in _responses(item))


def _responses(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for operation in item.values():
        if isinstance(operation, Mapping):
            yield from (r for r in operation.get("responses", {}).values() if isinstance(r, Mapping))


def _note(recorder: Any, target: LiveTarget, runner: Runner) -> None:
    """Findings and proof from what a phase recorded: of each failure the last one, which is the smallest."""
    smallest: dict[tuple[str, str, str], tuple[Sent, Problem]] = {}
    failed: set[str] = set()
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            sent = target.outcome(failure.case_id or "") or target.outcome(case_id)
            if sent is not None and sent.exchange is not None:
                failed.add(case_id)
                problem = _problem(check.name, failure, sent)
                accepted = problem.check == sent.case.check
                constraint = sent.case.constraint if accepted else GENERATED
                smallest[problem.check, sent.case.operation, constraint] = (sent, problem)
    for (check_id, _, constraint), (sent, problem) in smallest.items():
        case = replace(renamed(sent.case, check_id), constraint=constraint)
        assert sent.exchange is not None  # noqa: S101 - for the type alone: looked at above
        runner.note(sent.under_test, case, sent.exchange, [problem])
    for case_id in recorder.cases:
        sent = target.outcome(case_id)
        if sent is not None and sent.answered and case_id not in failed:
            runner.books.proof.proven(replace(sent.case, constraint=GENERATED))


def _problem(name: str, failure: Any, sent: Sent) -> Problem:
    own = getattr(getattr(failure, "exception", None), "problem", None)
    if own is not None:
        return Problem(own.check, own.expected, own.observed)
    check = "answer-not-json" if type(failure).__name__ == "MalformedJson" else CHECK_OF.get(name, sent.case.check)
    return Problem(check, str(sent.case.expect), " ".join(f"{failure.title}: {failure.message}".split())[:300])


@contextlib.contextmanager
def _fresh_state() -> Iterator[None]:
    """A state directory of its own: what an earlier run left behind would change what is generated.

    Hypothesis's table of Unicode is no such thing, and takes seconds to make: it is kept from run to run.
    """
    from hypothesis import configuration  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="rainbond-verify-") as folder:
        home = Path(folder) / ".hypothesis"
        table = home / "unicode_data"
        _copy(_kept(), table)
        configuration.set_hypothesis_home_dir(home)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(None)
            if table.is_dir() and not _kept().is_dir():
                _copy(table, _kept())


def _kept() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "rainbond-verify" / "unicode_data"


def _copy(source: Path, target: Path) -> None:
    """Copy a folder as a whole or not at all; a cache that cannot be written is none."""
    with contextlib.suppress(OSError):
        if source.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(dir=target.parent))
            shutil.copytree(source, partial, dirs_exist_ok=True)
            partial.rename(target)
