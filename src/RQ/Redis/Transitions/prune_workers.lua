-- Take workers out of a set whose record has expired or is only half there, one bite.
-- KEYS[1] rq:lock  [2] rq:workers or rq:workers:<q>
-- ARGV[1] now  [2] cursor  [3] about how many to look at
-- Returns {next cursor, number removed}.
-- include: workers
local page = redis.call('SSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3])
local removed = 0
for _, record in ipairs(page[2]) do
  if not is_worker(record) then removed = removed + redis.call('SREM', KEYS[2], record) end
end
return {page[1], removed}
