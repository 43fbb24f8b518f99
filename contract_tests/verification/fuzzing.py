"""Schemathesis at work on the target: it generates, judges and shrinks; what it finds becomes findings.

The only importer of `schemathesis.engine`, whose Python API is undocumented; the minor version is pinned for it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract_tests.cases.generated import GENERATED
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.verification.live import LiveTarget, Sent, renamed
from contract_tests.verification.pinned import has_links, pinned, without_properties
from contract_tests.verification.runner import Runner
from mock_server.contract.model import Contract

if TYPE_CHECKING:
    from schemathesis import BaseSchema

FUZZING = "fuzzing"
PHASES = ("examples", "coverage", FUZZING)
EXAMPLES = 50
"""How many requests fuzzing makes for an operation in a row; it goes on in turns until enough were sent."""
FEWEST_NEW = 5
"""With fewer new requests in such a turn there is little more to try."""
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
    "use_after_free": "later-request-differs",
    "ensure_resource_availability": "later-request-differs",
    "object_level_authorization": "foreign-id-accepted",
}
"""Our check for each of Schemathesis's; the others say whether a request was accepted, which its reading names."""
NOT_FOR_APPLICATIONS = ["ignored_auth"]
"""Checks that end in a TypeError where an application stands in place of an address, and the whole phase with them
(Schemathesis 4.32). Tokens have cases of their own."""


def load() -> None:
    """Have the generator ready when it is needed: loading it takes seconds of a busy machine, the first cases wait."""
    threading.Thread(target=import_module, args=("contract_tests.hooks",), daemon=True).start()


def fuzz(
    contract: Contract, operations: Sequence[OperationUnderTest], runner: Runner, target: LiveTarget, seed: int
) -> None:
    """Send what Schemathesis generates, as long as the target's budget is open, and note what is wrong."""
    with _fresh_state():
        from schemathesis.engine import events, from_schema  # noqa: PLC0415 - takes a second

        from contract_tests import hooks  # noqa: PLC0415 - the same

        without = _withheld(operations)
        schema = schema_of(
            contract, seed, EXAMPLES, valid=target.spare_builds >= FEW, seconds=target.seconds, without=without
        )
        hooks.attach(schema, target)
        stream = from_schema(schema).execute()
        sent = -FEWEST_NEW
        try:
            for event in stream:
                if isinstance(event, events.ScenarioFinished):
                    _note(event.recorder, target, runner)
                    target.forget()
                elif isinstance(event, events.NonFatalError):
                    runner.log.notes[f"nothing more was generated for {event.label}: {_in_a_line(event.info)}"] = None
                elif isinstance(event, events.FatalError):
                    raise event.exception
                turned = isinstance(event, events.PhaseFinished) and event.phase.name == FUZZING
                if target.over or (turned and target.sent - sent < FEWEST_NEW):
                    stream.stop()
                sent = target.sent if turned else sent
        except KeyboardInterrupt:
            runner.budget.stopped = "interrupted"
            raise
        finally:
            stream.stop()
            hooks.detach(schema)
    for one in operations:
        if not target.sent:
            runner.log.proof.not_asked(one.operation.id, GENERATED, target.over or "nothing could be generated")


def schema_of(
    contract: Contract,
    seed: int | None = None,
    examples: int | None = None,
    *,
    valid: bool = False,
    seconds: int | None = None,
    without: frozenset[str] = frozenset(),
) -> BaseSchema:
    """The contract as Schemathesis has it, for `hooks.attach`.

    `valid` says whether fuzzing makes valid requests, too; `without` are properties of bodies that may not be sent.
    It goes on in turns for some `seconds`. Without a number of examples, Hypothesis's profile has one.
    """
    import schemathesis  # noqa: PLC0415 - takes a second that a run without it should not spend

    from contract_tests import hooks  # noqa: PLC0415 - the same

    document = without_properties(pinned(contract), without)
    config = _config(seed, examples, valid=valid, stateful=has_links(document))
    config.max_time = seconds
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
    project.checks.update(excluded_check_names=NOT_FOR_APPLICATIONS)
    project.generation.update(database="none", max_examples=examples, with_security_parameters=False)
    project.phases.update(phases=[*PHASES, *(["stateful"] if stateful else [])])
    if not valid:
        project.phases.fuzzing.generation.update(modes=[GenerationMode.NEGATIVE])
    return config


def _withheld(operations: Iterable[OperationUnderTest]) -> frozenset[str]:
    """Properties that would overwrite what is stored: no request is made in vain. A closed body must keep its own."""
    open_bodies = (one for one in operations if not one.body.closed)
    return frozenset(name for one in open_bodies for name in one.body.nodes if not one.body.may_send(name))


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
            runner.log.proof.proven(replace(sent.case, constraint=GENERATED))


def _problem(name: str, failure: Any, sent: Sent) -> Problem:
    own = getattr(getattr(failure, "exception", None), "problem", None)
    if own is not None:
        return Problem(own.check, own.expected, own.observed)
    check = "answer-not-json" if type(failure).__name__ == "MalformedJson" else CHECK_OF.get(name, sent.case.check)
    return Problem(check, str(sent.case.expect), _in_a_line(f"{failure.title}: {failure.message}"))


def _in_a_line(said: object) -> str:
    return " ".join(str(said).split())[:300]


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
