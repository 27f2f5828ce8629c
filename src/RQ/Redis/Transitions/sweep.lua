-- Sweep one registry, one bite: entries of jobs that are gone, or that are not in this place any more, leave it.
-- KEYS[1] rq:lock  [2] the registry
-- ARGV[1] now  [2] prefix  [3] how many entries to skip  [4] most entries to look at  [5] the place's statuses, joined with commas
-- Returns {number looked at, number removed}.
-- include: clock lifetimes
local prefix, offset, bite = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local belongs = {}
for status in string.gmatch(ARGV[5], '[^,]+') do belongs[status] = true end
local entries = redis.call('ZRANGE', KEYS[2], offset, offset + bite - 1, 'WITHSCORES')
local removed = 0
for n = 1, #entries, 2 do
  local id = string.match(entries[n], '^([^:]*):') or entries[n]
  local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'data', 'repeats_left')
  -- Python lists a scheduled job before it writes it.
  local may_come = not f[2] and belongs.scheduled and tonumber(entries[n + 1]) > now_s - 60
  local is_here = f[2] and (not f[1] or belongs[f[1]] or (belongs.finished and f[3]))
  if not f[2] and not may_come then note_gone(prefix, id) end
  if not is_here and not may_come then removed = removed + redis.call('ZREM', KEYS[2], entries[n]) end
end
return {#entries / 2, removed}
