"""JSON Schemas of the files that users write: with them, editors complete keys, explain them and mark mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mock_server.contract.model import Contract

SHIPPED = Path(__file__).parents[1] / "schemas"
"""For the contract that is built in; that of the settings for any."""
SCHEMAS = ("catalogue", "scenarios", "settings")
DIALECT = {"$schema": "http://json-schema.org/draft-07/schema#"}
"""The version that editors know."""


def schema_text(name: str, contract: Contract) -> str:
    """The JSON Schema of a kind of file, for a contract."""
    if name == "settings":
        return (SHIPPED / "settings.json").read_text(encoding="utf-8")
    return written(_catalogue(contract) if name == "catalogue" else _scenarios(contract))


def written(schema: dict[str, Any]) -> str:
    """A JSON Schema as text."""
    return json.dumps({**DIALECT, **schema}, ensure_ascii=False, indent=1) + "\n"


def _catalogue(contract: Contract) -> dict[str, Any]:
    from mock_server.loaders.catalogue_format import catalogue_format  # noqa: PLC0415 - pydantic, when it is needed

    return catalogue_format(contract).model_json_schema()


def _scenarios(contract: Contract) -> dict[str, Any]:
    """With the names that the contract knows: of operations, parameters, properties of bodies and answers."""
    from mock_server.loaders.scenario_format import Scenarios  # noqa: PLC0415 - the same

    schema = Scenarios.model_json_schema()
    answer, when, scenario = (schema["$defs"][name]["properties"] for name in ("Answer", "When", "Scenario"))
    examples = [example.name for operation in contract.operations for example in operation.examples]
    example = {"enum": list(dict.fromkeys(examples))}
    answer["example"]["anyOf"][0] = example
    scenario["answers"]["anyOf"][0]["items"]["oneOf"][1] = example
    when["operation"]["anyOf"][0] = {"enum": [operation.id for operation in contract.operations]}
    for part, location in (("path", "path"), ("query", "query"), ("headers", "header")):
        found = (each for operation in contract.operations for each in operation.parameters_in(location))
        when[part]["anyOf"][0]["properties"] = {each.name: {} for each in found}
    contents = (operation.body.content for operation in contract.operations if operation.body)
    schemas = [media_type.schema for content in contents for media_type in content if media_type.schema]
    when["body"]["properties"] = {f"/{name}": {} for each in schemas for name in each.properties}
    return schema
