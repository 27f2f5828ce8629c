-- Store, change and remove cron schedules: all of the call or nothing.
-- KEYS[1] rq:lock  [2] rq:cron-schedules  [3] rq:cron-due  [4] rq:cron-changes  [5] rq:cron-tables,
--   then rq:cron-schedule:<name> of each that is stored and of each that is removed
-- ARGV[1] now  [2] prefix  [3] token: the same again changes nothing  [4] number to store  [5] none | full | empty: whether a table is replaced, and holds anything
--   [6] its source: removed are only those of it  [7] the token that the table must have, '' for none,
--   then per schedule to store: name, the version that it must have ('' for a new one), times keep | set, next, due (unix time, '' for none),
--   number of fields to delete, fields, number of fields x 2, fields and values; then the names to be removed
-- Returns {'stale'} (one of them, or the table, has changed meanwhile; nothing was done) or {'ok', how many were removed}.
-- include: clock lifetimes arguments cron
local prefix, token = ARGV[2], ARGV[3]

-- What the last change was: its token and how many it removed. So a call that was sent twice gives the same answer, as long as nothing came in between.
local done = redis.pcall('GET', KEYS[4])
if type(done) == 'string' and string.sub(done, 1, #token + 1) == token .. ' ' then return {'ok', tonumber(string.sub(done, #token + 2))} end

skip(3)
local count, table_kind, source, seen = number(), argument(), argument(), argument()
local is_table = table_kind ~= 'none'
-- Two builds of a program that store different tables see each other here: the schedules alone would not show it, as each has others.
if is_table then
  local last = redis.call('HGET', KEYS[5], source) or ''
  if last ~= seen and last ~= token then return {'stale'} end
end

local changes, is_stale = {}, false
for n = 1, count do
  local change = {key = KEYS[5 + n], name = argument(), version = argument(), sets_times = argument() == 'set', next = argument(), due = argument(), deletes = {}}
  for d = 1, number() do change.deletes[d] = argument() end
  local length = number()
  change.first, change.last = position + 1, position + length
  skip(length)
  if redis.pcall('HGET', change.key, 'change_token') == token then
    change.again = true
  elseif (version_of(change.key) or '') ~= change.version then
    is_stale = true
  end
  changes[n] = change
end
if is_stale then return {'stale'} end

-- The lists first: a schedule that is listed and not there is found out, one that is there and not listed would be taken for stored.
local function store(change)
  redis.call('SADD', KEYS[2], change.name)
  if change.sets_times then
    if change.due == '' then redis.call('ZREM', KEYS[3], change.name) else redis.call('ZADD', KEYS[3], change.due, change.name) end
  end
  local fields = {'change_token', token}
  if change.sets_times then fields = {'change_token', token, 'next', change.next, 'due', change.due} end
  for n = change.first, change.last do fields[#fields + 1] = ARGV[n] end
  if change.version == '' then
    -- What stands in the way is no schedule.
    redis.call('DEL', change.key)
    redis.call('HSET', change.key, 'version', whole(now_us), unpack(fields))
  else
    redis.call('HINCRBY', change.key, 'version', 1)
    for _, field in ipairs(change.deletes) do redis.call('HDEL', change.key, field) end
    redis.call('HSET', change.key, unpack(fields))
  end
end

for _, change in ipairs(changes) do
  if not change.again then store(change) end
end
local removed = 0
for n = 6 + count, #KEYS do
  local name, key = argument(), KEYS[n]
  if not is_table or redis.pcall('HGET', key, 'source') == source then
    removed = removed + redis.call('SREM', KEYS[2], name)
    redis.call('ZREM', KEYS[3], name)
    redis.call('DEL', key)
  end
end

if table_kind == 'full' then redis.call('HSET', KEYS[5], source, token) end
if table_kind == 'empty' then redis.call('HDEL', KEYS[5], source) end
redis.call('SET', KEYS[4], token .. ' ' .. whole(removed))
-- Of the last schedule nothing stays, but this for a while.
if redis.call('SCARD', KEYS[2]) == 0 then
  redis.call('EXPIRE', KEYS[4], 60)
  redis.call('DEL', KEYS[5])
end
wake_schedulers(prefix)
return {'ok', removed}
