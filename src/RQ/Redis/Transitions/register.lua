-- Birth of a worker, or its return after it was lost sight of: its record, its places in the sets of workers, its lease.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:workers  [4] rq:leases  [5] rq:leases:owners  [6] rq:worker:<w>:executions, then per queue rq:workers:<q>
-- ARGV[1] now  [2] name  [3] incarnation  [4] lease ms  [5] its queues as a JSON list  [6] record's TTL s, then fields and values of the record
-- Returns ok | taken (another run has the name) | unburied (a dead run has left executions or claims: recover them first).
-- include: clock leases workers
shorten_leases(KEYS[4], ARGV[4], 100)
local mine = is_owner(KEYS[5], ARGV[2], ARGV[3])
-- When who owns which name is lost, evicted or deleted, the run goes on whose record it is, unless it has left; if that is lost too, whoever asks first.
if not redis.call('HGET', KEYS[5], ARGV[2]) then
  local incarnation = redis.call('HGET', KEYS[2], 'incarnation')
  mine = (incarnation == ARGV[3] and redis.call('HEXISTS', KEYS[2], 'death') == 0) or (not incarnation and redis.call('EXISTS', KEYS[2]) == 0 and redis.call('ZSCORE', KEYS[4], ARGV[2]) ~= false)
end
local lease = redis.call('ZSCORE', KEYS[4], ARGV[2])
if lease and not mine then return tonumber(lease) > now_ms and 'taken' or 'unburied' end
-- A record without a lease is a Python worker's, unless it is only half of one.
if not mine and is_worker(KEYS[2]) and redis.call('HEXISTS', KEYS[2], 'death') == 0
  and not redis.call('HGET', KEYS[2], 'incarnation') then return 'taken' end
-- Executions of a run that lost its lease without being buried: with one that has run out they are recovered as any dead worker's.
if not mine and redis.call('SCARD', KEYS[6]) > 0 then
  redis.call('ZADD', KEYS[4], whole(now_ms), ARGV[2])
  redis.call('HSET', KEYS[5], ARGV[2], ' ' .. ARGV[5])
  return 'unburied'
end
if not mine then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[2], 'incarnation', ARGV[3], unpack(ARGV, 7))
redis.call('HDEL', KEYS[2], 'death')
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('SADD', KEYS[3], KEYS[2])
for n = 7, #KEYS do redis.call('SADD', KEYS[n], KEYS[2]) end
redis.call('ZADD', KEYS[4], whole(now_ms + tonumber(ARGV[4])), ARGV[2])
redis.call('HSET', KEYS[5], ARGV[2], ARGV[3] .. ' ' .. ARGV[5])
return 'ok'
