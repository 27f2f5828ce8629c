-- Set what a worker says of itself. A record that is gone is not made again: registering does that.
-- KEYS[1] rq:lock  [2] rq:worker:<w>
-- ARGV[1] now, then fields and values
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], unpack(ARGV, 2)) end
