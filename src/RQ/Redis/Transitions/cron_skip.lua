-- Leave out times of a cron schedule: it goes on with a later one.
-- KEYS[1] rq:lock  [2] rq:cron-schedule:<name>  [3] rq:cron-due
-- ARGV[1] now  [2] name  [3] the version that it must have  [4] the last time that is left out  [5] how many are left out
--   [6] next time  [7] when that is due (unix time, '' for none)
-- Returns 1, or 0 when the schedule has changed meanwhile or is not due: nothing was done.
-- include: clock cron
if version_of(KEYS[2]) ~= ARGV[3] or is_early(KEYS[2], KEYS[3], ARGV[2]) then return 0 end
advance({schedule = KEYS[2], due = KEYS[3], name = ARGV[2], slot = ARGV[4], skipped = ARGV[5], next = ARGV[6], next_due = ARGV[7]})
return 1
