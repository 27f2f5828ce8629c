-- Birth of a worker: its record, its places in the sets of workers, its lease.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:workers  [4] rq:leases  [5] rq:leases:queues  [6] rq:worker:<w>:executions, then per queue rq:workers:<q>
-- ARGV[1] now  [2] name  [3] lease ms  [4] its queues as a JSON list  [5] record's TTL s, then fields and values of the record, birth first
-- Returns ok | taken (a living worker has the name) | unburied (a dead one has left executions or claims: recover them first).
-- include: clock
local lease = redis.call('ZSCORE', KEYS[4], ARGV[2])
if lease then
  if tonumber(lease) > now_ms then return 'taken' end
  return 'unburied'
end
-- A record without a lease is a Python worker's, or our own that lost only its lease.
local record = redis.call('HMGET', KEYS[2], 'birth', 'death')
if redis.call('EXISTS', KEYS[2]) == 1 and not record[2] and record[1] ~= ARGV[7] then return 'taken' end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 6))
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('SADD', KEYS[3], KEYS[2])
for n = 7, #KEYS do redis.call('SADD', KEYS[n], KEYS[2]) end
redis.call('ZADD', KEYS[4], whole(now_ms + tonumber(ARGV[3])), ARGV[2])
redis.call('HSET', KEYS[5], ARGV[2], ARGV[4])
return 'ok'
