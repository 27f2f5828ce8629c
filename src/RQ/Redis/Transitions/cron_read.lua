-- Read cron schedules, as they are between two changes.
-- KEYS[1] rq:lock
-- ARGV[1] now  [2] prefix  [3] about how many bytes of them to return, then names
-- Returns {the server's time in µs, as read_schedule says it per name}, of the first names, as many as fit; a schedule that is not there has no fields.
-- include: clock cron
local answer, bytes = {whole(now_us)}, 0
for n = 4, #ARGV do
  local fields = schedule_fields(ARGV[2], ARGV[n])
  answer[#answer + 1] = read_schedule(ARGV[2], ARGV[n], fields)
  for _, text in ipairs(fields) do bytes = bytes + #text end
  if bytes > tonumber(ARGV[3]) then break end
end
return answer
