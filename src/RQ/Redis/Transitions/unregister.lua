-- Death of a worker, announced by itself or found by another: it leaves the sets, its claims go back to the queues' heads.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:workers  [4] rq:leases  [5] rq:leases:owners  [6] rq:worker:<w>:executions
--   [7] rq:leases:waits,
--   then per queue: rq:workers:<q>, rq:worker:<w>:claims:<q>, rq:queue:<q>
-- ARGV[1] now  [2] name  [3] death (time)  [4] incarnation, or '' when found dead by another: then only if its lease has run out
-- Returns ok | alive (nothing was done; also when another run has the name) | executions (some are left: the lease stays, run out, until they are recovered).
-- include: clock leases claims
local lease = redis.call('ZSCORE', KEYS[4], ARGV[2])
if ARGV[4] == '' then
  -- Without a lease somebody else has buried it; a worker of RQ may have taken the name since.
  if not lease then return 'ok' end
  if tonumber(lease) > now_ms then return 'alive' end
elseif not is_owner(KEYS[5], ARGV[2], ARGV[4]) then
  return 'alive'
end
for n = 8, #KEYS, 3 do
  redis.call('SREM', KEYS[n], KEYS[2])
  return_claims(KEYS[n + 1], KEYS[n + 2])
end
redis.call('SREM', KEYS[3], KEYS[2])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[2], 'death', ARGV[3])
  redis.call('HDEL', KEYS[2], 'current_job')
  redis.call('EXPIRE', KEYS[2], 60)
end
if redis.call('SCARD', KEYS[6]) > 0 then
  -- The last in line of those that have run out: what cannot be recovered must not hold up the others.
  redis.call('ZADD', KEYS[4], whole(now_ms), ARGV[2])
  return 'executions'
end
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('HDEL', KEYS[5], ARGV[2])
redis.call('HDEL', KEYS[7], ARGV[2])
redis.call('DEL', KEYS[6])
return 'ok'
