"""What must happen at once on the server, in Lua: sharing partitions, acknowledging under a lease, trimming."""

from typing import Final

DECLARE: Final = """
-- KEYS: the streams. ARGV: group, where a new one begins: 0 or $.
for _, stream in ipairs(KEYS) do
  local made = redis.pcall('XGROUP', 'CREATE', stream, ARGV[1], ARGV[2], 'MKSTREAM')
  if type(made) == 'table' and made.err then
    if not string.find(made.err, 'BUSYGROUP') then return made end
  else
    local read = 0
    if ARGV[2] == '$' then
      local told = redis.call('XINFO', 'STREAM', stream)
      for i = 1, #told, 2 do
        if told[i] == 'entries-added' then read = told[i + 1] end
      end
    end
    redis.call('XGROUP', 'SETID', stream, ARGV[1], ARGV[2], 'ENTRIESREAD', read)
  end
end
return 1
"""

BEAT: Final = """
-- KEYS: who is there, then the holder of each partition. ARGV: me, milliseconds that I may be silent, then the
-- partitions that I am at. Returns how many I should have, those that I have lost, and those that I have now beside.
local me, silent = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + silent, me)
redis.call('PEXPIRE', KEYS[1], silent * 2)
local share = math.ceil((#KEYS - 1) / redis.call('ZCARD', KEYS[1]))
local at = {}
for i = 3, #ARGV do at[tonumber(ARGV[i])] = true end
local have, lost, taken, free = 0, {}, {}, {}
for i = 2, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if at[i - 2] then
    if holder == me then
      redis.call('PEXPIRE', KEYS[i], silent)
      have = have + 1
    else
      lost[#lost + 1] = i - 2
    end
  elseif holder == me then
    redis.call('DEL', KEYS[i])
    free[#free + 1] = i
  elseif not holder then
    free[#free + 1] = i
  end
end
for _, i in ipairs(free) do
  if have >= share then break end
  redis.call('SET', KEYS[i], me, 'PX', silent)
  taken[#taken + 1] = i - 2
  have = have + 1
end
return {share, lost, taken}
"""

LEAVE: Final = """
-- KEYS: who is there, then the holder of each partition. ARGV: me.
redis.call('ZREM', KEYS[1], ARGV[1])
for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
return 1
"""

SETTLE: Final = """
-- KEYS: the holder of the partition, its stream. ARGV: me, the group, the entry taken, how many were taken or ''.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[4] == '' then
  redis.call('XGROUP', 'SETID', KEYS[2], ARGV[2], ARGV[3])
else
  redis.call('XGROUP', 'SETID', KEYS[2], ARGV[2], ARGV[3], 'ENTRIESREAD', ARGV[4])
end
return 1
"""

TRIM: Final = """
-- KEYS: a stream. ARGV: milliseconds that an entry is kept though every group took it. Returns how many went.
local function parts(id)
  local ms, n = string.match(id, '(%d+)-(%d+)')
  return tonumber(ms), tonumber(n)
end
local function earlier(one, other)
  local a, i = parts(one)
  local b, j = parts(other)
  return a < b or (a == b and i < j)
end
local time = redis.call('TIME')
local cut = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]) .. '-0'
for _, told in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #told, 2 do group[told[i]] = told[i + 1] end
  local taken = group['last-delivered-id']
  if group['pending'] > 0 then taken = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if earlier(taken, cut) then cut = taken end
end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', cut)
"""
