"""A store in Redis, for replicas on several machines. Each operation is one Lua script, so Redis runs it as a whole.

Keys start with `rainbond-mock:`; all of them expire when nobody uses the mock any more. The only user of `redis`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from mock_server.service.stores import (
    OWN_FILE,
    START,
    Limits,
    Page,
    Pending,
    Situation,
    StoreLost,
    Volume,
    lost_text,
    text_of,
)
from mock_server.service.stores.redis_scripts import LIBRARY, SCRIPTS

PREFIX = "rainbond-mock:"
PATIENCE = 2.0
"""Seconds that Redis has for an answer."""

LONGEST_AT_ONCE = 8 * 1024
"""Bytes of an entry that is made without leaving the event loop."""

PAUSE = 0.5
"""Seconds after a loss in which nobody waits for Redis again."""

FORGOTTEN = "the session was forgotten meanwhile; raise --session-ttl or --max-sessions"
EVICTED = "Redis has evicted keys; give it more memory, or maxmemory-policy noeviction"
INCOMPLETE = "entries of the session are gone from Redis"
EMPTIED = "Redis lost everything meanwhile"


class RedisStore:
    """Keeps sessions in a Redis that several mocks share.

    Args:
        url: `redis://…`, `rediss://…` or `unix://…`, with credentials where Redis asks for them.
        limits: how much is kept; the same for all replicas.

    Raises:
        ValueError: the URL is no Redis URL; the text shows nothing of it.
    """

    def __init__(self, url: str, limits: Limits | None = None, prefix: str = PREFIX) -> None:
        limits = limits or Limits()
        self._common = (repr(limits.idle), limits.sessions, limits.journal, limits.memory)
        self._idle = limits.idle
        self._generation = b""
        self._doubtful_until = 0.0
        self._prefix = prefix
        self._lost_until = 0.0
        try:
            address = urlsplit(url)
            self._where = f"{address.hostname}:{address.port or 6379}" if address.hostname else address.path
            self._redis: Redis = Redis.from_url(
                url,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                # A lost answer may have been carried out: asked again, a match would count twice.
                retry=Retry(NoBackoff(), 0),
            )
        except (ValueError, RedisError):
            raise ValueError("not a Redis URL; allowed: redis://HOST:PORT/DB, rediss://…, unix://…") from None
        self._scripts = {name: self._redis.register_script(LIBRARY + text) for name, text in SCRIPTS.items()}

    async def open(self) -> None:
        """It connects when it is first asked."""

    async def situation(self, session: str) -> Situation:
        revision, state = await self._run("situation", session)
        return Situation(_text(revision) or OWN_FILE, _text(state) or START)

    async def scenarios(self, session: str) -> str | None:
        found = await self._run("scenarios", session)
        return None if found is None else _text(found)

    async def put_scenarios(self, session: str, text: str, revision: str, restart: bool) -> None:
        await self._run("put_scenarios", session, text.encode("utf-8", "surrogatepass"), revision, int(restart))

    async def set_state(self, session: str, state: str) -> None:
        await self._run("set_state", session, _bytes(state))

    async def advance(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        facts = (seen.revision, _bytes(seen.state), _bytes(scenario), int(state is not None), _bytes(state or ""))
        match = await self._run("advance", session, *facts)
        return None if match is None else int(match)

    async def use(self, session: str) -> None:
        await self._run("use", session)

    async def occurrence(self, session: str, fingerprint: str) -> int:
        return int(await self._run("occurrence", session, fingerprint))

    async def resources(self, session: str) -> str:
        return _text(await self._run("resources", session))

    async def put_resources(self, session: str, seen: str, text: str) -> bool:
        return bool(await self._run("put_resources", session, _bytes(seen), _bytes(text)))

    async def record(self, session: str, entry: Pending | str) -> None:
        is_short = isinstance(entry, str) or entry.size <= LONGEST_AT_ONCE
        text = text_of(entry) if is_short else await asyncio.to_thread(text_of, entry)
        self._notice(await self._run("record", session, text))

    async def page(self, session: str, position: int, most: int) -> Page:
        facts = await self._run("page", session, position, most)
        dropped, total, written, lost, evicted, evictions, generation, fresh, gone, texts, first = facts
        self._notice(generation)
        numbered = (text.partition(b" ") for text in texts)
        entries = tuple((int(number), _text(text)) for number, _, text in numbered)
        following = dropped + first + most if first + most < total else None
        gaps = {
            lost_text(lost): lost,
            FORGOTTEN: gone,
            EVICTED: evicted != evictions,
            INCOMPLETE: written != total + dropped,
            EMPTIED: fresh != generation and time.monotonic() < self._doubtful_until,
        }
        return Page(entries, following, total, dropped, tuple(text for text, is_so in gaps.items() if is_so))

    async def mark_gap(self, session: str, count: int) -> None:
        await self._run("mark_gap", session, count)

    def _notice(self, generation: bytes) -> None:
        """Whoever saw another generation than this knows that everything was lost in between."""
        if self._generation and self._generation != generation:
            self._doubtful_until = time.monotonic() + self._idle
        self._generation = generation

    async def volume(self) -> Volume:
        kept, written = await self._run("volume", "")
        return Volume(int(kept), int(written))

    async def forget(self, session: str) -> None:
        await self._run("forget", session)

    async def reset(self, session: str) -> None:
        await self._run("reset", session)

    async def end(self, session: str) -> None:
        await self._run("end", session)

    async def sessions(self) -> list[str]:
        return [_text(name) for name in await self._run("sessions", "")]

    async def close(self) -> None:
        await self._redis.aclose()

    async def _run(self, name: str, session: str, *arguments: str | bytes | int) -> Any:
        if time.monotonic() < self._lost_until:
            raise StoreLost(f"Redis at {self._where} cannot be reached")
        try:
            return await self._scripts[name](
                keys=[self._prefix], args=[*self._common, secrets.token_hex(8), session, *arguments]
            )
        except (TimeoutError, RedisError, OSError) as error:
            self._lost_until = time.monotonic() + PAUSE
            raise StoreLost(f"Redis at {self._where} cannot be used: {type(error).__name__}") from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogatepass")
