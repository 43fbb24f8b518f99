"""Files to start with, for any contract: a catalogue, scenarios and settings, with comments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mock_server.contract.document import yaml_loader
from mock_server.contract.model import Contract, Parameter
from mock_server.contract.resources import Level
from mock_server.contract.schema.samples import sample
from mock_server.loaders.schemas import SCHEMAS, schema_text

TOKEN = "0f3c1b9a7d5e4f6081726354a9b8c7d6e5f40312"  # noqa: S105 - for a file of examples

CATALOGUE = """\
# yaml-language-server: $schema=schemas/catalogue.json
# Who may call, what exists, and what of it is broken. docs/catalogue.md explains every key.
# `answer: NAME` at any entry binds it to a named answer of the contract, e.g. {answers}.
"""
SCENARIOS = """\
# yaml-language-server: $schema=schemas/scenarios.json
# What is answered on demand. docs/scenarios.md explains every key. These answer in the state `broken` alone:
#   curl -X PUT http://127.0.0.1:{port}/__mock__/state -H 'Content-Type: application/json' -d '{{"state": "broken"}}'
# or switch the state with a click on http://127.0.0.1:{port}/__mock__/#scenarios
"""
SETTINGS = """\
#:schema schemas/settings.json
# What `rainbond-mock serve` reads in this folder. Each key is an option, too, and RAINBOND_MOCK_… in the environment.

[mock]
{spec}
port = 7070
catalogue = "catalogue.yaml"
scenarios = "scenarios.yaml"
# profile = "console"        # as the recorded console answers, its leniency included
# event-ids = "sequence"     # each request gets an event id of its own
# journal-size = 10000
# workers = 2
"""


def beginnings(contract: Contract, spec: Path | None) -> dict[str, str]:
    """The text of each file by its name.

    Args:
        contract: what the files are for.
        spec: the contract's file; None: the one that is built in.
    """
    examples = (each for operation in contract.operations for each in operation.examples)
    answers = list(dict.fromkeys(each.name for each in examples if each.status >= 500))  # noqa: PLR2004 - HTTP's class
    named = (
        f'spec = "{spec.as_posix()}"' if spec else '# spec = "my-contract.yaml"    # the contract; this one is built in'
    )
    catalogue = yaml_loader.dump(_catalogue(contract))
    scenarios = yaml_loader.dump({"scenarios": _scenarios(contract)})
    return {
        "catalogue.yaml": CATALOGUE.format(answers=", ".join(answers[:3]) or "none yet") + catalogue,
        "scenarios.yaml": SCENARIOS.format(port=7070) + scenarios,
        "rainbond.toml": SETTINGS.format(spec=named),
        **{f"schemas/{name}.json": schema_text(name, contract) for name in SCHEMAS},
    }


def _catalogue(contract: Contract) -> dict[str, Any]:
    """One caller, and one thing on each level."""
    keys = {level.name: _key(contract, level) for level in contract.levels}
    callers = {level.name: keys[level.name] for level in contract.levels if level.of_caller}
    document: dict[str, Any] = {"tokens": [{"token": TOKEN, "user": "ci", **callers}]}
    for level in contract.levels:
        if level.within is None:
            document[level.list_name] = [_entry(contract, level, keys)]
    return document


def _entry(contract: Contract, level: Level, keys: Mapping[str, Any]) -> dict[str, Any]:
    entry = {level.keys[0]: keys[level.name], **{key: f"{level.name}-{key}" for key in level.keys[1:]}}
    entry |= {name: keys[name] for name in level.same}
    entry |= {key: level.properties.get(key, {}).get("enum", [f"my-{level.name}"])[0] for key in level.required}
    if level.belongs_to:
        entry[level.belongs_to.key] = keys[level.belongs_to.level]
    for other in contract.levels:
        if other.listed_by is not None and other.listed_by.level == level.name:
            entry[other.listed_by.key] = [keys[other.name]]
        if other.within == level.name:
            entry[other.list_name] = [_entry(contract, other, keys)]
    return entry


def _key(contract: Contract, level: Level) -> Any:
    """What the contract's examples call a thing of this level."""
    parameters = (each for operation in contract.operations for each in operation.parameters)
    found: Parameter | None = next((each for each in parameters if each.resource == level.name), None)
    if found is None:
        return f"my-{level.name}"
    return sample(found.schema) if found.example is None and found.schema else found.example


def _scenarios(contract: Contract) -> list[dict[str, Any]]:
    found = []
    for operation in contract.operations:
        examples = list(operation.examples)
        broken = next((each.name for each in examples if each.status >= 500), None)  # noqa: PLR2004 - HTTP's class
        broken = broken or next((each.name for each in reversed(examples) if each.status >= 400), None)  # noqa: PLR2004
        if broken:
            when = {"operation": operation.id, "state": "broken"}
            found.append({"name": f"{operation.id}-is-broken", "when": when, "answers": [broken]})
    return found
