"""Why a request is refused, in words, and with which of the statuses that its operation documents. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from mock_server.contract.model import Operation, Response
from mock_server.contract.schema.schemas import Schema

STATUSES: Mapping[str, tuple[int, ...]] = {
    "unknown-path": (404, 400, 422),
    "no-token": (401, 403),
    "unknown-token": (401, 403),
    "method-not-allowed": (405,),
    "unsupported-media-type": (415, 400, 422),
    "parse-error": (400, 422),
    "invalid-body": (400, 422),
    "not-found": (404,),
    "already-exists": (409, 422, 400),
}
"""The statuses of the refusals that any contract knows, the usual one first; named examples say more."""

WORDS: Mapping[str, str] = {
    "unknown-path": "there is no such path",
    "no-token": "credentials are missing",
    "unknown-token": "the credentials are not accepted",
    "method-not-allowed": "this path has no such method",
    "unsupported-media-type": "this operation reads no such media type",
    "parse-error": "the body cannot be read",
    "invalid-body": "the request is not valid",
    "not-found": "nothing is kept there",
    "already-exists": "there is one with this id",
}

NOT_FOUND = "-not-found"
REASON_KEYS = ("detail", "message", "msg", "error_description", "description", "error", "reason", "title", "text")
STATUS_KEYS = ("status", "code", "statusCode", "status_code")
LONGEST_HEADER = 500


def status_of(name: str) -> int:
    """The status of a refusal that has no example."""
    return STATUSES[name][0] if name in STATUSES else 404 if name.endswith(NOT_FOUND) else 400


def documented(operation: Operation, name: str) -> tuple[int, Response] | None:
    """The status and response that an operation documents for a refusal: a status of its own before a range's."""
    statuses = STATUSES.get(name, (status_of(name),))
    own = {response.status: response for response in operation.responses}
    for status in statuses:
        if str(status) in own:
            return status, own[str(status)]
    response = operation.response(statuses[0])
    return None if response is None else (statuses[0], response)


def in_words(name: str, variables: Mapping[str, object]) -> str:
    """What is wrong, in one line."""
    said = "; ".join(map(_listed, variables.values()))
    words = WORDS.get(name, name)
    return f"{words}: {said}" if said else words


def in_header(detail: str) -> str:
    """The same as a header may carry it."""
    text = detail.encode("ascii", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() else " " for sign in text)[:LONGEST_HEADER]


def phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else str(status)


def explained(value: object, schema: Schema | None, status: int, detail: str) -> object:
    """A made-up value with the reason, and the status, where its schema has a place for them."""
    for changed in (_with(value, REASON_KEYS, str, detail), _with(value, REASON_KEYS, str, phrase(status))):
        if changed is not None and (schema is None or schema.is_valid(changed)):
            value = changed
            break
    changed = _with(value, STATUS_KEYS, int, status)
    return changed if changed is not None and (schema is None or schema.is_valid(changed)) else value


def _with(value: object, keys: tuple[str, ...], kind: type, new: object) -> object:
    """The value with the first property of one of the names replaced, inside other objects too; None without one."""
    if isinstance(value, list):
        inner = _with(value[0], keys, kind, new) if value else None
        return None if inner is None else [inner, *value[1:]]
    if not isinstance(value, dict):
        return None
    for key in keys:
        if type(value.get(key)) is kind:
            return {**value, key: new}
    for key, item in value.items():
        inner = _with(item, keys, kind, new)
        if inner is not None:
            return {**value, key: inner}
    return None


def _listed(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return "; ".join(_fields(value))


def _fields(value: Mapping[str, Any]) -> Iterator[str]:
    for name, texts in value.items():
        yield f"{name}: {' '.join(map(str, texts))}"
