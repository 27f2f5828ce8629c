-- Give up the right to run the cron schedules, so that another scheduler goes on at once.
-- KEYS[1] rq:lock  [2] rq:cron-lock
-- ARGV[1] now  [2] prefix  [3] name of the scheduler
-- Returns 1 when it had the right.
-- include: clock lifetimes
if redis.pcall('GET', KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[2])
wake_schedulers(ARGV[2])
return 1
