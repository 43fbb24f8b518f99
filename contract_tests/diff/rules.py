"""What kinds of changes there are, and whom each breaks. The ids are oasdiff's where the meaning is the same.

Values travel in one of two ways, and a change of a schema means the opposite on either: what a request may no longer
hold breaks clients that send it, what an answer may no longer hold breaks nobody but the server that still sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mock_server.contract.schema.dialect import Direction

Level = Literal["breaking", "dangerous", "safe"]
BREAKING: Level = "breaking"
DANGEROUS: Level = "dangerous"
SAFE: Level = "safe"
LEVELS: tuple[Level, ...] = (BREAKING, DANGEROUS, SAFE)

Effect = Literal["narrowed", "widened", "other", "unclear", "told"]
"""What a change does to the values that are allowed: fewer, more, others, nobody can tell; or it tells something."""

OF_EFFECT: Mapping[tuple[Effect, Direction], tuple[Level, Level]] = {
    ("narrowed", "request"): (BREAKING, DANGEROUS),
    ("widened", "request"): (SAFE, BREAKING),
    ("narrowed", "answer"): (SAFE, BREAKING),
    ("widened", "answer"): (BREAKING, SAFE),
    ("other", "request"): (BREAKING, BREAKING),
    ("other", "answer"): (BREAKING, BREAKING),
    ("unclear", "request"): (DANGEROUS, DANGEROUS),
    ("unclear", "answer"): (DANGEROUS, DANGEROUS),
    ("told", "request"): (SAFE, SAFE),
    ("told", "answer"): (SAFE, SAFE),
}
"""How a change looks to a client, and to a server, that keep to the old document."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of change.

    Attributes:
        clients: what it means for clients that keep to the old document and meet a server that keeps to the new one.
        servers: what it means for servers that keep to the old document and meet clients that keep to the new one.
    """

    id: str
    clients: Level
    servers: Level


OF_SCHEMA: Mapping[str, Effect] = {
    "type-changed": "other", "type-generalized": "widened", "type-specialized": "narrowed",
    "enum-value-added": "widened", "enum-value-removed": "narrowed", "became-enum": "narrowed", "enum-unset": "widened",
    "became-nullable": "widened", "became-not-nullable": "narrowed",
    "pattern-added": "narrowed", "pattern-removed": "widened", "pattern-changed": "unclear",
    "multiple-of-set": "narrowed", "multiple-of-unset": "widened", "multiple-of-changed": "unclear",
    "unique-items-set": "narrowed", "unique-items-unset": "widened",
    "one-of-added": "widened", "one-of-removed": "narrowed", "one-of-set": "narrowed", "one-of-unset": "widened",
    "additional-properties-forbidden": "narrowed", "additional-properties-allowed": "widened",
    "discriminator-added": "told", "discriminator-removed": "unclear",
    "discriminator-property-name-changed": "unclear", "discriminator-mapping-added": "told",
    "discriminator-mapping-deleted": "unclear", "discriminator-mapping-changed": "unclear",
    "default-value-added": "unclear", "default-value-removed": "unclear", "default-value-changed": "unclear",
    "constraint-added": "narrowed", "constraint-removed": "widened", "constraint-changed": "unclear",
    "deprecated": "told", "reactivated": "told",
}  # fmt: skip
"""Changes of a schema, by the end of their ids."""

UPPER: Mapping[str, str] = {
    "maximum": "max", "maxLength": "max-length", "maxItems": "max-items", "maxProperties": "max-properties",
}  # fmt: skip
LOWER: Mapping[str, str] = {
    "minimum": "min", "minLength": "min-length", "minItems": "min-items", "minProperties": "min-properties",
}  # fmt: skip
"""The limits by their keywords, with what ids call them."""

SUBJECTS: Mapping[str, Direction] = {
    "request-body": "request", "request-property": "request", "request-parameter": "request",
    "request-parameter-property": "request", "response-body": "answer", "response-property": "answer",
    "response-header": "answer", "response-header-property": "answer",
}  # fmt: skip
"""What has a schema, by the beginning of ids."""

MILDER: Mapping[str, Level] = {
    # A client that does not know a value can be written to bear it, and many are.
    "answer enum-value-added": DANGEROUS, "answer enum-unset": DANGEROUS, "answer pattern-removed": DANGEROUS,
    "answer additional-properties-allowed": DANGEROUS,
    # What a client is given says for itself what it is.
    "answer default-value-added": SAFE, "answer default-value-removed": SAFE, "answer default-value-changed": SAFE,
}  # fmt: skip
"""Changes of schemas that mean less to clients than their effect says."""

OTHERS = """
new-required-request-property                      breaking   breaking
new-required-request-property-with-default         breaking   breaking
new-optional-request-property                      safe       breaking
request-property-removed                           dangerous  dangerous
request-property-forbidden                         breaking   dangerous
request-property-became-required                   breaking   dangerous
request-property-became-required-with-default      breaking   dangerous
request-property-became-optional                   safe       breaking
request-optional-property-became-read-only         dangerous  dangerous
request-required-property-became-read-only         dangerous  breaking
request-optional-property-became-not-read-only     safe       breaking
request-required-property-became-not-read-only     breaking   breaking
response-required-property-added                   safe       breaking
response-optional-property-added                   safe       safe
response-property-no-longer-forbidden              dangerous  safe
response-required-property-removed                 breaking   dangerous
response-optional-property-removed                 dangerous  dangerous
response-property-became-required                  safe       breaking
response-property-became-optional                  breaking   safe
response-required-property-became-write-only       breaking   dangerous
response-optional-property-became-write-only       dangerous  dangerous
response-required-property-became-not-write-only   safe       breaking
response-optional-property-became-not-write-only   safe       safe

