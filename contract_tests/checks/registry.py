"""Every check of the verifier: a stable id, how bad a violation is, one sentence, and where the demand comes from.

`docs/checks.md` explains the same list; a test keeps the two in step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        severity: `critical` (strangers get in, or secrets leak), `high` (callers break), `medium`, `low`.
        sentence: what holds for a server that passes.
        source: `documented` in the contract, or `observed` (an `x-` extension, or marked `x-source: observed`).
        security: tolerating leniency never tolerates a violation of it.
    """

    id: str
    severity: str
    sentence: str
    source: str = "documented"
    security: bool = False


CHECKS: tuple[Check, ...] = (
    Check("absent-body-refused", HIGH, "A request without a body is accepted where the body is optional."),
    Check("answer-changes", MEDIUM, "The same refused request gets the same answer each time."),
    Check(
        "answer-example-differs",
        MEDIUM,
        "A refusal is the named example that the contract has for its reason.",
        "observed",
    ),
    Check("answer-framing", HIGH, "An answer is exactly as long as it says, and leaves the connection usable."),
    Check(
        "answer-header",
        MEDIUM,
        "An answer has the headers that the contract requires, with values it allows.",
        "observed",
    ),
    Check("answer-media-type", HIGH, "An answer has a media type that the contract documents for its status."),
    Check("answer-not-json", HIGH, "An answer that says it is JSON is one JSON value in UTF-8."),
    Check("answer-schema", HIGH, "An answer satisfies the schema that the contract documents for its status."),
    Check("answer-status", HIGH, "An answer has a status that the contract documents for this request."),
    Check("combination-refused", HIGH, "Any combination of valid values is accepted."),
    Check(
        "cross-origin-differs",
        MEDIUM,
        "An answer to a page of another origin names that origin, or none.",
        "observed",
        True,
    ),
    Check("encoding-not-enforced", MEDIUM, "A JSON body that is not UTF-8 is refused.", "observed"),
    Check("enum-not-enforced", HIGH, "A value outside an enum is refused."),
    Check("enum-value-refused", HIGH, "Each value of an enum is accepted."),
    Check(
        "field-message-differs",
        LOW,
        "A refused property comes with the reason that the contract words for it.",
        "observed",
    ),
    Check(
        "fields-not-named",
        MEDIUM,
        "A refused body names exactly its invalid properties, all at once, in order.",
        "observed",
    ),
    Check(
        "foreign-id-accepted", CRITICAL, "Ids that exist, but do not belong together, are refused.", "observed", True
    ),
    Check(
        "foreign-token-accepted",
        CRITICAL,
        "The token of a user who must not reach these ids is refused.",
        "observed",
        True,
    ),
    Check(
        "internals-in-answer",
        HIGH,
        "No answer gives away stack traces, paths, queries or addresses of the server.",
        "documented",
        True,
    ),
    Check("later-request-differs", HIGH, "What one request created a later one finds, and what it deleted none does."),
    Check("limit-not-enforced", MEDIUM, "A value beyond a limit is refused."),
    Check("malformed-body-accepted", HIGH, "A body that is not JSON is refused."),
    Check("media-type-not-enforced", MEDIUM, "A body of an undocumented media type is refused."),
    Check(
        "media-type-spelling-refused", HIGH, "The documented media type is accepted with parameters and in any case."
    ),
    Check("method-not-refused", HIGH, "A method that the contract does not document is refused.", "documented", True),
    Check("near-id-accepted", CRITICAL, "An id that is almost right is refused.", "documented", True),
    Check("near-token-accepted", CRITICAL, "A token that is almost right is refused.", "documented", True),
    Check("no-answer", HIGH, "Every request gets an HTTP answer."),
    Check("null-not-enforced", MEDIUM, "Null is refused where a property is not nullable."),
    Check("null-refused", HIGH, "Null is accepted where a property is nullable."),
    Check(
        "order-of-checks",
        MEDIUM,
        "A request with several faults is refused for the one that the contract names first.",
        "observed",
    ),
    Check("parallel-request-refused", HIGH, "Valid requests are accepted also when they come at the same time."),
    Check("path-not-enforced", MEDIUM, "A path that the contract does not have is answered 404."),
    Check("pattern-not-enforced", MEDIUM, "A text that breaks its pattern is refused.", "observed"),
    Check(
        "plain-request-refused",
        HIGH,
        "A valid request is accepted whatever it carries that the contract does not speak of.",
    ),
    Check("repeated-request-refused", HIGH, "A valid request is accepted again, however often it came before."),
    Check("required-not-enforced", HIGH, "A body without a required property is refused."),
    Check(
        "secret-in-answer",
        CRITICAL,
        "No answer repeats a token, a password, or the credentials inside an address.",
        "documented",
        True,
    ),
    Check(
        "secret-in-url-accepted",
        CRITICAL,
        "A token is accepted only in the place that the contract documents.",
        "documented",
        True,
    ),
    Check("server-error", HIGH, "No request makes the server fail (5xx)."),
    Check("shape-not-enforced", MEDIUM, "A body of another JSON type than the documented one is refused."),
    Check("slow-answer", MEDIUM, "Answers come within the configured time (`--slow-after`)."),
    Check("text-refused", HIGH, "Any text within the limits is accepted, of any script and with any sign."),
    Check("token-not-required", CRITICAL, "A request without a token is refused.", "documented", True),
    Check("type-not-enforced", MEDIUM, "A value of another type than the documented one is refused."),
    Check(
        "undocumented-property",
        MEDIUM,
        "An answer has no property beyond the contract that looks like something internal.",
        "documented",
        True,
    ),
    Check("undocumented-property-accepted", MEDIUM, "A body's unknown property is refused where the contract says so."),
    Check("unknown-property-refused", HIGH, "A body's unknown property is ignored where the contract allows it."),
    Check("value-repeats", HIGH, "A value that the contract calls unique never comes twice.", "observed"),
    Check("wrong-refusal", MEDIUM, "An invalid request is refused for the reason that the contract documents."),
)

BY_ID: Mapping[str, Check] = {check.id: check for check in CHECKS}
