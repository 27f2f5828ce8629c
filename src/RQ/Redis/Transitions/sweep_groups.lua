-- Sweep a group, one bite: ids of jobs that are gone leave it; an empty group vanishes.
-- KEYS[1] rq:lock  [2] rq:groups  [3] rq:group:<g>
-- ARGV[1] now  [2] prefix  [3] group  [4] cursor
-- Returns {next cursor, number removed}.
local prefix = ARGV[2]
local page = redis.call('SSCAN', KEYS[3], ARGV[4], 'COUNT', 500)
local removed = 0
for _, id in ipairs(page[2]) do
  if redis.call('EXISTS', prefix .. 'job:' .. id) == 0 then removed = removed + redis.call('SREM', KEYS[3], id) end
end
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SREM', KEYS[2], ARGV[3]) end
return {page[1], removed}
