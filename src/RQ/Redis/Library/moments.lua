-- The server's time, also when the caller says what time it is.
local function server_us()
  if ARGV[1] == '' then return now_us end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- The moment so many seconds from now, as PEXPIREAT wants it.
local function moment_after(ttl) return whole(server_us() / 1000 + tonumber(ttl) * 1000) end
