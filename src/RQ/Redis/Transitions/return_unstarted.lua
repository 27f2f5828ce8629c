-- Return a job that a Python worker listed as running and never started to its queue's head, if it is on no list: queued -> queued.
-- KEYS[1] rq:lock  [2] rq:wip:<q>  [3] rq:queue:<q>  [4] rq:queue:<q>:intermediate  [5] rq:leases
-- ARGV[1] now  [2] prefix  [3] the entry of rq:wip  [4] its score when it was found dead
-- Returns returned | listed (it waits on a list: only the entry went) | alive (there was a sign of life meanwhile: nothing was done).
-- include: clock overdue
local score = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[3]) or '')
if not score or score ~= tonumber(ARGV[4]) then return 'alive' end
local verdict, id = judge_overdue(ARGV[2], KEYS[2], KEYS[5], ARGV[3])
if verdict ~= 'unstarted' then return 'alive' end
-- The entry is what tells of the job, and this call is one step: sent again, it finds no entry and pushes nothing.
local is_listed = redis.call('LPOS', KEYS[3], id) or redis.call('LPOS', KEYS[4], id)
if not is_listed then redis.call('LPUSH', KEYS[3], id) end
redis.call('ZREM', KEYS[2], ARGV[3])
return is_listed and 'listed' or 'returned'
