"""Whether a refusal is the very example that the contract names for its reason, variable parts filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.cases.case import Expectation
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.checks.shape import NotJson, read_json
from contract_tests.transport.answer import Answer
from mock_server.contract import templates
from mock_server.contract.model import Example


def example_problems(under_test: OperationUnderTest, expect: Expectation, answer: Answer) -> Iterator[Problem]:
    """What differs from each of the examples that would be right."""
    examples = [example for name in expect.examples if (example := under_test.operation.example(name)) is not None]
    if not examples:
        return
    media_types = {example.media_type for example in examples}
    if answer.media_type not in media_types:
        yield Problem("answer-media-type", " or ".join(sorted(media_types)), answer.media_type or "no Content-Type")
        return
    try:
        value = read_json(answer)
    except NotJson:
        return
    differences = [difference(under_test, example, value, expect.variables) for example in examples]
    if all(differences):
        names = " or ".join(example.name for example in examples)
        yield Problem("answer-example-differs", f"the example {names}", str(differences[0]))
        return
    right = next(example for example, differs in zip(examples, differences, strict=True) if not differs)
    yield from _named_fields(expect, right, value)


def matching(under_test: OperationUnderTest, answer: Answer) -> Example | None:
    """The named example of the contract that an answer is; None where it is none of them."""
    try:
        value = read_json(answer)
    except NotJson:
        return None
    for example in under_test.operation.examples:
        if example.status == answer.status and not difference(under_test, example, value, {}):
            return example
    return None


def difference(under_test: OperationUnderTest, example: Example, value: Any, known: Mapping[str, Any]) -> str:
    """Where a value differs from an example, in words; empty where it does not.

    Parts that the schema does not require (a stack trace, say) are not compared.
    """
    pattern = templates.template(example.value, example.variables)
    return templates.difference(pattern, value, known, _required_of(under_test, example))


def _required_of(under_test: OperationUnderTest, example: Example) -> frozenset[str]:
    """The properties of an example that an answer must have: those its schema requires."""
    everything = frozenset(example.value) if isinstance(example.value, dict) else frozenset()
    response = under_test.operation.response(example.status)
    media = next((m for m in response.content if m.name == example.media_type), None) if response else None
    if media is None or media.schema is None:
        return everything
    for branch in media.schema.parts("anyOf") or media.schema.parts("oneOf") or (media.schema,):
        if branch.is_valid(example.value):
            return frozenset(branch.node.get("required", ())) & everything
    return everything


def _named_fields(expect: Expectation, example: Example, value: Any) -> Iterator[Problem]:
    """Whether exactly the invalid properties are named, and with the contract's words."""
    if not expect.fields and not expect.messages:
        return
    path = _path_of_errors(example)
    if path is None:
        return
    errors = value
    for step in path:
        errors = errors.get(step) if isinstance(errors, Mapping) else None
    if not isinstance(errors, Mapping):
        return
    if expect.fields and set(errors) != set(expect.fields):
        yield Problem("fields-not-named", f"exactly {', '.join(expect.fields)}", ", ".join(map(str, errors)) or "none")
        return
    for field, text in expect.messages.items():
        given = errors.get(field, []) if field else [item for part in errors.values() for item in _listed(part)]
        if text not in _listed(given):
            yield Problem("field-message-differs", f"{field or 'the body'}: {text}", templates.shown(given))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _path_of_errors(example: Example) -> tuple[str, ...] | None:
    """Where an example holds its map from property to reasons: at the variable that is a map."""
    maps = [part for part in example.variables.values() if isinstance(part, Mapping)]
    return _find(example.value, maps[0], ()) if maps else None


def _find(value: Any, part: Any, at: tuple[str, ...]) -> tuple[str, ...] | None:
    if value == part:
        return at
    if isinstance(value, Mapping):
        for key, child in value.items():
            found = _find(child, part, (*at, key))
            if found is not None:
                return found
    return None
