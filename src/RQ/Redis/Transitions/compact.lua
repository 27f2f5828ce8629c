-- Compact a queue, one bite: ids that name no job leave the list.
-- KEYS[1] rq:lock  [2] rq:queue:<q>
-- ARGV[1] now  [2] prefix  [3] how many ids to skip  [4] most ids to look at
-- Returns {number looked at, number removed}.
local prefix, offset, bite = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local ids = redis.call('LRANGE', KEYS[2], offset, offset + bite - 1)
local removed = 0
for _, id in ipairs(ids) do
  if redis.call('EXISTS', prefix .. 'job:' .. id) == 0 then removed = removed + redis.call('LREM', KEYS[2], 1, id) end
end
return {#ids, removed}
