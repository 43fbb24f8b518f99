"""What Redis runs: one Lua script for each operation of the store, all on top of one library."""

from __future__ import annotations

from collections.abc import Mapping

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
