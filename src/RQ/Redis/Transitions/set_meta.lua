-- Set a job's metadata, if it is still what the caller has read: two writers do not erase each other's keys.
-- KEYS[1] rq:lock  [2] rq:job:<j>
-- ARGV[1] now  [2] what it was, '' for none  [3] what it shall be, '' for none  [4] token: the same again changes nothing
-- Returns 1 done, 0 it has changed meanwhile, -1 there is no such job. TTLs stay as they are.
if redis.call('HEXISTS', KEYS[2], 'data') == 0 then return -1 end
-- By its token, not by what is stored: somebody else may have counted up to the same number.
local f = redis.call('HMGET', KEYS[2], 'meta', 'meta_token')
if f[2] == ARGV[4] then return 1 end
if (f[1] or '') ~= ARGV[2] then return 0 end
if ARGV[2] == ARGV[3] then return 1 end
redis.call('HSET', KEYS[2], 'meta_token', ARGV[4])
if ARGV[3] == '' then redis.call('HDEL', KEYS[2], 'meta') else redis.call('HSET', KEYS[2], 'meta', ARGV[3]) end
return 1
