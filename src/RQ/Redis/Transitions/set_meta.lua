-- Set a job's metadata, if it is still what the caller has read: two writers do not erase each other's keys.
-- KEYS[1] rq:lock  [2] rq:job:<j>
-- ARGV[1] now  [2] what it was, '' for none  [3] what it shall be, '' for none
-- Returns 1 done, 0 it has changed meanwhile, -1 there is no such job. TTLs stay as they are.
if redis.call('HEXISTS', KEYS[2], 'data') == 0 then return -1 end
local is = redis.call('HGET', KEYS[2], 'meta') or ''
if is == ARGV[3] then return 1 end
if is ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[2], 'meta') else redis.call('HSET', KEYS[2], 'meta', ARGV[3]) end
return 1
