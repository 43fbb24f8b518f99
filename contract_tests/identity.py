"""Who the verifier is on the target, and what exists there: the token and the ids that requests are made with."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from mock_server.contract.model import Operation
    from mock_server.contract.security import SecurityScheme

Carried = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]
"""Headers, and parts of a query."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Token and ids.

    Attributes:
        token: the token that must be accepted.
        other_token: a valid token of a user who must not reach these ids.
        values: the id of each resource (or parameter, by name) that exists.
        secrets: the secret of each security scheme that has one of its own.
        queries: further parts of the query of every request.
        headers: further headers of every request, such as those of a second scheme.
        others: ids of further resources that exist, but do not belong together with those of `values`.
    """

    token: str = ""
    other_token: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    queries: tuple[str, ...] = ()

    def value(self, name: str, resource: str | None) -> str | None:
        """The id for a parameter, by its own name or by the resource that it names."""
        return self.values.get(name) or (self.values.get(resource) if resource else None)

    def other(self, resource: str | None) -> str | None:
        return self.others.get(resource) if resource else None

    def for_operation(self, operation: Operation, schemes: Mapping[str, SecurityScheme]) -> tuple[Identity, Operation]:
        """The identity to call one operation with, and the operation with the alternative that is used in front.

        Of its alternatives the first is taken whose schemes all have a secret: that of its first scheme is the token,
        which is tested; the others are sent beside it. An id `OPERATION.NAME` holds for this operation alone.
        """
        prefix = f"{operation.id}."
        own = {name[len(prefix) :]: value for name, value in self.values.items() if name.startswith(prefix)}
        identity = replace(self, values={**self.values, **own})
        usable = (keys for keys in operation.security if keys and all(key in self.secrets for key in keys))
        chosen = next(usable, None)
        if chosen is None:
            return identity, operation
        carried = [carry(schemes[key], self.secrets[key]) for key in chosen[1:]]
        headers = {name: value for lines, _ in carried for name, value in lines}
        queries = tuple(part for _, parts in carried for part in parts)
        others = tuple(keys for keys in operation.security if keys is not chosen)
        signed = replace(identity, token=self.secrets[chosen[0]], headers={**self.headers, **headers}, queries=queries)
        return signed, replace(operation, security=(chosen, *others))


def carry(scheme: SecurityScheme, secret: str) -> Carried:
    """Where a scheme puts a secret; that of `basic` is `USER:PASSWORD`."""
    if scheme.kind == "http" and scheme.scheme == "basic":
        return (("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}"),), ()
    if scheme.scheme:
        return (("Authorization", f"{scheme.scheme.title()} {secret}"),), ()
    if scheme.location == "query":
        return (), (f"{scheme.name}={quote(secret, '')}",)
    if scheme.location == "cookie":
        return (("Cookie", f"{scheme.name}={secret}"),), ()
    return ((scheme.name, secret),), ()
