"""What hostile clients send: each must neither make others wait nor take more than the limits."""

from __future__ import annotations

import json
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

from tests.attacks.victim import JSON, TOKEN, Victim
from tests.mock.build_request import path

SLOW = "^(a+)+$"
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "CONNECT", "p\xb2")
TARGETS = (
    path(), "/__mock__/scenarios", "/__mock__/verify", "/__mock__/state", "/__mock__/requests?limit=1",
    "/__mock__/requests/1", "/__mock__/sessions/%00/x", "/%ff%fe", "/" + "%2e" * 90, "*", "http://[::1/x",
    "/?" + "a=" * 500, "//x", "/__mock__/requests?since=%FF&status=%C2%B2", "/__mock__/sessions/a" + path(),
)  # fmt: skip
BODIES = (
    b"{}", b'{"branch":"\\ud800"}', b"\xff\xfe", b"[" * 500, b'{"a":1e999}', b"9" * 5_000, b'{"a":"\\u0000"}', b"NaN",
    b"", b'{"state":"\\ud800\\u0000"}', b"!!bool zz", b"&x [*x]", b"\x1f\x8b\x08broken",
)  # fmt: skip
HEADERS = (
    "Content-Type: application/json", "Content-Type: multipart/form-data", "Content-Encoding: gzip",
    "Content-Type: application/json; charset=utf-7", "X-Mock-Session: \xff", "Prefer: code=\xb2, delay=9e9",
    "Authorization: \x80", "Expect: 100-continue", "Transfer-Encoding: chunked", "Upgrade: h2c",
    "Content-Length: \xb2", "Content-Length: -1", "Cookie: =;;=", "Accept: */*;q=\xb2", "Origin: null",
    "Host: evil.example", 'If-None-Match: "', "Content-Type: application/x-www-form-urlencoded",
)  # fmt: skip


def masking(victim: Victim) -> None:
    """67 KB of text made to be slow to search for secrets."""
    for text in ("//a:" * 16_000 + "@", "password" * 8_000 + "=@", "a:a," * 16_000 + "@", "-----BEGIN " * 6_000):
        victim.build(json.dumps({"branch": text}).encode())
        victim.build(text.encode(), ("Content-Type", "text/plain"))


def scenario_document(victim: Victim) -> None:
    """Scenarios as long as is allowed, and longer."""
    one = {"name": "x", "when": {"body": {"/branch": {"matches": SLOW}}}, "answers": ["region-busy"]}
    for count in (900, 2_000, 8_000):
        document = {"scenarios": [{**one, "name": f"s{number}"} for number in range(count)]}
        victim.ask("PUT", "/__mock__/scenarios", json.dumps(document).encode(), JSON, ("X-Mock-Session", "long"))


def slow_expression(victim: Victim) -> None:
    """`^(a+)+$` in a scenario and in an expectation, asked about what nearly matches."""
    session = ("X-Mock-Session", "slow")
    when = {"body": {"/branch": {"matches": SLOW}}}
    document = json.dumps({"scenarios": [{"name": "x", "when": when, "answers": ["region-busy"]}]}).encode()
    victim.ask("PUT", "/__mock__/scenarios", document, JSON, session)
    victim.build(json.dumps({"branch": "a" * 200 + "!"}).encode(), JSON, TOKEN, session)
    victim.ask("POST", "/__mock__/verify", json.dumps({"body": when["body"]}).encode(), JSON, session)


def unknown_keys(victim: Victim) -> None:
    """50,000 keys that nothing knows, in a body and in documents."""
    many = json.dumps({f"key{number}": number for number in range(50_000)}).encode()
    victim.build(many)
    for target in ("scenarios", "verify", "state"):
        victim.ask("PUT" if target != "verify" else "POST", f"/__mock__/{target}", many[:250_000] + b"}", JSON)
        few = json.dumps({f"key{number}": number for number in range(15_000)}).encode()
        victim.ask("PUT" if target != "verify" else "POST", f"/__mock__/{target}", few, JSON)


def brackets(victim: Victim) -> None:
    """Brackets in brackets, and YAML's aliases."""
    for text in (b"[" * 100_000, b'{"a":' * 40_000, b"[" * 900 + b"]" * 900):
        victim.build(text)
        victim.ask("PUT", "/__mock__/scenarios", text[:200_000], JSON)
    aliases = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    victim.ask("PUT", "/__mock__/scenarios", aliases.encode(), ("Content-Type", "application/yaml"))


def full_journal(victim: Victim) -> None:
    """A journal filled, and read as a whole."""
    body = json.dumps({"branch": "b" * 6_000}).encode()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: victim.build(body), range(1_000)))
    victim.ask("GET", "/__mock__/requests?session=*", None)
    victim.ask("GET", "/__mock__/requests.har?session=*", None)


def long_bodies(victim: Victim) -> None:
    """20 bodies of 50 MB, without a token."""

    def one(_: int) -> None:
        with suppress(OSError), victim.connect() as connection:
            connection.sendall(b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(50):
                connection.sendall(b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n")

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(one, range(20)))


def many_sessions(victim: Victim) -> None:
    """400 sessions, each with scenarios of 200 KB."""
    answer = {"status": 200, "body": "x" * 200_000, "off_contract": True}
    document = json.dumps({"scenarios": [{"name": "x", "answers": [answer]}]}).encode()
    for number in range(400):
        victim.ask("PUT", "/__mock__/scenarios", document, JSON, ("X-Mock-Session", f"s{number}"))


def silent_clients(victim: Victim) -> None:
    """900 connections that say nothing, or half a request."""
    with ExitStack() as stack:
        for number in range(900):
            with suppress(OSError):
                connection = stack.enter_context(victim.connect())
                connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{" if number % 2 else b"")
        for _ in range(50):
            victim.build(b"{}")


def malformed(victim: Victim, randomness: random.Random) -> int:
    """One request that is broken somewhere; the status, 0 where the connection was closed."""
    request = bytearray(_request(randomness))
    for _ in range(randomness.randrange(4)):
        _damage(request, randomness)
    with suppress(OSError), victim.connect() as connection:
        connection.settimeout(5)
        connection.sendall(request)
        if randomness.random() < 0.5:
            connection.shutdown(socket.SHUT_WR)
        else:
            return 0
        first = connection.recv(64).split(b" ")
        return int(first[1]) if len(first) > 1 and first[1].isdigit() else 0
    return 0


def _request(randomness: random.Random) -> bytes:
    body = randomness.choice(BODIES)
    version = randomness.choice(("1.0", "1.1", "1.1", "1.2"))
    lines = [f"{randomness.choice(METHODS)} {randomness.choice(TARGETS)} HTTP/{version}", "Authorization: t"]
    lines += randomness.sample(HEADERS, randomness.randrange(5))
    if randomness.randrange(5):
        lines += [f"Content-Length: {len(body)}", "Host: localhost"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def _damage(request: bytearray, randomness: random.Random) -> None:
    at = randomness.randrange(len(request))
    match randomness.randrange(4):
        case 0:
            request[at] = randomness.randrange(256)
        case 1:
            del request[at : at + randomness.randrange(20)]
        case 2:
            request[at:at] = randomness.randbytes(randomness.randrange(20))
        case _:
            request[at:at] = request[at : at + 50] * randomness.randrange(20)
    if not request:
        request += b"\r\n"
