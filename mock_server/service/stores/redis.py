"""A store in Redis, for replicas on several machines. Each operation is one Lua script, so Redis runs it as a whole.

Keys start with `rainbond-mock:`; all of them expire when nobody uses the mock any more. The only user of `redis`.
"""

from __future__ import annotations

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
    Kept,
    Limits,
    Pending,
    Situation,
    StoreLost,
    Volume,
    text_of,
    with_id,
)

PREFIX = "rainbond-mock:"
PATIENCE = 2.0
"""Seconds that Redis has for an answer."""

PAUSE = 0.5
"""Seconds after a loss in which nobody waits for Redis again."""

LIBRARY = """
local P, idle, most, size = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local session = ARGV[4]
local function call(...) return redis.call(...) end
local function key(name, part) return P .. 'session:' .. name .. ':' .. part end
local function now() local time = call('TIME') return tonumber(time[1]) + tonumber(time[2]) / 1000000 end
local function forget(name)
  local kept = call('LLEN', key(name, 'journal'))
  call('DEL', key(name, 'journal'))
  call('HDEL', key(name, 'about'), 'dropped')
  call('ZREM', P .. 'counts', name)
  if kept > 0 then call('DECRBY', P .. 'kept', kept) end
end
local function drop(name)
  forget(name)
  call('DEL', key(name, 'about'), key(name, 'progress'), key(name, 'sequences'))
  call('ZREM', P .. 'sessions', name)
end
local function expire()
  for _, name in ipairs(call('ZRANGEBYSCORE', P .. 'sessions', '-inf', string.format('%.6f', now() - idle))) do
    drop(name)
  end
end
local function keep(name)
  local span = math.ceil(idle) * 2 + 60
  for _, part in ipairs({'about', 'progress', 'sequences', 'journal'}) do call('EXPIRE', key(name, part), span) end
  for _, part in ipairs({'sessions', 'counts', 'kept', 'id'}) do call('EXPIRE', P .. part, span) end
end
local function use()
  expire()
  if not call('ZSCORE', P .. 'sessions', session) then
    while call('ZCARD', P .. 'sessions') >= most do drop(call('ZRANGE', P .. 'sessions', 0, 0)[1]) end
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
        call('HSET', key(session, 'about'), 'scenarios', ARGV[5], 'revision', ARGV[6])
        if ARGV[7] == '1' then call('DEL', key(session, 'progress')) end
        keep(session)
    """,
    "set_state": "use() call('HSET', key(session, 'about'), 'state', ARGV[5]) keep(session)",
    "advance": """
        use()
        local seen = situation()
        if seen[1] ~= ARGV[5] or seen[2] ~= ARGV[6] then keep(session) return false end
        if ARGV[8] == '1' then call('HSET', key(session, 'about'), 'state', ARGV[9]) end
        local match = call('HINCRBY', key(session, 'progress'), ARGV[7], 1)
        keep(session)
        return match
    """,
    "occurrence": """
        use()
        local count = call('HINCRBY', key(session, 'sequences'), ARGV[5], 1)
        keep(session)
        return count
    """,
    "record": """
        use()
        local id = call('INCR', P .. 'id')
        call('RPUSH', key(session, 'journal'), id .. ' ' .. ARGV[5])
        call('ZINCRBY', P .. 'counts', 1, session)
        local kept = call('INCR', P .. 'kept')
        while kept > size do
          local longest = call('ZREVRANGE', P .. 'counts', 0, 0)[1]
          if not longest or not call('LPOP', key(longest, 'journal')) then call('SET', P .. 'kept', 0) break end
          call('ZINCRBY', P .. 'counts', -1, longest)
          call('HINCRBY', key(longest, 'about'), 'dropped', 1)
          kept = call('DECR', P .. 'kept')
        end
        keep(session)
    """,
    "recorded": """
        expire()
        local names = ARGV[5] == '1' and call('ZRANGE', P .. 'sessions', 0, -1) or {session}
        local found = {0}
        for _, name in ipairs(names) do
          found[1] = found[1] + tonumber(call('HGET', key(name, 'about'), 'dropped') or 0)
          for _, entry in ipairs(call('LRANGE', key(name, 'journal'), 0, -1)) do found[#found + 1] = entry end
        end
        return found
    """,
    "volume": "expire() return {call('GET', P .. 'kept') or 0, call('GET', P .. 'id') or 0}",
    "forget": "forget(session)",
    "reset": """
        forget(session)
        call('DEL', key(session, 'progress'), key(session, 'sequences'))
        call('HDEL', key(session, 'about'), 'state')
    """,
    "end": "drop(session)",
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
        self._common = (repr(limits.idle), limits.sessions, limits.journal)
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

    async def occurrence(self, session: str, fingerprint: str) -> int:
        return int(await self._run("occurrence", session, fingerprint))

    async def record(self, session: str, entry: Pending | str) -> None:
        await self._run("record", session, text_of(entry))

    async def recorded(self, session: str | None) -> Kept:
        dropped, *found = await self._run("recorded", session or "", int(session is None))
        entries = sorted((int(number), _text(text)) for number, _, text in (item.partition(b" ") for item in found))
        return Kept(tuple(with_id(*entry) for entry in entries), int(dropped))

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
            return await self._scripts[name](keys=[self._prefix], args=[*self._common, session, *arguments])
        except (TimeoutError, RedisError, OSError) as error:
            self._lost_until = time.monotonic() + PAUSE
            raise StoreLost(f"Redis at {self._where} cannot be used: {type(error).__name__}") from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogatepass")
