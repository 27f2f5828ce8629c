-- Forget a queue that was emptied: it leaves the list of all queues, unless jobs are scheduled on it, which schedulers of all queues would not find then.
-- KEYS[1] rq:lock  [2] rq:queues  [3] rq:scheduled:<q>
-- ARGV[1] now  [2] the queue's full key
-- Returns forgotten | scheduled.
if redis.call('ZCARD', KEYS[3]) > 0 then return 'scheduled' end
redis.call('SREM', KEYS[2], ARGV[2])
return 'forgotten'
