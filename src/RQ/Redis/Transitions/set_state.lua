-- Set a field of a worker's record: what it does, or that it was told to stop. A record that is gone is not made again: registering does that.
-- KEYS[1] rq:lock  [2] rq:worker:<w>
-- ARGV[1] now  [2] field  [3] value
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
