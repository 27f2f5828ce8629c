-- Prune one registry of what has expired, one bite.
-- KEYS[1] rq:lock  [2] rq:finished:<q> or rq:failed:<q>
-- ARGV[1] now  [2] most entries to remove
-- Returns how many were removed.
-- include: clock
-- From 0: failed jobs that are kept for ever have the score -1.
local expired = redis.call('ZRANGEBYSCORE', KEYS[2], 0, whole(now_s), 'LIMIT', 0, ARGV[2])
if #expired > 0 then redis.call('ZREM', KEYS[2], unpack(expired)) end
return #expired
