"""Which names mean a secret: one list, judged word by word, for journal, archive, logs and messages of both programs.

`X-Gitlab-Token`, `accessToken`, `GITHUB_TOKEN`, `password1`, `db-passwd` and `secret_key` are secrets; `token_type`,
`public_key`, `author` and `keyboard` are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.contract.model import Contract
    from mock_server.contract.schema.schemas import Schema

WORDS = frozenset({
    "auth", "authentication", "authorization", "bearer", "cookie", "cookies", "jwt", "kubeconfig", "otp", "pass",
    "passcode", "passwords", "pw", "pwd", "sig", "signature",
})  # fmt: skip
"""Words that mean a secret, beside those that end as ENDINGS say."""

ENDINGS = re.compile(
    r"(?:passwor[dt]|passwd|passphrase|secret|token|credential|apikey|privatekey|secretkey|accesskey)s?$"
)
"""How a word for a secret ends, where words are written together, too."""

KEYS = frozenset({
    "access", "account", "api", "auth", "client", "deploy", "encryption", "gpg", "license", "master", "private", "rsa",
    "secret", "service", "shared", "signing", "ssh", "ssl", "storage", "tls",
})  # fmt: skip
"""Words that make a secret of the `key` behind them."""

ABOUT = frozenset({
    "at", "count", "date", "enabled", "endpoint", "expires", "expiry", "file", "format", "hint", "length", "limit",
    "name", "path", "policy", "ref", "required", "scheme", "status", "time", "ttl", "type", "uri", "url", "version",
})  # fmt: skip
"""Last words of names that say something about a secret, such as `token_type`."""

LONGEST_NAME = 256
MOST_NAMES = 4096

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


@lru_cache(maxsize=MOST_NAMES)
def is_secret_name(name: str) -> bool:
    """Whether the value behind a name is a secret in any contract, and beside it."""
    words = [word.lower() for word in _WORD.findall(name[-LONGEST_NAME:])]
    if not words or words[-1] in ABOUT:
        return False
    return any(word in WORDS or ENDINGS.search(word) for word in words) or any(
        first in KEYS and second in ("key", "keys") for first, second in pairwise(words)
    )


class SecretNames:
    """The names of one contract's secrets: the usual ones, and what it says is one."""

    def __init__(self, declared: frozenset[str] = frozenset()) -> None:
        self._declared = declared

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (is_secret_name(name) or plain_name(name) in self._declared)


def secret_names(contract: Contract) -> SecretNames:
    """What a contract's secrets are called."""
    return SecretNames(frozenset(plain_name(name) for name in _declared(contract)))


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
