-- Look at a cron schedule that could not be run again a little later. Its times stay what they are. One that was changed meanwhile is
--   moved too: if it is not due then, the script that would run it puts that right.
-- KEYS[1] rq:lock  [2] rq:cron-schedule:<name>  [3] rq:cron-due
-- ARGV[1] now  [2] name  [3] how much later, s
-- Returns 1.
-- include: clock
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[3], ARGV[2])
else
  redis.call('ZADD', KEYS[3], 'XX', string.format('%.3f', now_us / 1000000 + tonumber(ARGV[3])), ARGV[2])
end
return 1
