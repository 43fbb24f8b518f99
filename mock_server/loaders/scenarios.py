"""Reads scenarios, checks them against the contract, and names every fault in them at once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mock_server.contract import durations
from mock_server.contract.document.diagnostics import Diagnostics, plain, shown
from mock_server.contract.document.source import Location, Source, SourceError, load_source, parse_source
from mock_server.contract.model import Contract, Operation
from mock_server.contract.secrets.secret_names import secret_names
from mock_server.engine.matching import Pattern
from mock_server.engine.messages import ABSENT
from mock_server.engine.scenario_responses import AnswerChecks
from mock_server.engine.scenarios import FAULTS, LONGEST_DELAY, Delay, ResponseSpec, Scenario, ScenarioSet
from mock_server.loaders.patterns import PATTERN_KEYS, PatternReader

MOST_VALUES = 100_000
SCENARIO_KEYS = ("name", "when", "answers", "delay", "fault", "set", "even_invalid", "off_contract")
WHEN_KEYS = (*PATTERN_KEYS, "state")
ANSWER_KEYS = (
    "example", "status", "body", "headers", "times", "probability", "delay", "fault", "off_contract",
)  # fmt: skip


def load_scenarios(path: Path | str, contract: Contract) -> str:
    """The scenarios of a file as JSON text, checked.

    Raises:
        SourceError: the file is missing, not YAML, or has scenarios that the contract does not allow; all are named.
    """
    source = load_source(path)
    read_scenarios(source, contract)
    return document_text(source)


def parse_scenarios(text: str, name: str) -> Source:
    """Scenarios that came over the network, as YAML or JSON.

    Raises:
        SourceError: the text is neither, or a short one that YAML's aliases make endless.
    """
    try:
        return Source(name, json.loads(text))
    except (ValueError, RecursionError):
        _bounded(text, name)
        return parse_source(text, name)


def _bounded(text: str, name: str) -> None:
    try:
        size = _written_out(yaml.compose(text, yaml.SafeLoader), {})
    except (yaml.YAMLError, RecursionError):
        return  # no YAML at all, as reading it will tell
    if size > MOST_VALUES:
        raise SourceError(f"{name}: more than {MOST_VALUES} values, its aliases (*name) written out")


def _written_out(node: yaml.Node | None, known: dict[int, float]) -> float:
    """How many values a node has with every alias written out; endless where it holds itself."""
    if isinstance(node, yaml.CollectionNode) and id(node) not in known:
        known[id(node)] = math.inf
        parts = (part for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known.get(id(node), 1)


def document_text(source: Source) -> str:
    """A document of scenarios as JSON text, the form in which stores keep it. Raises SourceError: nested too deeply."""
    try:
        return json.dumps(plain(source.value), ensure_ascii=False)
    except RecursionError:
        raise SourceError(f"{source.name}: nested too deeply") from None


def read_scenarios(source: Source, contract: Contract) -> ScenarioSet:
    """The scenarios in a document.

    Raises:
        SourceError: with every fault, one a line.
    """
    try:
        return _Reader(source, contract).script()
    except RecursionError:
        raise SourceError(f"{source.name}: nested too deeply") from None


class _Reader:
    def __init__(self, source: Source, contract: Contract) -> None:
        self.source = source
        self.contract = contract
        self.diagnostics = Diagnostics(source)
        self.patterns = PatternReader(contract, self.diagnostics, secret_names(contract))
        self.checks = AnswerChecks()

    def script(self) -> ScenarioSet:
        document = self.source.value
        if not isinstance(document, dict):
            raise SourceError(f"{self.source.place()}: scenarios are a mapping with one key, scenarios: a list")
        self.diagnostics.known_keys(document, ("scenarios",), ())
        nodes = document.get("scenarios") or []
        if not isinstance(nodes, list):
            self.diagnostics.add(("scenarios",), f"scenarios: {shown(nodes)} is not a list")
            nodes = []
        found = [self._scenario(node, ("scenarios", index)) for index, node in enumerate(nodes)]
        self._check_names(nodes)
        self.diagnostics.raise_any()
        return ScenarioSet(tuple(scenario for scenario in found if scenario))

    def _check_names(self, nodes: list[Any]) -> None:
        seen: dict[str, int] = {}
        for index, node in enumerate(nodes):
            name = node.get("name") if isinstance(node, dict) else None
            if isinstance(name, str) and name in seen:
                first = self.source.place(("scenarios", seen[name], "name"))
                self.diagnostics.add(("scenarios", index, "name"), f"name: {name!r} stands twice; first in {first}")
            elif isinstance(name, str):
                seen[name] = index

    # ---- one scenario

    def _scenario(self, node: Any, at: Location) -> Scenario | None:
        if not isinstance(node, dict):
            self.diagnostics.add(at, f"{shown(node)} is not a scenario; write it as {{name, when, answers}}")
            return None
        self.diagnostics.known_keys(node, SCENARIO_KEYS, at)
        name = node.get("name")
        if "name" not in node:
            self.diagnostics.add(at, "the scenario has no name")
        elif not isinstance(name, str) or not name:
            self.diagnostics.add((*at, "name"), f"name: {shown(name)} is not a name; allowed: any text")
        lenient = self._flag(node, "off_contract", at)
        even_invalid = self._flag(node, "even_invalid", at)
        self.patterns.strict = not (lenient or even_invalid)
        when, state = self._when(node, at)
        answers = self._answers(node, at, lenient)
        if not any(key in node for key in ("answers", "delay", "fault", "set")):
            self.diagnostics.add(at, "the scenario does nothing; give it answers, a delay, a fault or set")
        return Scenario(
            name=str(name),
            identity=f"{name}#{_digest(node)}",
            when=when,
            state=state,
            operations=self._able(when, answers, at),
            answers=tuple(scripted for scripted, _ in answers),
            delay=self._delay(node, at),
            fault=self._fault(node, at),
            next_state=self._text(node, "set", at),
            even_invalid=even_invalid,
        )

    def _when(self, node: Mapping[str, Any], at: Location) -> tuple[Pattern, str | None]:
        when, place = node.get("when"), (*at, "when")
        if when is None:
            return Pattern(), None
        if not isinstance(when, dict):
            self.diagnostics.add(place, f"when: {shown(when)} is not a mapping with {', '.join(WHEN_KEYS)}")
            return Pattern(), None
        self.diagnostics.known_keys(when, WHEN_KEYS, place)
        return self.patterns.read(when, place), self._text(when, "state", place)

    # ---- answers

    def _answers(self, node: Mapping[str, Any], at: Location, lenient: bool) -> list[tuple[ResponseSpec, Location]]:
        if "answers" not in node:
            return []
        nodes, place = node["answers"], (*at, "answers")
        if not isinstance(nodes, list) or not nodes:
            self.diagnostics.add(place, f"answers: {shown(nodes)} is not a list of answers")
            return []
        found = [(self._answer(item, (*place, index), lenient), (*place, index)) for index, item in enumerate(nodes)]
        return [(scripted, where) for scripted, where in found if scripted is not None]

    def _answer(self, node: Any, at: Location, lenient: bool) -> ResponseSpec | None:
        if isinstance(node, str):
            return ResponseSpec(example=node, off_contract=lenient)
        if not isinstance(node, dict):
            self.diagnostics.add(
                at, f"{shown(node)} is not an answer; give an example's name, or {{example}}, {{status}}"
            )
            return None
        self.diagnostics.known_keys(node, ANSWER_KEYS, at)
        probability = node.get("probability")
        if probability is not None and "times" in node:
            self.diagnostics.add((*at, "times"), "times: an answer with a probability takes no turn of its own")
        scripted = ResponseSpec(
            example=self._text(node, "example", at),
            status=self._number(node, "status", 100, 599, at) if "status" in node else None,
            body=plain(node["body"]) if "body" in node else ABSENT,
            headers=self._headers(node, at),
            times=int(self._number(node, "times", 1, 10**9, at)) if "times" in node else 1,
            probability=self._probability(node, at),
            delay=self._delay(node, at),
            fault=self._fault(node, at),
            off_contract=lenient or self._flag(node, "off_contract", at),
        )
        self._check_kind(node, at)
        return scripted

    def _check_kind(self, node: Mapping[str, Any], at: Location) -> None:
        if "example" in node and ("status" in node or "body" in node):
            self.diagnostics.add(at, "an answer is either a named example, or a status with a body; not both")
        elif not any(key in node for key in ("example", "status", "fault", "delay")):
            self.diagnostics.add(at, "the answer says nothing; give it an example, a status or a fault")

    def _able(self, when: Pattern, answers: list[tuple[ResponseSpec, Location]], at: Location) -> frozenset[str] | None:
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
            for scripted, place in answers
            for where, text in self.checks.objections(operation, scripted)
        ]

    def _headers(self, node: Mapping[str, Any], at: Location) -> dict[str, str]:
        headers = node.get("headers", {})
        if not isinstance(headers, dict):
            self.diagnostics.add((*at, "headers"), f"headers: {shown(headers)} is not a mapping of names to texts")
            return {}
        for name, value in headers.items():
            if isinstance(value, (dict, list)) or any(ord(character) < ord(" ") for character in f"{name}{value}"):
                self.diagnostics.add((*at, "headers", name), f"headers: {name}: {shown(value)} is not a header's text")
        return {str(name): str(value) for name, value in headers.items()}

    # ---- values

    def _text(self, node: Mapping[str, Any], key: str, at: Location) -> str | None:
        value = node.get(key)
        if value is None or isinstance(value, str):
            return value
        self.diagnostics.add((*at, key), f"{key}: {shown(value)} is not text; quote it")
        return None

    def _flag(self, node: Mapping[str, Any], key: str, at: Location) -> bool:
        value = node.get(key, False)
        if not isinstance(value, bool):
            self.diagnostics.add((*at, key), f"{key}: {shown(value)} is not allowed; allowed: true, false")
        return value is True

    def _number(self, node: Mapping[str, Any], key: str, lowest: int, highest: int, at: Location) -> int:
        value = node[key]
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        text = f"{key}: {shown(value)} is not allowed; allowed: a whole number from {lowest} to {highest}"
        self.diagnostics.add((*at, key), text)
        return lowest

    def _probability(self, node: Mapping[str, Any], at: Location) -> float | None:
        value = node.get("probability")
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        text = f"probability: {shown(value)} is not allowed; allowed: a number from 0 to 1"
        self.diagnostics.add((*at, "probability"), text)
        return None

    def _fault(self, node: Mapping[str, Any], at: Location) -> str | None:
        fault = node.get("fault")
        if fault is None or not self.diagnostics.one_of("fault", fault, FAULTS, (*at, "fault")):
            return None
        return str(fault)

    def _delay(self, node: Mapping[str, Any], at: Location) -> Delay | None:
        value, place = node.get("delay"), (*at, "delay")
        if value is None:
            return None
        if not isinstance(value, dict):
            span = self._span("delay", value, place)
            return Delay(span, span)
        self.diagnostics.known_keys(value, ("p50", "p99"), place)
        if "p50" not in value or "p99" not in value:
            self.diagnostics.add(place, "delay: a distribution needs both p50 and p99, e.g. {p50: 80ms, p99: 900ms}")
            return None
        p50, p99 = (self._span(f"delay: {key}", value[key], (*place, key)) for key in ("p50", "p99"))
        if p99 < p50:
            self.diagnostics.add((*place, "p99"), f"delay: p99: {value['p99']} is less than p50, {value['p50']}")
        return Delay(p50, p99)

    def _span(self, key: str, value: object, at: Location) -> float:
        try:
            span = durations.seconds(value, bare="ms")
        except ValueError as error:
            self.diagnostics.add(at, f"{key}: {error}")
            return 0.0
        if span > LONGEST_DELAY:
            self.diagnostics.add(at, f"{key}: {value} is too long; allowed: at most {LONGEST_DELAY:g}s")
        return span


def _strangeness(objections: list[tuple[Location, str]]) -> tuple[int, int]:
    """How far answers are from what an operation gives: first by those it never gives, then by all that is wrong."""
    return sum(place[-1] in ("status", "example") for place, _ in objections), len(objections)


def _digest(node: Any) -> str:
    return hashlib.sha256(json.dumps(plain(node), sort_keys=True).encode()).hexdigest()[:12]
