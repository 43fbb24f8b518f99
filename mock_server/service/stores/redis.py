"""A store in Redis, for replicas on several machines. Each operation is one Lua script, so Redis runs it as a whole.

Keys start with `rainbond-mock:`; all of them expire when nobody uses the mock any more. The only user of `redis`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
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

LIBRARY = """
local P, idle, most, size = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local memory, born, session = tonumber(ARGV[4]), ARGV[5], ARGV[6]
local function call(...) return redis.call(...) end
local function key(name, part) return P .. 'session:' .. name .. ':' .. part end
local function now() local time = call('TIME') return tonumber(time[1]) + tonumber(time[2]) / 1000000 end
local function evicted() return string.match(call('INFO', 'stats'), 'evicted_keys:(%d+)') or '0' end
local function generation()
  call('SET', P .. 'generation', born, 'NX', 'EX', 2592000)
  return call('GET', P .. 'generation')
end
local function empty(name)
  local kept = call('LLEN', key(name, 'journal'))
  local bytes = tonumber(call('HGET', key(name, 'about'), 'bytes') or 0)
  call('DEL', key(name, 'journal'))
  call('HDEL', key(name, 'about'), 'dropped', 'bytes', 'written', 'lost', 'gone')
  call('ZREM', P .. 'counts', name)
  if kept > 0 then call('DECRBY', P .. 'kept', kept) end
  if bytes > 0 then call('DECRBY', P .. 'bytes', bytes) end
end
local function forget(name)
  empty(name)
  call('ZREM', P .. 'gone', name)
  call('HSET', key(name, 'about'), 'fresh', generation(), 'evicted', evicted())
  call('EXPIRE', key(name, 'about'), math.ceil(idle) * 2 + 60)
end
local function drop(name)
  empty(name)
  call('DEL', key(name, 'about'), key(name, 'progress'), key(name, 'sequences'))
  call('ZREM', P .. 'sessions', name)
end
local function lose(name)
  drop(name)
  call('ZADD', P .. 'gone', string.format('%.6f', now()), name)
  call('ZREMRANGEBYRANK', P .. 'gone', 0, -100001)
  call('EXPIRE', P .. 'gone', 2592000)
end
local function expire()
  for _, name in ipairs(call('ZRANGEBYSCORE', P .. 'sessions', '-inf', string.format('%.6f', now() - idle))) do
    lose(name)
  end
end
local function keep(name)
  local span = math.ceil(idle) * 2 + 60
  for _, part in ipairs({'about', 'progress', 'sequences', 'journal'}) do call('EXPIRE', key(name, part), span) end
  for _, part in ipairs({'sessions', 'counts', 'kept', 'bytes', 'id'}) do call('EXPIRE', P .. part, span) end
end
local function use()
  expire()
  if not call('ZSCORE', P .. 'sessions', session) then
    while call('ZCARD', P .. 'sessions') >= most do lose(call('ZRANGE', P .. 'sessions', 0, 0)[1]) end
    if call('ZREM', P .. 'gone', session) == 1 then call('HSET', key(session, 'about'), 'gone', '1') end
    call('HSETNX', key(session, 'about'), 'evicted', evicted())
  end
  call('ZADD', P .. 'sessions', string.format('%.6f', now()), session)
end
local function situation()
  local found = call('HMGET', key(session, 'about'), 'revision', 'state')
  return {found[1] or '', found[2] or 'start'}
end
"""

SCRIPTS: Mapping[str, str] = {
    "situation": "expire() return situation()",
    "scenarios": "expire() return call('HGET', key(session, 'about'), 'scenarios')",
    "put_scenarios": """
        use()
        call('HSET', key(session, 'about'), 'scenarios', ARGV[7], 'revision', ARGV[8])
        if ARGV[9] == '1' then call('DEL', key(session, 'progress')) end
        keep(session)
    """,
    "set_state": "use() call('HSET', key(session, 'about'), 'state', ARGV[7]) keep(session)",
    "advance": """
        use()
        local seen = situation()
        if seen[1] ~= ARGV[7] or seen[2] ~= ARGV[8] then keep(session) return false end
        if ARGV[10] == '1' then call('HSET', key(session, 'about'), 'state', ARGV[11]) end
        local match = call('HINCRBY', key(session, 'progress'), ARGV[9], 1)
        keep(session)
        return match
    """,
    "use": "use() keep(session)",
    "occurrence": """
        use()
        local count = call('HINCRBY', key(session, 'sequences'), ARGV[7], 1)
        keep(session)
        return count
    """,
    "resources": "expire() return call('HGET', key(session, 'about'), 'resources') or ''",
    "put_resources": """
        use()
        local is_same = (call('HGET', key(session, 'about'), 'resources') or '') == ARGV[7]
        if is_same then call('HSET', key(session, 'about'), 'resources', ARGV[8]) end
        keep(session)
        return is_same and 1 or 0
    """,
    "record": """
        use()
        local text = call('INCR', P .. 'id') .. ' ' .. ARGV[7]
        call('RPUSH', key(session, 'journal'), text)
        call('ZINCRBY', P .. 'counts', 1, session)
        call('HINCRBY', key(session, 'about'), 'written', 1)
        call('HINCRBY', key(session, 'about'), 'bytes', #text)
        local kept, bytes = call('INCR', P .. 'kept'), call('INCRBY', P .. 'bytes', #text)
        while kept > size or bytes > memory do
          local longest = call('ZREVRANGE', P .. 'counts', 0, 0)[1]
          local oldest = longest and call('LPOP', key(longest, 'journal'))
          if not oldest then call('DEL', P .. 'kept', P .. 'bytes', P .. 'counts') break end
          call('ZINCRBY', P .. 'counts', -1, longest)
          call('HINCRBY', key(longest, 'about'), 'dropped', 1)
          call('HINCRBY', key(longest, 'about'), 'bytes', -#oldest)
          kept, bytes = call('DECR', P .. 'kept'), call('DECRBY', P .. 'bytes', #oldest)
        end
        keep(session)
        return generation()
    """,
    "page": """
        expire()
        local about, journal = key(session, 'about'), key(session, 'journal')
        local facts = call('HMGET', about, 'dropped', 'written', 'lost', 'evicted', 'fresh', 'gone')
        local gone = facts[6] or call('ZSCORE', P .. 'gone', session)
        local dropped, first = tonumber(facts[1] or 0), tonumber(ARGV[7])
        first = math.max(first - dropped, 0)
        return {
          dropped, call('LLEN', journal), tonumber(facts[2] or 0), tonumber(facts[3] or 0),
          facts[4] or '0', evicted(), generation(), facts[5] or '', gone and 1 or 0,
          call('LRANGE', journal, first, first + ARGV[8] - 1), first,
        }
    """,
    "volume": "expire() return {call('GET', P .. 'kept') or 0, call('GET', P .. 'id') or 0}",
    "mark_gap": "use() call('HINCRBY', key(session, 'about'), 'lost', ARGV[7]) keep(session)",
    "forget": "forget(session)",
    "reset": """
        forget(session)
        call('DEL', key(session, 'progress'), key(session, 'sequences'))
        call('HDEL', key(session, 'about'), 'state', 'resources')
    """,
    "end": "drop(session) forget(session)",
    "sessions": "expire() return call('ZRANGE', P .. 'sessions', 0, -1)",
}


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
