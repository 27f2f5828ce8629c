-- Look after cron schedules: one that has a next time, and is not listed as due then, is listed again.
-- KEYS[1] rq:lock  [2] rq:cron-due
-- ARGV[1] now  [2] prefix, then names
-- Returns {how many were listed again, names of those that were run, or stored, more than a day from now: by a clock that was wrong}.
-- include: clock cron
local day, minute = 86400, 60
local now, listed, ahead = now_us / 1000000, 0, {}
for n = 3, #ARGV do
  local name = ARGV[n]
  local f = redis.pcall('HMGET', ARGV[2] .. 'cron-schedule:' .. name, 'version', 'due', 'passed')
  if not f.err and f[1] then
    local due = tonumber(f[2] or '')
    if due then
      local score = tonumber(redis.call('ZSCORE', KEYS[2], name) or '')
      -- One that could not be run is looked at again in some seconds.
      if not score or score < due - 0.001 or score > math.max(due, now + minute) + 0.001 then
        redis.call('ZADD', KEYS[2], f[2], name)
        listed = listed + 1
      end
    end
    -- The version of a new schedule is the time that it is stored, in µs.
    local stored = (tonumber(f[1]) or 0) / 1000000
    if math.max(stored, tonumber(f[3] or '') or 0) > now + day then ahead[#ahead + 1] = name end
  end
end
return {listed, ahead}
