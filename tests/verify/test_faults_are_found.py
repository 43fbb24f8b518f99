"""Each fault is found: the verifier's exit code is 1, and the check that is named fits."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.results.result import UNTESTABLE, VIOLATED
from contract_tests.verification.run import verify
from mock_server.contract.loader import load_contract
from tests.verify.faults import IDENTITY, Ask, Reply, Seen, reply, serving

EVENT = "5821167607ec460b89b326084fb3d1e0"


def _without(seen: Seen, *names: str) -> Seen:
    """The request without these properties: what the fault does not look at."""
    body = seen.json()
    if not isinstance(body, dict):
        return seen
    return replace(seen, body=json.dumps({k: v for k, v in body.items() if k not in names}).encode(), headers={
        **seen.headers, "content-length": "1"})  # fmt: skip


async def event_id_missing(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    return answer.with_json({}) if answer.status == 200 else answer


async def wrong_media_type(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    return replace(answer, headers=(("Content-Type", "text/plain"),)) if answer.status == 200 else answer


async def enum_not_enforced(seen: Seen, ask: Ask) -> Reply:
    return await ask(_without(seen, "server_type"))


async def long_branch_accepted(seen: Seen, ask: Ask) -> Reply:
    body = seen.json()
    long = isinstance(body, dict) and isinstance(body.get("branch"), str) and len(body["branch"]) > 255
    return await ask(_without(seen, "branch") if long else seen)


async def token_ignored(seen: Seen, ask: Ask) -> Reply:
    return await ask(replace(seen, headers={**seen.headers, "authorization": IDENTITY["token"]}))


async def scheme_tolerated(seen: Seen, ask: Ask) -> Reply:
    token = seen.headers.get("authorization", "").removeprefix("Bearer ")
    return await ask(replace(seen, headers={**seen.headers, "authorization": token}) if token else seen)


async def fails_on_bytes(seen: Seen, ask: Ask) -> Reply:
    try:
        seen.body.decode()
    except UnicodeDecodeError:
        return reply(500, {"error": "internal"})
    return await ask(seen)


async def null_refused(seen: Seen, ask: Ask) -> Reply:
    body = seen.json()
    if isinstance(body, dict) and None in body.values():
        return await ask(replace(seen, body=b'{"branch": ""}'))
    return await ask(seen)


async def absent_body_refused(seen: Seen, ask: Ask) -> Reply:
    if not seen.body and (await ask(seen)).status == 200:
        return await ask(replace(seen, body=b" ", headers={**seen.headers, "content-type": "application/json"}))
    return await ask(seen)


async def accepts_everything(seen: Seen, ask: Ask) -> Reply:
    return reply(200, {"event_id": EVENT})


async def same_event_id(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    return answer.with_json({"event_id": EVENT}) if answer.status == 200 else answer


async def password_in_refusal(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    body = seen.json()
    if answer.status == 400 and isinstance(body, dict) and "password" in body:
        return answer.with_json({**json.loads(answer.body), "error_trace": f"locals: {body['password']}"})
    return answer


async def token_in_header(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    return replace(answer, headers=(*answer.headers, ("X-Caller", seen.headers.get("authorization", ""))))


async def trace_in_refusal(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    if answer.status != 404 or not answer.body.startswith(b"{"):
        return answer
    return answer.with_json({**json.loads(answer.body), "debug": "Traceback (most recent call last): ..."})


async def only_first_field_named(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    value: Any = json.loads(answer.body) if answer.status == 400 else {}
    if len(value.get("err", {})) > 1:
        return answer.with_json({**value, "err": dict([next(iter(value["err"].items()))])})
    return answer


async def method_before_token(seen: Seen, ask: Ask) -> Reply:
    if seen.method == "PUT":
        return await ask(replace(seen, headers={**seen.headers, "authorization": IDENTITY["token"]}))
    return await ask(seen)


async def slow_on_long_bodies(seen: Seen, ask: Ask) -> Reply:
    if len(seen.body) > 1_000_000:
        await asyncio.sleep(0.7)
    return await ask(seen)


async def wrong_app_text(seen: Seen, ask: Ask) -> Reply:
    answer = await ask(seen)
    return replace(answer, body=answer.body.replace(b"no found app", b"no such app"))


class Counting:
    """A fault that appears only from the n-th build on."""

    def __init__(self, after: int) -> None:
        self.left = after

    async def __call__(self, seen: Seen, ask: Ask) -> Reply:
        answer = await ask(seen)
        if answer.status == 200:
            self.left -= 1
            if self.left < 0:
                return reply(503, {"error": "exhausted"})
        return answer


CORE = "core"
FAULTS = [
    (event_id_missing, "answer-schema", CORE),
    (wrong_media_type, "answer-media-type", CORE),
    (enum_not_enforced, "enum-not-enforced", CORE),
    (long_branch_accepted, "limit-not-enforced", CORE),
    (token_ignored, "token-not-required", CORE),
    (scheme_tolerated, "near-token-accepted", "*/token/near-*"),
    (fails_on_bytes, "server-error", CORE),
    (null_refused, "null-refused", CORE),
    (absent_body_refused, "absent-body-refused", CORE),
    (accepts_everything, "token-not-required", CORE),
    (same_event_id, "value-repeats", "*/accepted/*"),
    (password_in_refusal, "secret-in-answer", CORE),
    (token_in_header, "secret-in-answer", CORE),
    (trace_in_refusal, "internals-in-answer", CORE),
    (only_first_field_named, "fields-not-named", "*/together/*"),
    (method_before_token, "order-of-checks", "*/order/*"),
    (slow_on_long_bodies, "slow-answer", "*/large/*"),
    (wrong_app_text, "answer-example-differs", CORE),
    (Counting(8), "server-error", "*/accepted/*"),
]


@pytest.mark.parametrize(
    ("fault", "check", "pattern"), FAULTS, ids=[getattr(row[0], "__name__", "eighth_build") for row in FAULTS]
)
def test_fault_is_found(fault: Any, check: str, pattern: str) -> None:
    with serving(fault) as served:
        result = verify(load_contract(), served.settings(slow_after=0.4, only=(pattern,)))
    assert result.exit_code == VIOLATED
    assert check in {finding.check for finding in result.failing}


@pytest.mark.parametrize("status", [404, 401, 409])
def test_server_that_refuses_everything_is_not_testable(status: int) -> None:
    """Nothing is proven by a server that refuses all, so it never passes."""

    async def refuse(seen: Seen, ask: Ask) -> Reply:
        return reply(status, {"code": status, "msg": "no", "msg_show": "no", "data": {"bean": {}, "list": []}})

    with serving(refuse) as served:
        result = verify(load_contract(), served.settings())
    assert result.exit_code == UNTESTABLE
    assert str(status) in result.untestable


def test_token_that_is_only_accepted_with_a_scheme_breaks_the_contract() -> None:
    """The token is good, the form that the contract documents is refused: that is the server's fault."""

    async def bearer_only(seen: Seen, ask: Ask) -> Reply:
        token = seen.headers.get("authorization", "")
        if not token.startswith("Bearer "):
            return await ask(replace(seen, headers={**seen.headers, "authorization": "unknown"}))
        return await ask(replace(seen, headers={**seen.headers, "authorization": token.removeprefix("Bearer ")}))

    with serving(bearer_only) as served:
        result = verify(load_contract(), served.settings())
    assert result.exit_code == VIOLATED
