-- Let the present run of a job that repeats, or the one it waits for, be the last. Changes no job's place.
-- KEYS[1] rq:lock  [2] rq:job:<j>
-- ARGV[1] now  [2] token: the same again has the same answer
-- Returns 1 done, 0 there were no further runs, -1 there is no such job.
local f = redis.call('HMGET', KEYS[2], 'data', 'repeats_left', 'repeats_ended')
if not f[1] then return -1 end
if f[3] == ARGV[2] then return 1 end
if not f[2] or (tonumber(f[2]) or 0) <= 0 then return 0 end
redis.call('HSET', KEYS[2], 'repeats_left', 0, 'repeats_ended', ARGV[2])
return 1
