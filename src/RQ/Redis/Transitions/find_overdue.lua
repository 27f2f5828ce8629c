-- Find executions that nobody keeps alive, one bite. Entries of jobs that are gone or do not run leave the registry.
-- KEYS[1] rq:lock  [2] rq:wip:<q>  [3] rq:leases
-- ARGV[1] now  [2] prefix  [3] how many overdue entries to skip  [4] most entries to look at
-- Returns {number looked at, number removed, then per abandoned execution: entry, id, execution or '', worker or ''}.
-- include: clock lifetimes overdue
local prefix, offset, bite = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local entries = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now_s), 'LIMIT', offset, bite)
local answer, stale = {#entries, 0}, {}
for _, entry in ipairs(entries) do
  local verdict, id, execution, worker = judge_overdue(prefix, KEYS[2], KEYS[3], entry)
  if verdict == 'stale' then
    note_gone(prefix, id)
    stale[#stale + 1] = entry
  elseif verdict == 'abandoned' then
    for _, part in ipairs({entry, id, execution, worker}) do answer[#answer + 1] = part end
  end
end
if #stale > 0 then answer[2] = redis.call('ZREM', KEYS[2], unpack(stale)) end
return answer
