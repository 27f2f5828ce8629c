-- Take or renew the right to run the cron schedules, and see which are due.
-- KEYS[1] rq:lock  [2] rq:cron-lock  [3] rq:cron-due  [4] rq:cron-schedules  [5] rq:cron-changes
-- ARGV[1] now  [2] prefix  [3] name of the scheduler  [4] how long the right holds, ms  [5] most schedules to return
--   [6] about how many bytes of them
-- Returns {whether the scheduler has the right 0/1, the server's time in µs, ms until the right of another one runs out,
--   when the first schedule is due that is not due now (unix time) or '', the token of the last change by hand, number of schedules,
--   {name, as read_schedule says it} per schedule that is due, the longest due first,
--   {names that were listed as due and taken off the list, because nothing is stored under them}}. Without schedules nobody has the right.
-- include: clock cron
local prefix = ARGV[2]
local is_ours = redis.pcall('GET', KEYS[2]) == ARGV[3]
local count = redis.call('SCARD', KEYS[4])
if count == 0 then
  if is_ours then redis.call('DEL', KEYS[2]) end
  return {0, whole(now_us), 0, '', '', 0, {}, {}}
end
local changes = redis.pcall('GET', KEYS[5])
changes = type(changes) == 'string' and changes or ''
-- Schedulers let it run out when they die. One that never runs out is nobody's.
local left = is_ours and -1 or redis.call('PTTL', KEYS[2])
if left >= 0 then return {0, whole(now_us), math.max(left, 1), '', changes, count, {}, {}} end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
local now = string.format('%.6f', now_us / 1000000)
local due, gone, bytes = {}, {}, 0
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[5])) do
  local fields = schedule_fields(prefix, name)
  if #fields == 0 and redis.call('EXISTS', prefix .. 'cron-schedule:' .. name) == 0 then
    redis.call('ZREM', KEYS[3], name)
    gone[#gone + 1] = name
  else
    due[#due + 1] = {name, read_schedule(prefix, name, fields)}
    for _, text in ipairs(fields) do bytes = bytes + #text end
    if bytes > tonumber(ARGV[6]) then break end
  end
end
local coming = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {1, whole(now_us), 0, coming[2] or '', changes, count, due, gone}
