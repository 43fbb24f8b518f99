"""Who the verifier is on the target, and what exists there: the token and the ids that requests are made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Identity:
    """Token and ids.

    Attributes:
        token: the token that must be accepted.
        other_token: a valid token of a user who must not reach these ids.
        values: the id of each resource (or parameter, by name) that exists.
        headers: further headers of every request, such as those of a second scheme.
        others: ids of further resources that exist, but do not belong together with those of `values`.
    """

    token: str = ""
    other_token: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, resource: str | None) -> str | None:
        """The id for a parameter, by its own name or by the resource that it names."""
        return self.values.get(name) or (self.values.get(resource) if resource else None)

    def other(self, resource: str | None) -> str | None:
        return self.others.get(resource) if resource else None
