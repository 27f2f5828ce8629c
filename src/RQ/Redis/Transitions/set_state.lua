-- Set what a worker says it does. A record that is gone is not made again: registering does that.
-- KEYS[1] rq:lock  [2] rq:worker:<w>
-- ARGV[1] now  [2] state
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'state', ARGV[2]) end
