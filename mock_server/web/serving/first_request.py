"""A command line that the mock accepts as it is set up: with its ids, and the name of a token that may use them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import parse_qsl, quote, urlencode

from mock_server.contract.media import spelled
from mock_server.contract.media.media_types import essence, is_json
from mock_server.contract.model import Contract, Operation, Parameter
from mock_server.contract.schema.samples import sample
from mock_server.contract.security import SecurityScheme
from mock_server.engine import pipeline
from mock_server.engine.catalogue import Catalogue, Entry
from mock_server.engine.messages import Request
from mock_server.engine.pipeline import MockDefinition

MOST_TRIES = 500
ANY_TOKEN, TOKEN = "any-token", "$RAINBOND_TOKEN"


@dataclass(frozen=True, slots=True)
class FirstRequest:
    """What to try.

    Attributes:
        command: a line for a shell.
        user: whose token `$RAINBOND_TOKEN` is to be; None where any will do.
    """

    command: str
    user: str | None = None


def first_request(definition: MockDefinition, url: str) -> FirstRequest | None:
    """The first operation's; None for a contract without operations, or where the catalogue lets nobody in."""
    operation = next(iter(definition.contract.operations), None)
    if operation is None:
        return None
    directory = definition.directory
    if not isinstance(directory, Catalogue):
        return FirstRequest(curl(definition.contract, operation, url, ANY_TOKEN))
    for values in islice(_named(operation, operation.parameters_in("path"), directory, {}), MOST_TRIES):
        for token, caller in directory.tokens.items():
            if _is_accepted(definition, operation, values, token):
                return FirstRequest(curl(definition.contract, operation, url, TOKEN, values), caller.user)
    return None


def curl(
    contract: Contract, operation: Operation, url: str, token: str, values: Mapping[str, str] | None = None
) -> str:
    """A command line that asks for an operation.

    Args:
        contract: whose operation it is.
        operation: what to ask for.
        url: the mock's, without a trailing slash.
        token: what to send as credentials.
        values: path parameters; those of the contract's examples where there are none.
    """
    target, query = f"{url}{_path(operation, values or {})}", _query(contract, operation, token)
    parts = [f"curl -X {operation.method} " + (f"'{target}?{query}'" if query else target)]
    for name, value in _headers(contract, operation, token).items():
        # Only double quotes let the shell fill in a variable.
        parts.append(f'-H "{name}: {value}"' if "$" in token and token in value else f"-H '{name}: {value}'")
    body = _body(operation)
    return " ".join(parts if body is None else [*parts, f"-d {shlex.quote(body)}"])


def request_for(
    contract: Contract, operation: Operation, token: str, values: Mapping[str, str] | None = None
) -> Request:
    """A request that the contract allows, with what the operation asks for and no more; as `curl`."""
    headers = _headers(contract, operation, token).items()
    body = (_body(operation) or "").encode()
    return Request.build(
        operation.method, _path(operation, values or {}), headers, body, _query(contract, operation, token)
    )


def _is_accepted(definition: MockDefinition, operation: Operation, values: Mapping[str, str], token: str) -> bool:
    """Whether a request is accepted, and nothing that it names is bound to a failure."""
    checked = pipeline.check(definition, request_for(definition.contract, operation, token, values))
    return checked.accepted and checked.bound_answer is None


def _named(
    operation: Operation, left: tuple[Parameter, ...], directory: Catalogue, chosen: Mapping[str, Chosen]
) -> Iterator[dict[str, str]]:
    """Every way to name things of the catalogue in a path, those in a list with what they lie in."""
    if not left:
        yield {each.parameter: each.text for each in chosen.values()}
        return
    parameter, *rest = left
    holders = [directory.top, *(each.entry.lists for each in chosen.values() if each.entry)]
    found = [entries for holder in holders for name, entries in holder.items() if name == parameter.resource]
    things: list[Entry | None] = [entry for entries in found for entry in entries.all] or [None]
    for thing in things:
        text = _sample(parameter) if thing is None else _name(thing)
        step = {parameter.name: Chosen(parameter.name, text, thing)}
        yield from _named(operation, tuple(rest), directory, {**chosen, **step})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a path parameter names."""

    parameter: str
    text: str
    entry: Entry | None = field(default=None, repr=False)


def _name(entry: Entry) -> str:
    """The first of its keys, as the catalogue has them."""
    return next(str(value) for value in entry.values.values() if isinstance(value, (str, int)) and value in entry.keys)


def _path(operation: Operation, values: Mapping[str, str]) -> str:
    path = operation.path.partition("?")[0]
    for parameter in operation.parameters_in("path"):
        named = values.get(parameter.name)
        text = quote(named, safe="") if named else spelled.in_path(parameter, _value(parameter))
        path = path.replace(f"{{{parameter.name}}}", text)
    return path


def _sample(parameter: Parameter) -> str:
    """The text of a valid value."""
    return spelled.in_header(parameter, _value(parameter))


def _value(parameter: Parameter) -> object:
    """The contract's example, or a value that it allows."""
    if parameter.example is not None:
        return parameter.example
    return sample(parameter.schema) if parameter.schema else "string"


def _query(contract: Contract, operation: Operation, token: str) -> str:
    """The parameters that an operation asks for beside its path, and credentials that travel there."""
    asked = [each for each in operation.parameters_in("query") if each.required]
    pairs = parse_qsl(operation.path.partition("?")[2], keep_blank_values=True)
    pairs += [pair for each in asked for pair in spelled.in_query(each, _value(each))]
    pairs += [(scheme.name, text) for scheme, text in _credentials(contract, operation, token, "query")]
    return urlencode(pairs)


def _headers(contract: Contract, operation: Operation, token: str) -> dict[str, str]:
    found = {scheme.name: text for scheme, text in _credentials(contract, operation, token, "header")}
    found |= {each.name: _sample(each) for each in operation.parameters_in("header") if each.required}
    asked = [each for each in operation.parameters_in("cookie") if each.required]
    cookies = [pair for each in asked for pair in spelled.in_query(each, _value(each))]
    cookies += [(scheme.name, text) for scheme, text in _credentials(contract, operation, token, "cookie")]
    if cookies:
        found["Cookie"] = "; ".join(f"{name}={quote(text, safe='$')}" for name, text in cookies)
    if _body(operation) is not None and operation.body:
        found["Content-Type"] = spelled.content_type(operation.body.content[0])
    return found


def _credentials(
    contract: Contract, operation: Operation, token: str, location: str
) -> Iterator[tuple[SecurityScheme, str]]:
    """The schemes of the first way to prove who asks that travel somewhere, each with its text."""
    for key in (operation.security or ((),))[0]:
        scheme = contract.security_schemes[key]
        if scheme.location == location:
            yield scheme, f"{scheme.scheme.title()} {token}" if scheme.scheme else token


def _body(operation: Operation) -> str | None:
    """The body of an operation that asks for one."""
    if operation.body is None or not operation.body.required:
        return None
    media_type = operation.body.content[0]
    if not media_type.schema:
        return None
    value = sample(media_type.schema)
    return json.dumps(value) if is_json(essence(media_type.name)) else spelled.body_text(media_type, value)
