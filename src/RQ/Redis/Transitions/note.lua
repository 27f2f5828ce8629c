-- Note: a running job says how far it is, and writes log lines. Its place does not change.
-- KEYS[1] rq:lock  [2] rq:job:<j>  [3] rq:job-log:<j>
-- ARGV[1] now  [2] execution  [3] worker name  [4] progress as JSON, or ''  [5] how many lines are kept  [6] number of the first line, then the lines:
--   '<execution> <number> <timestamp> <text>', numbered one after the other
-- Returns applied | lost | gone. Sent twice it writes nothing twice: lines up to the number of the newest one are passed over.
-- include: clock lifetimes executions
local verdict = fence(KEYS[2], ARGV[2], ARGV[3], {})
if verdict ~= 'applied' then return verdict end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], 'progress', ARGV[4]) end
if #ARGV > 6 then
  local execution, newest = string.match(redis.call('LINDEX', KEYS[3], -1) or '', '^(%S+) (%d+) ')
  local known = execution == ARGV[2] and tonumber(newest) or -1
  for n = 7, #ARGV do
    if tonumber(ARGV[6]) + n - 7 > known then redis.call('RPUSH', KEYS[3], ARGV[n]) end
  end
  redis.call('LTRIM', KEYS[3], -tonumber(ARGV[5]), -1)
  redis.call('HSET', KEYS[2], 'has_log', '1')
end
return verdict
