"""Reads scenarios, checks them against the contract, and names every fault in them at once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server.contract.document.diagnostics import Diagnostics
from mock_server.contract.document.source import Location, Source, SourceError, load_source
from mock_server.contract.model import Contract, Operation
from mock_server.contract.secrets.secret_names import secret_names
from mock_server.engine.matching import Pattern
from mock_server.engine.messages import ABSENT
from mock_server.engine.scenario_responses import AnswerChecks
from mock_server.engine.scenarios import Delay, ResponseSpec, Scenario, ScenarioSet
from mock_server.loaders.patterns import PatternReader

if TYPE_CHECKING:
    from mock_server.loaders.scenario_format import Answer as WrittenAnswer
    from mock_server.loaders.scenario_format import Distribution
    from mock_server.loaders.scenario_format import Scenario as WrittenScenario


def load_scenarios(path: Path | str, contract: Contract) -> str:
    """The scenarios of a file as JSON text, checked.

    Raises:
        SourceError: the file is missing, not YAML, or has scenarios that the contract does not allow; all are named.
    """
    source = load_source(path)
    read_scenarios(source, contract)
    return document_text(source)


def document_text(source: Source) -> str:
    """A document of scenarios as JSON text, the form in which stores keep it. Raises SourceError: nested too deeply."""
    try:
        return json.dumps(source.value, ensure_ascii=False)
    except RecursionError:
        raise SourceError(f"{source.name}: nested too deeply") from None


def read_scenarios(source: Source, contract: Contract) -> ScenarioSet:
    """The scenarios in a document.

    Raises:
        SourceError: with every fault, one a line.
    """
    if source.value == {"scenarios": []}:
        return ScenarioSet(())  # without a look at their form: pydantic takes a tenth of a second to import
    try:
        return _Reader(source, contract).scenario_set()
    except RecursionError:
        raise SourceError(f"{source.name}: nested too deeply") from None


class _Reader:
    """Checks by the contract what has the form of scenarios."""

    def __init__(self, source: Source, contract: Contract) -> None:
        self.source = source
        self.contract = contract
        self.diagnostics = Diagnostics(source)
        self.patterns = PatternReader(contract, self.diagnostics, secret_names(contract))
        self.checks = AnswerChecks()

    def scenario_set(self) -> ScenarioSet:
        from mock_server.loaders import scenario_format  # noqa: PLC0415 - pydantic, where there are some

        document = self.diagnostics.read(scenario_format.Scenarios)
        written = (document and document.scenarios) or []
        found = [self._scenario(each, ("scenarios", index)) for index, each in enumerate(written)]
        self._check_names([each.name for each in written])
        self.diagnostics.raise_any()
        return ScenarioSet(tuple(found))

    def _check_names(self, names: list[str | None]) -> None:
        seen: dict[str, int] = {}
        for index, name in enumerate(names):
            if name is not None and seen.setdefault(name, index) != index:
                first = self.source.place(("scenarios", seen[name], "name"))
                self.diagnostics.add(("scenarios", index, "name"), f"name: {name!r} stands twice; first in {first}")

    def _scenario(self, written: WrittenScenario, at: Location) -> Scenario:
        is_sound = not self.diagnostics.has(at)
        if is_sound and written.name is None:
            self.diagnostics.add(at, "the scenario has no name")
        if is_sound and not written.model_fields_set & {"answers", "delay", "fault", "set"}:
            self.diagnostics.add(at, "the scenario does nothing; give it answers, a delay, a fault or set")
        self.patterns.strict = not (written.off_contract or written.even_invalid)
        when = written.when and {name: getattr(written.when, name) for name in written.when.model_fields_set}
        pattern = self.patterns.read(when or {}, (*at, "when"))
        answers = [
            (self._answer(each, (*at, "answers", index), written.off_contract), (*at, "answers", index))
            for index, each in enumerate(written.answers or ())
        ]
        return Scenario(
            name=written.name or "",
            identity=f"{written.name}#{_digest(self.source.value['scenarios'][at[-1]])}",
            when=pattern,
            state=written.when.state if written.when else None,
            operations=self._able(pattern, answers),
            answers=tuple(answer for answer, _ in answers),
            delay=_delay(written.delay),
            fault=written.fault,
            next_state=written.set,
            even_invalid=written.even_invalid,
        )

    def _answer(self, written: WrittenAnswer | str, at: Location, lenient: bool) -> ResponseSpec:
        if isinstance(written, str):
            return ResponseSpec(example=written, off_contract=lenient)
        given = written.model_fields_set
        if "example" in given and given & {"status", "body"}:
            self.diagnostics.add(at, "an answer is either a named example, or a status with a body; not both")
        if not given & {"example", "status", "fault", "delay"} and not self.diagnostics.has(at):
            self.diagnostics.add(at, "the answer says nothing; give it an example, a status or a fault")
        if written.probability is not None and "times" in given:
            self.diagnostics.add((*at, "times"), "times: an answer with a probability takes no turn of its own")
        return ResponseSpec(
            example=written.example,
            status=written.status,
            body=written.body if "body" in given else ABSENT,
            headers=written.headers,
            times=written.times,
            probability=written.probability,
            delay=_delay(written.delay),
            fault=written.fault,
            off_contract=lenient or written.off_contract,
        )

    def _able(self, when: Pattern, answers: list[tuple[ResponseSpec, Location]]) -> frozenset[str] | None:
        """The operations that can give all answers; what stands in the way is noted where there is none."""
        operations = [operation for operation in self.contract.operations if when.operation in (None, operation.id)]
        problems = {operation.id: self._objections(operation, answers) for operation in operations}
        able = frozenset(name for name, found in problems.items() if not found)
        if not able and problems:
            for place, text in min(problems.values(), key=_strangeness):
                self.diagnostics.add(place, text)
        return able

    def _objections(
        self, operation: Operation, answers: list[tuple[ResponseSpec, Location]]
    ) -> list[tuple[Location, str]]:
        return [
            ((*place, *where), text)
            for answer, place in answers
            for where, text in self.checks.objections(operation, answer)
        ]


def _delay(written: Distribution | float | None) -> Delay | None:
    if written is None:
        return None
    return Delay(written, written) if isinstance(written, float) else Delay(written.p50, written.p99)


def _strangeness(objections: list[tuple[Location, str]]) -> tuple[int, int]:
    """How far answers are from what an operation gives: first by those it never gives, then by all that is wrong."""
    return sum(place[-1] in ("status", "example") for place, _ in objections), len(objections)


def _digest(node: object) -> str:
    return hashlib.sha256(json.dumps(node, sort_keys=True).encode()).hexdigest()[:12]
