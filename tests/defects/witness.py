"""Witnesses: the requests that tell a defective console from a conforming one, and what the contract promises them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.defects.catalogue import APP, REGION, SERVICE, TEAM, TOKEN
from tests.defects.console import Console
from tests.defects.document import ACCEPTED, document
from tests.defects.messages import JSON, Answer, Request, compact

SLOWEST = 1.0
FULL = {
    "build_type": "source_code",
    "server_type": "git",
    "branch": "main",
    "repo_url": "https://git.example.com/acme/app.git",
    "username": "ci",
    "password": "secret",
}
HEX = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Step:
    """One request and the name of the answer that the contract promises it."""

    request: Request
    answer: str
    variables: Mapping[str, Any] = field(default_factory=dict)


Witness = tuple[Step, ...]


def path(team: str = TEAM, region: str = REGION, app: str = APP, service: str = SERVICE) -> str:
    ids = {"team_id": team, "region_name": region, "app_id": app, "service_id": service}
    return document().path.format(**{name: quote(value, safe="%") for name, value in ids.items()})


def build(
    body: Any = None,
    *,
    method: str = "POST",
    token: str | None = TOKEN,
    media_type: str | None = JSON,
    target: str | None = None,
    headers: Mapping[str, str] | None = None,
    **ids: str,
) -> Request:
    """A build request; each argument is where it differs from the plainest good one. `body`: None, bytes, or JSON."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {"authorization": token, "content-type": media_type if raw else None, **(headers or {})}
    return Request(method, target or path(**ids), {name: text for name, text in sent.items() if text is not None}, raw)


def accepted(body: Any = None, **differences: Any) -> Witness:
    return (Step(build(body, **differences), ACCEPTED),)


def builds(times: int, *, body: Callable[[int], Any] = lambda number: {"branch": f"b{number}"}) -> Witness:
    """So many builds, one after another."""
    return tuple(Step(build(body(number)), "accepted") for number in range(times))


def refused(name: str, body: Any = None, variables: Mapping[str, Any] | None = None, **differences: Any) -> Witness:
    """A request that a named answer refuses; `variables` are those of the named answer."""
    return (Step(build(body, **differences), name, variables or {}),)


def wrong_method(method: str, **differences: Any) -> Witness:
    return refused("method-not-allowed", None, {"method": method}, method=method, **differences)


def invalid(body: Any, **errors: str) -> Witness:
    """A body that is refused with exactly these reasons, each given by its kind or, for an enum, by the value."""
    return (Step(build(body), "invalid-body", {"errors": {name: [text] for name, text in errors.items()}}),)


def message(kind: str, **parts: Any) -> str:
    """The contract's text for a kind of violation."""
    return document().messages[kind].format(**parts)


def complaints(console: Console, witness: Witness) -> list[str]:
    """What the answers of a console have against the contract's promises; empty where all are kept."""
    found: list[str] = []
    seen: set[str] = set()
    for number, step in enumerate(witness, 1):
        answer = console.answer(step.request)
        problem = complaint(step, answer) or repeated(answer, seen)
        if problem:
            found.append(f"answer {number}: {problem}")
    return found


def repeated(answer: Answer, seen: set[str]) -> str | None:
    """An event id that an earlier build of this console already has."""
    if answer.name != ACCEPTED:
        return None
    event_id = answer.json["event_id"]
    known = event_id in seen
    seen.add(event_id)
    return "an event id comes twice" if known else None


def complaint(step: Step, answer: Answer) -> str | None:
    """The first thing that is not as the contract promises it."""
    expected = promised(step, answer)
    if answer.status != expected.status:
        return f"status {answer.status}, not {expected.status}: {answer.body[:400].decode(errors='replace')}"
    if answer.delay > SLOWEST or answer.cut:
        return f"it takes {answer.delay} s" if answer.delay else "it ends before its announced length"
    return header_complaint(expected, answer) or body_complaint(step, expected, answer)


def promised(step: Step, answer: Answer) -> Answer:
    console = Console()
    if step.answer == "options":
        expected = console.contract.options_answer()
    elif step.answer == "preflight":
        expected = console.contract.preflight_answer()
    elif step.answer == "parse-error":
        # The reason is the parser's own; only that one is given is promised.
        given = re.search(r'"detail":"(JSON parse error - [^"]*)"', answer.body.decode(errors="replace"))
        expected = console.named(step.answer, **({"reason": given[1]} if given else {}))
    else:
        expected = console.named(step.answer, **step.variables)
    return console.finish(expected, step.request)


def header_complaint(expected: Answer, answer: Answer) -> str | None:
    names = {name.lower() for name in (*expected.headers, *answer.headers)}
    for name in sorted(names):
        wanted, given = expected.header(name), answer.header(name)
        if name == "x-request-id":
            if not given or not HEX.fullmatch(given):
                return f"{name}: {given}"
        elif wanted != given:
            return f"{name}: {given}, not {wanted}"
    return None


def body_complaint(step: Step, expected: Answer, answer: Answer) -> str | None:
    if step.answer == ACCEPTED:
        event_id = read_event_id(answer)
        return None if HEX.fullmatch(event_id or "") else f"no event id: {answer.body[:60]!r}"
    if expected.header("content-type") == JSON:
        same = compact(readable(answer)) == compact(expected.json)
        return None if same else f"body {answer.body[:400].decode(errors='replace')}"
    return None if answer.body == expected.body else f"body {answer.body[:60]!r}"


def read_event_id(answer: Answer) -> str | None:
    """The event id, where the body is an object that holds it and nothing else."""
    value = readable(answer)
    if not isinstance(value, dict) or set(value) != {"event_id"}:
        return None
    return value["event_id"] if isinstance(value["event_id"], str) else None


def readable(answer: Answer) -> Any:
    try:
        return json.loads(answer.body.decode())
    except ValueError:
        return None
