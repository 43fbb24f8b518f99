"""Event ids that anyone can compute: UUIDv5 over canonical JSON, so that a front-end test knows the id beforehand.

    namespace = UUIDv5(NAMESPACE_URL, seed)
    id        = UUIDv5(namespace, JCS({"operation": …, "path": {…}, "body": …})) as 32 lower-case hex digits

`body` is null where none was sent. From the second identical request on, `sequence` mode adds `"sequence": n`.
JCS is RFC 8785, whose numbers are the doubles of JavaScript.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from hashlib import sha1
from typing import Any

import orjson
import rfc8785

from mock_server.engine.messages import Request

DEEPEST = 200
"""Nesting beyond this many levels enters the canonical JSON as its own JSON text."""

LARGEST_EXACT_INTEGER = 2**53 - 1
VARIANTS: Mapping[str, str] = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}
"""The digit that names the variant of a UUID, by the digit that stood there."""


class EventIds:
    """The ids that one seed gives."""

    def __init__(self, seed: str) -> None:
        self._namespace = uuid.uuid5(uuid.NAMESPACE_URL, seed).bytes

    def event_id(self, operation: str, path: Mapping[str, object], body: object, occurrence: int = 1) -> str:
        """The id of the `occurrence`-th identical request (from 1): 32 lower-case hex digits."""
        request: dict[str, object] = {"operation": operation, "path": dict(path), "body": body}
        if occurrence > 1:
            request["sequence"] = occurrence
        return self.named(canonical_json(request))

    def digest(self, request: Request) -> str:
        """An id of a request's content, 32 hex digits, where the real provider gives a random one."""
        start = f"{request.method} {request.path}?{request.query}\n"
        return self.digest_of(start.encode("utf-8", "surrogatepass"), request.body)

    def digest_of(self, start: bytes, body: bytes) -> str:
        """The same by the request's first line, as UTF-8, and its body."""
        name = start + body
        return self.named(name if name.isascii() else name.decode("latin-1").encode())

    def named(self, name: bytes) -> str:
        """The UUIDv5 of a name in the seed's namespace (RFC 9562), without dashes."""
        digest = sha1(self._namespace + name, usedforsecurity=False).hexdigest()
        return digest[:12] + "5" + digest[13:16] + VARIANTS[digest[16]] + digest[17:32]


def event_id(seed: str, operation: str, path: Mapping[str, object], body: object, occurrence: int = 1) -> str:
    """The id of the `occurrence`-th identical request (from 1), by the seed's text."""
    return EventIds(seed).event_id(operation, path, body, occurrence)


def canonical_json(value: object) -> bytes:
    """RFC 8785 canonical JSON of any value that a JSON parser gives, as JavaScript would write it.

    Whole numbers beyond 2^53 are rounded to doubles, infinities become null and lone surrogates U+FFFD.
    """
    if is_plain(value, DEEPEST // 2):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(_as_javascript_sees_it(value, DEEPEST))


def is_plain(value: Any, levels: int) -> bool:
    """Whether plain sorted JSON is canonical: keys of ASCII, texts, whole numbers that a double holds, few levels."""
    kind = type(value)
    if kind is str:
        return value.isascii() or _is_text(value)
    if kind is dict:
        if levels == 0:
            return False
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                return False
            if not (type(item) is str and item.isascii()) and not is_plain(item, levels - 1):
                return False
        return True
    if kind is list:
        return levels > 0 and all(is_plain(item, levels - 1) for item in value)
    if kind is int:
        return abs(int(value)) <= LARGEST_EXACT_INTEGER
    return value is None or kind is bool


def _is_text(value: str) -> bool:
    """Whether a text has no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_javascript_sees_it(value: object, levels: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT_INTEGER else _double(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dict, list)) and levels == 0:
        return json.dumps(value, sort_keys=True)
    if isinstance(value, dict):
        keys = {key: _as_javascript_sees_it(key, 1) for key in value}
        return {keys[key]: _as_javascript_sees_it(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_javascript_sees_it(item, levels - 1) for item in value]
    return str(value)


def _double(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
