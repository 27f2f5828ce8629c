-- Renew the worker's lease, and look who else let theirs run out.
-- KEYS[1] rq:lock  [2] rq:leases  [3] rq:worker:<w>  [4] rq:releasing  [5] rq:leases:owners
-- ARGV[1] now  [2] name  [3] incarnation  [4] lease ms  [5] most names to return  [6] a lease with less than this left is overdue, ms
-- Returns {1 when this run still had the lease and its record, else 0 (nothing was renewed), number of jobs waiting to be released,
--   ms until the next overdue lease runs out or -1, the server's time in ms, names of expired leases ...}. Living workers' leases are never overdue.
-- include: clock leases workers
-- A record that says that it died, or that is only half of one, is not its record any more: registering again writes it anew.
local held = is_owner(KEYS[5], ARGV[2], ARGV[3]) and redis.call('ZSCORE', KEYS[2], ARGV[2]) and is_worker(KEYS[3])
  and redis.call('HEXISTS', KEYS[3], 'death') == 0
if held then redis.call('ZADD', KEYS[2], whole(now_ms + tonumber(ARGV[4])), ARGV[2]) end
shorten_leases(KEYS[2], ARGV[4], ARGV[5])
local overdue = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. whole(now_ms), whole(now_ms + tonumber(ARGV[6])), 'WITHSCORES', 'LIMIT', 0, 1)
local answer = {held and 1 or 0, redis.call('HLEN', KEYS[4]), overdue[2] and whole(tonumber(overdue[2]) - now_ms) or '-1', whole(now_ms)}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now_ms), 'LIMIT', 0, ARGV[5])) do
  answer[#answer + 1] = name
end
return answer