endpoint-added                                     safe       breaking
endpoint-deprecated                                safe       safe
endpoint-reactivated                               safe       safe
api-path-removed-without-deprecation               breaking   safe
api-path-removed-with-deprecation                  dangerous  safe
api-removed-without-deprecation                    breaking   safe
api-removed-with-deprecation                       dangerous  safe
api-operation-id-added                             safe       safe
api-operation-id-removed                           safe       safe
webhook-added                                      safe       safe
webhook-removed                                    breaking   safe
callback-added                                     safe       breaking
callback-removed                                   dangerous  safe
server-added                                       safe       safe
server-removed                                     dangerous  dangerous
server-base-path-changed                           breaking   breaking

new-required-request-parameter                     breaking   breaking
new-optional-request-parameter                     safe       breaking
request-parameter-removed                          dangerous  dangerous
request-parameter-removed-with-deprecation         safe       safe
request-parameter-renamed                          safe       safe
request-parameter-became-required                  breaking   dangerous
request-parameter-became-optional                  safe       breaking
request-parameter-style-changed                    breaking   breaking
request-parameter-content-changed                  breaking   breaking

request-body-added-required                        breaking   breaking
request-body-added-optional                        safe       breaking
request-body-removed                               breaking   dangerous
request-body-became-required                       breaking   dangerous
request-body-became-optional                       safe       breaking
request-body-media-type-added                      safe       breaking
request-body-media-type-removed                    breaking   dangerous

response-success-status-added                      safe       safe
response-success-status-removed                    breaking   breaking
response-non-success-status-added                  safe       safe
response-non-success-status-removed                safe       breaking
response-media-type-added                          safe       safe
response-media-type-removed                        breaking   breaking
response-header-added                              safe       safe
required-response-header-removed                   breaking   safe
optional-response-header-removed                   dangerous  safe
response-header-became-required                    safe       breaking
response-header-became-optional                    breaking   safe

api-security-added                                 breaking   dangerous
api-security-removed                               breaking   dangerous
api-security-alternative-added                     safe       breaking
api-security-scope-added                           breaking   dangerous
api-security-component-type-changed                breaking   breaking
api-security-component-oauth-url-changed           dangerous  dangerous
"""
"""All other changes: the id, what it means for clients, what it means for servers."""


def _limits() -> Iterator[tuple[str, Effect]]:
    for word in UPPER.values():
        yield from ((f"{word}-decreased", "narrowed"), (f"{word}-increased", "widened"))
    for word in LOWER.values():
        yield from ((f"{word}-increased", "narrowed"), (f"{word}-decreased", "widened"))
    for word in (*UPPER.values(), *LOWER.values()):
        yield from ((f"{word}-set", "narrowed"), (f"{word}-unset", "widened"))


def _of_schemas() -> Iterator[Rule]:
    for subject, direction in SUBJECTS.items():
        for kind, effect in (*OF_SCHEMA.items(), *_limits()):
            clients, servers = OF_EFFECT[effect, direction]
            yield Rule(f"{subject}-{kind}", MILDER.get(f"{direction} {kind}", clients), servers)


def _others() -> Iterator[Rule]:
    levels = {level: level for level in LEVELS}
    for line in filter(None, OTHERS.splitlines()):
        name, clients, servers = line.split()
        yield Rule(name, levels[clients], levels[servers])  # type: ignore[index]


RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*_of_schemas(), *_others())}
"""Every rule by its id."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, however many operations it is seen in.

    Attributes:
        subject: what changed, e.g. `POST /builds: request body, branch`.
        text: how it changed, in words.
        pointer: the JSON pointer of what changed, which stays when lines move.
        old: `FILE:LINE` in the old document; the nearest enclosing part where it is not there.
        new: the same in the new one.
        operations: those it is seen in.
    """

    rule: Rule
    subject: str
    text: str
    pointer: str
    old: str
    new: str
    operations: tuple[str, ...]
