-- Rate limits: at most so many jobs of one key are queued or running; the others wait in rq:rl:<k>:rate_limited, the first come first.

-- Lets waiting jobs onto their queues while slots are free. Returns what stopped it before it was done: the list that it was not
-- allowed to touch, or 'more' when many had to be passed over.
local function admit_waiting(prefix, key, at, may_touch)
  local limit = prefix .. 'rl:' .. key
  local allowed, waiting = limit .. ':allowed', limit .. ':rate_limited'
  local most = tonumber(redis.call('HGET', limit, 'concurrency') or '') or 1
  local looks = 500
  -- A job that expired on its queue holds its slot until somebody looks.
  if redis.call('ZCARD', allowed) >= most then
    for _, id in ipairs(redis.call('ZRANGE', allowed, 0, 4)) do
      if redis.call('EXISTS', prefix .. 'job:' .. id) == 0 then redis.call('ZREM', allowed, id) end
    end
  end
  while redis.call('ZCARD', allowed) < most do
    local id = redis.call('ZRANGE', waiting, 0, 0)[1]
    if not id then break end
    if looks == 0 then return 'more' end
    looks = looks - 1
    local job = prefix .. 'job:' .. id
    local f = redis.call('HMGET', job, 'status', 'origin', 'enqueue_at_front', 'ttl')
    if f[1] == 'rate_limited' and f[2] then
      local list = prefix .. 'queue:' .. f[2]
      if not may_touch(list) then return list end
      redis.call(f[3] == '1' and 'LPUSH' or 'RPUSH', list, id)
      redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
      expire_waiting(prefix, job, id, f[4])
      redis.call('ZADD', allowed, whole(now_s), id)
    elseif not f[1] then
      note_gone(prefix, id)
    end
    redis.call('ZREM', waiting, id)
  end
  if redis.call('EXISTS', allowed, waiting) == 0 then
    redis.call('DEL', limit)
    redis.call('SREM', prefix .. 'rl-keys', key)
  end
  return nil
end

-- The same from a script that has other things to do: what is left is done by admit.lua, which rq:releasing tells of.
-- Returns whether something was left.
local function admit_or_note(prefix, releasing, key, at, may_touch)
  if not admit_waiting(prefix, key, at, may_touch) then return false end
  redis.call('HSET', releasing, 'rl:' .. key, 'admit')
  return true
end

-- The job no longer counts. Returns whether letting the next one in was left to admit.lua.
local function free_slot(prefix, releasing, key, id, at, may_touch)
  redis.call('ZREM', prefix .. 'rl:' .. key .. ':allowed', id)
  return admit_or_note(prefix, releasing, key, at, may_touch)
end

-- The job gets in line; the caller has written its hash. Fractions of seconds keep the order, also of those of one call.
local in_line = 0
local function wait_for_slot(prefix, key, concurrency, id, job)
  redis.call('SADD', prefix .. 'rl-keys', key)
  redis.call('HSET', prefix .. 'rl:' .. key, 'concurrency', concurrency)
  redis.call('HSET', job, 'status', 'rate_limited')
  redis.call('ZADD', prefix .. 'rl:' .. key .. ':rate_limited', string.format('%.6f', (now_us + in_line) / 1000000), id)
  in_line = in_line + 1
end
