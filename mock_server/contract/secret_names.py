"""Which properties, parameters and headers of a contract hold secrets, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mock_server.contract.model import Contract
from mock_server.contract.schemas import Schema

ALWAYS_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})

SECRET_NAMES = frozenset({
    "password", "passwd", "pwd", "secret", "client_secret", "token", "access_token", "refresh_token", "id_token",
    "api_key", "apikey", "x_api_key", "x_auth_token", "private_key", "private_token", "authorization",
})  # fmt: skip
"""Names that mean a secret in any contract, and beside it."""

SECRET_ENDINGS = ("password", "passwd", "secret")


def secret_names(contract: Contract) -> frozenset[str]:
    """Names of secrets, as `plain_name` writes them: the usual ones, and what the contract says is one."""
    return SECRET_NAMES | {plain_name(name) for name in _declared(contract)}


def plain_name(name: str) -> str:
    """A name in lower case, with underscores for hyphens."""
    return name.lower().replace("-", "_")


def _declared(contract: Contract) -> Iterator[str]:
    """Where security schemes' credentials travel, and whatever is of `format: password`."""
    yield from (scheme.name for scheme in contract.security_schemes.values())
    seen: set[int] = set()
    for operation in contract.operations:
        for parameter in operation.parameters:
            if parameter.schema:
                yield from _passwords(parameter.schema, parameter.name, seen)
        for media_type in operation.body.content if operation.body else ():
            if media_type.schema:
                yield from _passwords(media_type.schema, "", seen)


def _passwords(schema: Schema, name: str, seen: set[int]) -> Iterator[str]:
    if schema.node.get("format") == "password" and name:
        yield name
    if id(schema.node) in seen:
        return
    seen.add(id(schema.node))
    for key, part in schema.properties.items():
        yield from _passwords(part, key, seen)
    for key in ("items", "additionalProperties", "not"):
        if isinstance(schema.node.get(key), Mapping):
            yield from _passwords(schema.resolve(schema.node[key]), name, seen)
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.parts(key):
            yield from _passwords(part, name, seen)
