-- Compact a queue, one bite: ids that name no job leave the list.
-- KEYS[1] rq:lock  [2] rq:queue:<q>
-- ARGV[1] now  [2] prefix  [3] how many ids to skip  [4] most ids to look at
-- Returns {number looked at, number removed}.
-- include: clock lifetimes
local prefix, offset, bite = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local ids = redis.call('LRANGE', KEYS[2], offset, offset + bite - 1)
local removed = 0
-- One search through the list for all of them: they are marked by what is no id first.
for n, id in ipairs(ids) do
  if redis.call('EXISTS', prefix .. 'job:' .. id) == 0 then
    note_gone(prefix, id)
    redis.call('LSET', KEYS[2], offset + n - 1, ':gone:')
    removed = removed + 1
  end
end
if removed > 0 then redis.call('LREM', KEYS[2], 0, ':gone:') end
return {#ids, removed}
