-- Prune one queue's registries of what has expired, a bite at a time, and its set of workers of dead ones.
-- KEYS[1] rq:lock  [2] rq:finished:<q>  [3] rq:failed:<q>  [4] rq:workers:<q>  [5] rq:workers
-- ARGV[1] now  [2] most entries to remove from each
-- Returns 1 when there may be more.
-- include: clock
local more = 0
for n = 2, 3 do
  -- From 0: failed jobs that are kept for ever have the score -1.
  local expired = redis.call('ZRANGEBYSCORE', KEYS[n], 0, whole(now_s), 'LIMIT', 0, ARGV[2])
  if #expired > 0 then redis.call('ZREM', KEYS[n], unpack(expired)) end
  if #expired >= tonumber(ARGV[2]) then more = 1 end
end
for n = 4, 5 do
  for _, worker in ipairs(redis.call('SMEMBERS', KEYS[n])) do
    if redis.call('EXISTS', worker) == 0 then redis.call('SREM', KEYS[n], worker) end
  end
end
return more
