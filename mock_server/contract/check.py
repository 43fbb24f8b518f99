"""What is wrong or weak in a contract, its values included: more than serving it needs to know."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Source
from mock_server.contract.findings import ERROR, LONGEST_TEXT, WARNING, Finding
from mock_server.contract.lint import broken_values, findings
from mock_server.contract.loader import read_contract
from mock_server.contract.model import Contract
from mock_server.contract.schema.samples import sample

__all__ = ["ERROR", "lint", "warnings"]

SMALL = 300_000
"""Characters of a contract whose values are looked at whenever it is served; of larger ones, only `check` does."""


def lint(source: Source) -> tuple[Finding, ...]:
    """Everything that is wrong or weak in a contract; where it cannot be served, only what keeps it from that."""
    documents = Documents(source)
    found = findings(source, documents)
    if any(each.severity == ERROR for each in found):
        return found
    contract = read_contract(source)
    values = broken_values(source, documents)
    return tuple(dict.fromkeys((*contract.warnings, *values, *_broken_samples(contract))))


def _broken_samples(contract: Contract) -> Iterator[Finding]:
    """Schemas of answers for which no valid value could be made up."""
    for operation in contract.operations:
        for response in operation.responses:
            for media_type in response.content:
                schema = media_type.schema
                if schema is None or media_type.examples:
                    continue
                value = sample(schema)
                if not schema.is_valid(value):
                    place = contract.source.place((*operation.location, "responses", response.status))
                    told = next(iter(schema.violations(value)), None)
                    text = f"{response.status} {media_type.name}: no valid value was found; give an example"
                    reason = f" ({told.message[:LONGEST_TEXT]})" if told else ""
                    yield Finding("sample-breaks-schema", WARNING, place, text + reason)


def warnings(contract: Contract) -> tuple[Finding, ...]:
    """What is weak in a contract that is to be served."""
    source = contract.source
    values = broken_values(source, Documents(source)) if len(source.text) <= SMALL else ()
    return tuple(dict.fromkeys((*contract.warnings, *values)))
