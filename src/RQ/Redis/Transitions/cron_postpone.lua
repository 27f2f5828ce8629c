-- Look at a cron schedule that could not be run again a little later. Its times stay what they are.
-- KEYS[1] rq:lock  [2] rq:cron-schedule:<name>  [3] rq:cron-due
-- ARGV[1] now  [2] name  [3] the version that it was seen with, '' for none  [4] how much later, s
-- Returns 1, or 0 when the schedule has changed meanwhile: nothing was done.
-- include: clock cron
if (version_of(KEYS[2]) or '') ~= ARGV[3] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[3], ARGV[2])
else
  redis.call('ZADD', KEYS[3], 'XX', string.format('%.3f', now_us / 1000000 + tonumber(ARGV[4])), ARGV[2])
end
return 1
