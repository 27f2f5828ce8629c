-- Take or renew the right to run the cron schedules, and see which are due.
-- KEYS[1] rq:lock  [2] rq:cron-lock  [3] rq:cron-due  [4] rq:cron-schedules  [5] rq:cron-changes
-- ARGV[1] now  [2] prefix  [3] name of the scheduler  [4] how long the right holds, ms  [5] most schedules to return  [6] about how many bytes of them
-- Returns {whether the scheduler has the right 0/1, the server's time in µs, ms until the right of another one runs out, when the first
--   schedule is due that is not due now (unix time) or '', the token of the last change by hand, number of schedules,
--   {name, as read_schedule says it} per schedule that is due, the longest due first}. Without schedules nobody has the right.
-- include: clock cron
local prefix = ARGV[2]
local owner = redis.call('GET', KEYS[2])
local count = redis.call('SCARD', KEYS[4])
if count == 0 then
  if owner == ARGV[3] then redis.call('DEL', KEYS[2]) end
  return {0, whole(now_us), 0, '', '', 0, {}}
end
local changes = redis.call('GET', KEYS[5]) or ''
if owner and owner ~= ARGV[3] then return {0, whole(now_us), redis.call('PTTL', KEYS[2]), '', changes, count, {}} end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
local now = string.format('%.6f', now_us / 1000000)
local due, bytes = {}, 0
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[5])) do
  local fields = schedule_fields(prefix, name)
  due[#due + 1] = {name, read_schedule(prefix, name, fields)}
  for _, text in ipairs(fields) do bytes = bytes + #text end
  if bytes > tonumber(ARGV[6]) then break end
end
local coming = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {1, whole(now_us), 0, coming[2] or '', changes, count, due}
