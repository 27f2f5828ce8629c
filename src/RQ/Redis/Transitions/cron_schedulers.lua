-- Read the cron schedulers that have shown a sign of life within two minutes.
-- KEYS[1] rq:lock  [2] rq:cron_schedulers
-- ARGV[1] now  [2] prefix
-- Returns per scheduler its name, when it last showed that it lives (unix time), and its fields and values.
-- include: clock
local answer = {}
local living = redis.call('ZRANGEBYSCORE', KEYS[2], string.format('%.6f', now_us / 1000000 - 120), '+inf', 'WITHSCORES')
for n = 1, #living, 2 do
  local fields = redis.pcall('HGETALL', ARGV[2] .. 'cron_scheduler:' .. living[n])
  answer[#answer + 1] = {living[n], living[n + 1], fields.err and {} or fields}
end
return answer
