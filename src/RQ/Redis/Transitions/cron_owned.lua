-- Find those of some cron schedules that belong to a source.
-- KEYS[1] rq:lock
-- ARGV[1] now  [2] prefix  [3] the source, then names
-- Returns the names of those.
local owned = {}
for n = 4, #ARGV do
  if redis.pcall('HGET', ARGV[2] .. 'cron-schedule:' .. ARGV[n], 'source') == ARGV[3] then owned[#owned + 1] = ARGV[n] end
end
return owned
