"""Makes scenarios of recorded exchanges: of an HTTP Archive, whichever program wrote it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.document import yaml_loader
from mock_server.contract.document.source import Source, SourceError
from mock_server.contract.model import Contract, Operation
from mock_server.engine.checked import query_values
from mock_server.loaders.scenarios import read_scenarios

MASK = "***"
"""What stands in the place of a secret in a recorded file; nothing is asked about such a value."""


def scenarios_of(file: Path, contract: Contract) -> str:
    """The scenarios, as YAML text, in which the same requests are given the same answers in the same order.

    Exchanges with what is no part of the contract are left out, as are those that had no answer.

    Raises:
        SourceError: the file is no HTTP Archive.
    """
    turns: dict[str, list[dict[str, Any]]] = {}
    for when, answer in _exchanges(file, contract):
        answers = turns.setdefault(json.dumps(when, sort_keys=True), [])
        if answers and {**answers[-1], "times": 1} == {**answer, "times": 1}:
            answers[-1]["times"] = answers[-1].get("times", 1) + 1
        else:
            answers.append(answer)
    scenarios = [
        _allowed({"name": f"{file.stem}-{number}", "when": json.loads(when), "answers": answers}, contract)
        for number, (when, answers) in enumerate(turns.items(), 1)
    ]
    return yaml_loader.dump({"scenarios": scenarios})


def _exchanges(file: Path, contract: Contract) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each request as a pattern, with its answer."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["log"]["entries"]
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: cannot be read: {type(error).__name__}") from None
    except (ValueError, KeyError, TypeError):
        raise SourceError(f"{file}: no HTTP Archive; allowed: what `--record` or a browser's tools write") from None
    for index, entry in enumerate(entries):
        try:
            request, response = entry["request"], entry["response"]
            found = contract.find(urlsplit(request["url"]).path, request["method"])
            operation = found[0].operations.get(request["method"]) if found else None
            if found and operation and response["status"]:
                yield _when(operation, found[1], request), _answer(response)
        except (KeyError, TypeError, AttributeError) as error:
            raise SourceError(f"{file}: log.entries[{index}]: no exchange: {error} is missing or wrong") from None


def _when(operation: Operation, path: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
    when: dict[str, Any] = {"operation": operation.id}
    if known := {name: {"$equals": text} for name, text in path.items() if MASK not in text}:
        when["path"] = known
    query = query_values(urlsplit(request["url"]).query)
    if asked := {name: {"$equals": texts[0]} for name, texts in query.items() if texts[0] != MASK}:
        when["query"] = asked
    text = (request.get("postData") or {}).get("text") or ""
    when["body"] = _pattern(_value(text)) if text else {"$present": False}
    return {key: value for key, value in when.items() if value}


def _pattern(body: Any) -> dict[str, Any]:
    if MASK not in json.dumps(body):
        return {"$equals": body}
    if not isinstance(body, dict):
        return {"$present": True}
    pointers = {f"/{name.replace('~', '~0').replace('/', '~1')}": value for name, value in body.items()}
    return {at: {"$equals": value} for at, value in pointers.items() if MASK not in json.dumps(value)}


def _answer(response: Mapping[str, Any]) -> dict[str, Any]:
    content = response.get("content") or {}
    answer: dict[str, Any] = {"status": response["status"]}
    if text := content.get("text") or "":
        answer["body"] = _value(text)
    mime = content.get("mimeType") or ""
    if text and mime and "json" not in mime:
        answer["headers"] = {"Content-Type": mime}
    return answer


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _allowed(scenario: dict[str, Any], contract: Contract) -> dict[str, Any]:
    """The scenario, marked where the contract does not allow it."""
    if any(answer["status"] >= 400 for answer in scenario["answers"]):  # noqa: PLR2004 - HTTP's refusals
        scenario = {**scenario, "even_invalid": True}
    try:
        read_scenarios(Source("recorded", {"scenarios": [scenario]}), contract)
    except SourceError:
        return {**scenario, "off_contract": True}
    return scenario
