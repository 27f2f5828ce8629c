-- Prune one queue's registries of what has expired, a bite at a time, and the sets of workers of dead ones.
-- KEYS[1] rq:lock  [2] rq:finished:<q>  [3] rq:failed:<q>  [4] rq:wip:<q>  [5] rq:workers:<q>  [6] rq:workers
-- ARGV[1] now  [2] prefix  [3] most entries to look at in each registry
-- Returns 1 when there may be more.
-- include: clock
local prefix, bite = ARGV[2], tonumber(ARGV[3])
local more = 0
for n = 2, 3 do
  -- From 0: failed jobs that are kept for ever have the score -1.
  local expired = redis.call('ZRANGEBYSCORE', KEYS[n], 0, whole(now_s), 'LIMIT', 0, bite)
  if #expired > 0 then redis.call('ZREM', KEYS[n], unpack(expired)) end
  if #expired >= bite then more = 1 end
end
-- Executions that missed their heartbeats: here only those whose job is no longer started.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], 0, whole(now_s), 'LIMIT', 0, bite)) do
  local id = string.match(member, '^(.*):') or member
  if redis.call('HGET', prefix .. 'job:' .. id, 'status') ~= 'started' then redis.call('ZREM', KEYS[4], member) end
end
for n = 5, 6 do
  for _, worker in ipairs(redis.call('SMEMBERS', KEYS[n])) do
    if redis.call('EXISTS', worker) == 0 then redis.call('SREM', KEYS[n], worker) end
  end
end
return more
