"""The JSON body that an operation takes: its schema, its properties, and a valid one to begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mock_server.contract.model import JSON_MEDIA_TYPE, MediaType
from mock_server.contract.schema.samples import sample
from mock_server.contract.schema.schemas import Schema

DEEPEST = 8


@dataclass(frozen=True)
class RequestBody:
    """What an operation takes as its body.

    Attributes:
        content: the documented media types.
        secret: stands where a password belongs.
        overwriting: whether settings stored in the target may be overwritten.
    """

    content: tuple[MediaType, ...]
    secret: str
    overwriting: bool

    @cached_property
    def _json(self) -> MediaType | None:
        """The JSON body: `application/json` where the operation takes it, else another that is JSON."""
        plain = {media.name.split(";")[0].strip().lower(): media for media in self.content}
        names = [name for name in plain if name.endswith("json") or name in ("*/*", "application/*")]
        return plain.get(JSON_MEDIA_TYPE) or (plain[names[0]] if names else None)

    @cached_property
    def media_type(self) -> str:
        """The media type that JSON bodies are sent as."""
        return self._json.name if self._json is not None and "*" not in self._json.name else JSON_MEDIA_TYPE

    @cached_property
    def schema(self) -> Schema | None:
        """The schema of the JSON body; None where the operation takes none."""
        return self._json.schema if self._json is not None else None

    @cached_property
    def _parts(self) -> tuple[Schema, ...]:
        """The body's schema with those that hold beside it: all of `allOf`, the alternative that a sample satisfies."""
        return tuple(_parts(self.schema, sample(self.schema), 0)) if self.schema else ()

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        """Its properties."""
        return {name: schema for part in self._parts for name, schema in part.properties.items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """The properties that a body must have, though not those that only answers have."""
        names = {name for part in self._parts for name in part.node.get("required", ())}
        return frozenset(name for name in names if not self.nodes.get(name, {}).get("readOnly"))

    @cached_property
    def closed(self) -> bool:
        """Whether a body may have no further property."""
        return any(part.node.get("additionalProperties") is False for part in self._parts)

    def is_valid(self, body: Any) -> bool:
        return self.schema is None or self.schema.is_valid(body)

    @cached_property
    def nodes(self) -> Mapping[str, Mapping[str, Any]]:
        """What the contract says about each property of the body."""
        return {name: schema.node for name, schema in self.properties.items()}

    @cached_property
    def base(self) -> Any:
        """A valid body that sets every property it may: the contract's examples, joined, the rest made from the schema.

        A password in it is the run's own secret, and so is the password inside an address.
        """
        examples = [example.value for media in self.content for example in media.examples]
        if self.schema is None or not self.properties:
            valid = [example for example in examples if self.is_valid(example)]
            return valid[0] if valid else sample(self.schema)
        body: dict[str, Any] = {}
        for name, schema in self.properties.items():
            if not self.may_send(name) or schema.node.get("readOnly"):
                continue
            given = [e[name] for e in examples if isinstance(e, Mapping) and e.get(name) is not None]
            body[name] = self._with_secret(schema, given[0] if given else sample(schema))
        return body if self.schema.is_valid(body) else sample(self.schema)

    def may_send(self, name: str) -> bool:
        """Whether a property may be sent: not where it would overwrite stored settings and that is not allowed."""
        node = self.nodes.get(name, {})
        return self.overwriting or not node.get("x-overwrites-stored-settings")

    def _with_secret(self, schema: Schema, value: Any) -> Any:
        candidate = value
        if schema.node.get("format") == "password":
            candidate = self.secret
        elif isinstance(value, str) and "://" in value and "@" not in value:
            scheme, _, rest = value.partition("://")
            candidate = f"{scheme}://ci:{self.secret}@{rest}"
        return candidate if schema.is_valid(candidate) else value


def _parts(schema: Schema, value: Any, depth: int) -> Iterator[Schema]:
    yield schema
    if depth > DEEPEST:
        return
    for part in schema.parts("allOf"):
        yield from _parts(part, value, depth + 1)
    for part in (*schema.parts("oneOf"), *schema.parts("anyOf")):
        if part.is_valid(value):
            yield from _parts(part, value, depth + 1)
            return


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
