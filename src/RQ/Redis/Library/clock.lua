-- The time of this call: what the caller says (tests), or the server's clock, so that workers' clocks need not agree.
local now_us = tonumber(ARGV[1])
if not now_us then
  local t = redis.call('TIME')
  now_us = tonumber(t[1]) * 1000000 + tonumber(t[2])
end
local now_ms = math.floor(now_us / 1000)
local now_s = math.floor(now_us / 1000000)
-- Lua would print large numbers as 1.79e+12.
local function whole(number) return string.format('%.0f', number) end
