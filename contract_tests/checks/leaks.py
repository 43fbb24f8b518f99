"""Whether an answer gives something away: what was sent in confidence, or how the server is made inside."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.checks.problem import Problem
from contract_tests.checks.shape import NotJson, read_json
from contract_tests.transport.answer import Answer

SHORTEST_PART = 12
"""So many signs of a secret in a row are a leak, too."""

LONGEST_WORD = 80
"""An undocumented text longer than this says more than an undocumented property should."""

INTERNALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "a stack trace",
            r"Traceback \(most recent call last\)|^\s*File \"[^\"]+\", line \d+|\bat [\w$.<>]+\([\w$]+\.\w+:\d+\)",
        ),
        ("a stack trace", r"goroutine \d+ \[|panic: |Exception in thread|\bat .{1,80} \(?/?[\w./-]+\.[jt]s:\d+:\d+\)?"),
        ("a path of the server", r"(?<![\w:/.])/(usr|home|root|var|opt|srv|app|etc|tmp|proc|data|mnt)/[\w.-]+"),
        ("a path of the server", r"\b[A-Z]:\\\\?(Users|Windows|Program Files|inetpub)\b|site-packages|node_modules"),
        (
            "a database query",
            r"(?i)\b(select\s.{1,200}\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\s+[\w\"`'(]",
        ),
        (
            "a database error",
            r"(?i)\bsqlite3?\.|psycopg2?\.|pymysql|mysqldb|ORA-\d{5}|SQLSTATE|no such table|OperationalError",
        ),
        ("a database address", r"\b(mysql|postgres(ql)?|mongodb|redis|amqp|sqlite)(\+\w+)?://"),
        (
            "an internal address",
            r"(?<![\d.])(10\.\d{1,3}|192\.168|172\.(1[6-9]|2\d|3[01])|127\.\d{1,3})(\.\d{1,3}){1,2}(?![\d.])",
        ),
        ("an internal address", r"\b[\w-]+(\.[\w-]+)*\.(svc|internal|local|cluster\.local)\b(:\d+)?"),
        (
            "a framework's own page",
            r"Werkzeug Debugger|Whitelabel Error Page|DEBUG = True|Django settings|<title>[^<]*(Exception|Error at)",
        ),
        ("an object of the program", r"<[\w.]+ object at 0x[0-9a-f]+>|<(function|class|module) '?[\w.<>]+"),
        (
            "a private key",
            r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|(?i:secret_key|aws_secret|private_key)\W{1,4}\w",
        ),
        (
            "the environment",
            r"\b(PYTHONPATH|PATH=|HOME=|LD_LIBRARY_PATH|DJANGO_SETTINGS_MODULE|KUBERNETES_SERVICE_HOST)|"
            r"\b[A-Z][A-Z0-9]+_([A-Z0-9_]+_)?(KEY|TOKEN|PASSWORD|PASS|SECRET|HOST|DSN|URI|USER)\b",
        ),
        ("a password", r"(?i)\b(password|passwd|pwd)\b[\"']?\s*[=:]\s*[\"']?[^\s\"',;&}]{3,}|://[^/\s:@]+:[^/\s:@]+@"),
    )
)

INNER_NAMES = re.compile(
    r"(?i)passw|secret|token|credential|cookie|stack|trace|debug|sql|query|exception|environ|\benv\b|config|internal|"
    r"host|addr|\bip\b|file|path|dir\b|request|header|auth|user|key\b|session|memory|thread|pid\b|dsn|server|repo|url"
)
INNER_HEADERS = re.compile(r"(?i)debug|sql|query|exception|stack|passw|secret|internal|backend|upstream|repo|token$")


FRAMEWORK_HEADERS = re.compile(r"(?i)powered-by$|version$|^x-generator$")


def framework_headers(answer: Answer) -> Iterator[str]:
    """Headers that name the server's software: no secret, but nothing that a caller needs."""
    yield from (f"{name}: {value}" for name, value in answer.headers if FRAMEWORK_HEADERS.search(name))


def leak_problems(
    under_test: OperationUnderTest, answer: Answer, secrets: Iterable[str], sent: bytes, *, documented: bool = True
) -> Iterator[Problem]:
    """Secrets that come back, internals, and undocumented properties that look like either.

    `documented` says whether the contract describes this answer, so that a property of it can be undocumented.
    """
    text = _everything(answer)
    found = _secret_in(text, secrets)
    if found:
        yield Problem("secret-in-answer", "no secret in any answer", found)
        return
    known = _sent_text(sent)
    yield from _internals(under_test, answer, known)
    if documented:
        yield from _undocumented(under_test, answer)


