-- Read cron schedules, as they are between two changes.
-- KEYS[1] rq:lock
-- ARGV[1] now  [2] prefix, then names
-- Returns {the server's time in µs, as read_schedule says it per name}; a schedule that is not there has no fields.
-- include: clock cron
local answer = {whole(now_us)}
for n = 3, #ARGV do answer[n - 1] = read_schedule(ARGV[2], ARGV[n], schedule_fields(ARGV[2], ARGV[n])) end
return answer
