-- Find the cron schedules whose source begins with a text.
-- KEYS[1] rq:lock  [2] rq:cron-schedules
-- ARGV[1] now  [2] prefix  [3] the text
-- Returns {name, source} each.
local owned, text = {}, ARGV[3]
for _, name in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local source = redis.pcall('HGET', ARGV[2] .. 'cron-schedule:' .. name, 'source')
  if type(source) == 'string' and string.sub(source, 1, #text) == text then owned[#owned + 1] = {name, source} end
end
return owned