def _everything(answer: Answer) -> str:
    return answer.head.decode("latin-1") + answer.body.decode("utf-8", "replace")


def _secret_in(text: str, secrets: Iterable[str]) -> str:
    lowered = text.lower()
    for secret in secrets:
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        parts: tuple[str, ...] = (secret, encoded)
        if len(secret) >= SHORTEST_PART * 2:
            parts = (*parts, secret[:SHORTEST_PART], secret[-SHORTEST_PART:])
        for part in parts:
            if part in text or (len(part) >= SHORTEST_PART and part.lower() in lowered):
                place = "headers" if part in text.partition("\r\n\r\n")[0] else "body"
                return f"{'all' if part == secret else 'part'} of a secret that was sent is in the answer's {place}"
    return ""


def _sent_text(sent: bytes) -> str:
    return sent[:65536].decode("utf-8", "replace")


def _internals(under_test: OperationUnderTest, answer: Answer, sent: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, text in _texts(under_test, answer):
        for name, pattern in INTERNALS:
            match = pattern.search(text)
            # What the request itself said is an echo, not a confidence.
            if match and name not in seen and match[0].strip() not in sent:
                seen.add(name)
                yield Problem(
                    "internals-in-answer", f"no {name.partition(' ')[2]} in answers", f"{place}: {match[0][:80]}"
                )


def _texts(under_test: OperationUnderTest, answer: Answer) -> Iterator[tuple[str, str]]:
    """Every text of an answer, but for what the contract documents as holding such things."""
    for name, value in answer.headers:
        if name.lower() not in ("server", "via", "date", "location"):
            yield f"header {name}", value
    if not answer.media_type.endswith("json"):
        yield "body", answer.body.decode("utf-8", "replace")
        return
    try:
        value = read_json(answer)
    except NotJson:
        yield "body", answer.body.decode("utf-8", "replace")
        return
    yield from _strings(value, "", _documented(under_test, answer.status, value), _example_texts(under_test))


def _strings(value: Any, at: str, documented: Mapping[str, Any], harmless: frozenset[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value not in harmless:
            yield at, value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            node = documented.get(key, {})
            if "trace" in key and node:
                continue
            yield f"{at}/{key}", str(key)
            yield from _strings(child, f"{at}/{key}", {}, harmless)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _strings(child, f"{at}/{index}", {}, harmless)


def _documented(under_test: OperationUnderTest, status: int, value: Any) -> Mapping[str, Any]:
    """The properties that the contract has for an answer: of the shapes it may take, those that it does take."""
    response = under_test.operation.response(status)
    found: dict[str, Any] = {}
    for schema in (media.schema for media in (response.content if response else ()) if media.schema):
        shapes = (*schema.parts("anyOf"), *schema.parts("oneOf"))
        taken = tuple(shape for shape in shapes if shape.is_valid(value))
        for branch in (schema, *schema.parts("allOf"), *(taken or shapes)):
            found.update({name: part.node for name, part in branch.properties.items()})
    return found


def _example_texts(under_test: OperationUnderTest) -> frozenset[str]:
    """Every text in the examples of answers: what the contract shows gives nothing away."""
    found: set[str] = set()
    waiting: list[Any] = [example.value for example in under_test.operation.examples]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return frozenset(found)


def _tells_much(value: Any) -> bool:
    """Whether a value is more than a word or a number beside the documented ones."""
    return len(value) > LONGEST_WORD if isinstance(value, str) else bool(value) and isinstance(value, dict | list)


def _undocumented(under_test: OperationUnderTest, answer: Answer) -> Iterator[Problem]:
    for name, _ in answer.headers:
        documented = name.lower().startswith(("access-control-", "content-", "www-", "proxy-"))
        if not documented and INNER_HEADERS.search(name):
            yield Problem("undocumented-property", "documented headers", f"the header {name}")
            return
    if not answer.media_type.endswith("json"):
        return
    try:
        value = read_json(answer)
    except NotJson:
        return
    documented_here = _documented(under_test, answer.status, value)
    if not documented_here:
        return
    for key in value if isinstance(value, Mapping) else ():
        if key not in documented_here and (INNER_NAMES.search(key) or _tells_much(value[key])):
            yield Problem("undocumented-property", f"only {', '.join(documented_here)}", f"the property {key!r}")
            return
