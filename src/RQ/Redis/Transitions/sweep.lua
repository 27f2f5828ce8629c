-- Sweep one registry, one bite: entries of jobs that are gone, or that are not in this place any more, leave it.
-- KEYS[1] rq:lock  [2] the registry
-- ARGV[1] now  [2] prefix  [3] how many entries to skip  [4] most entries to look at  [5] the place's statuses, joined with commas
-- Returns {number looked at, number removed}.
-- include: clock lifetimes
local prefix, offset, bite = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local belongs = {}
for status in string.gmatch(ARGV[5], '[^,]+') do belongs[status] = true end
-- What others count on: promote.lua runs what Python has only made so far, find_overdue.lua finds what was listed and never started.
local function is_on_its_way(status, enqueued_at)
  if belongs.started then return status == 'queued' or status == 'created' end
  return belongs.scheduled and (status == 'created' or (status == 'queued' and (not enqueued_at or enqueued_at == '')))
end

local entries = redis.call('ZRANGE', KEYS[2], offset, offset + bite - 1, 'WITHSCORES')
local removed = 0
for n = 1, #entries, 2 do
  -- Old ids may hold colons; only the started registry lists job:execution.
  local id = entries[n]
  local f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'data', 'repeats_left', 'enqueued_at')
  if belongs.started and not f[2] then
    id = string.match(id, '^(.*):[^:]*$') or id
    f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'data', 'repeats_left', 'enqueued_at')
  end
  -- Python lists a scheduled job before it writes it.
  local may_come = not f[2] and belongs.scheduled and tonumber(entries[n + 1]) > now_s - 60
  local is_here = f[2] and (not f[1] or belongs[f[1]] or (belongs.finished and f[3]) or is_on_its_way(f[1], f[4]))
  if not f[2] and not may_come then note_gone(prefix, id) end
  if not is_here and not may_come then removed = removed + redis.call('ZREM', KEYS[2], entries[n]) end
end
return {#entries / 2, removed}
