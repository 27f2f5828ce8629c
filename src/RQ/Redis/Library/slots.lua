-- Rate limits: at most so many jobs of one key are queued or running; the others wait in rq:rl:<k>:rate_limited, the first come first.

-- Whether a slot is held by right: by a job that is queued or runs, and is of this limit.
local function holds_slot(prefix, key, id)
  local f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'rate_limit_key')
  return (f[1] == 'queued' or f[1] == 'started') and f[2] == key
end

-- Lets waiting jobs onto their queues while slots are free. Returns what stopped it before it was done: the list that it was not
-- allowed to touch, or 'more' when many had to be passed over.
local function admit_waiting(prefix, key, at, may_touch)
  local limit, passed, wrong = prefix .. 'rl:' .. key, {}, nil
  local allowed, waiting = limit .. ':allowed', limit .. ':rate_limited'
  local most = tonumber(redis.call('HGET', limit, 'concurrency') or '') or 1
  local looks = 500
  -- A job that expired on its queue holds its slot until somebody looks; its id may be used again since, for a job that does not count here.
  if redis.call('ZCARD', allowed) >= most then
    for _, id in ipairs(redis.call('ZRANGE', allowed, 0, 4)) do
      if not holds_slot(prefix, key, id) then redis.call('ZREM', allowed, id) end
    end
  end
  while redis.call('ZCARD', allowed) < most do
    local id = redis.call('ZRANGE', waiting, 0, 0)[1]
    if not id then break end
    if looks == 0 then return 'more' end
    looks = looks - 1
    local job = prefix .. 'job:' .. id
    local f = redis.pcall('HMGET', job, 'status', 'origin', 'enqueue_at_front', 'ttl', 'rate_limit_key')
    local list = f[1] == 'rate_limited' and f[2] and f[5] == key and prefix .. 'queue:' .. f[2]
    if list and not may_touch(list) then return list end
    local refusal = list and wrong_kind(list, 'list')
    if refusal then
      -- It waits behind the others, which must not wait for somebody who puts its queue in order.
      if passed[id] then break end
      passed[id], wrong = true, wrong or refusal
      redis.call('ZADD', waiting, string.format('%.6f', now_us / 1000000), id)
    else
      -- The id of one that expired in line may be another job's now, in line for another limit.
      if list then
        redis.call(f[3] == '1' and 'LPUSH' or 'RPUSH', list, id)
        redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
        expire_waiting(prefix, job, id, f[4])
        redis.call('ZADD', allowed, whole(now_s), id)
      elseif not f[1] and not f.err then
        note_gone(prefix, id)
      end
      redis.call('ZREM', waiting, id)
    end
  end
  if wrong then error(wrong.err, 0) end
  if redis.call('EXISTS', allowed, waiting) == 0 then
    redis.call('DEL', limit)
    redis.call('SREM', prefix .. 'rl-keys', key)
  end
  return nil
end

-- The same from a script that has other things to do: what is left is done by admit.lua, which rq:releasing tells of.
-- Returns whether something was left.
local function admit_or_note(prefix, releasing, key, at, may_touch)
  -- What is refused is left, too: admit.lua tells of it.
  local ok, left = pcall(admit_waiting, prefix, key, at, may_touch)
  if ok and not left then return false end
  redis.call('HSET', releasing, 'rl:' .. key, 'admit')
  return true
end

-- The job no longer counts. Returns whether letting the next one in was left to admit.lua.
local function free_slot(prefix, releasing, key, id, at, may_touch)
  redis.pcall('ZREM', prefix .. 'rl:' .. key .. ':allowed', id)
  return admit_or_note(prefix, releasing, key, at, may_touch)
end

-- The job gets in line; the caller has written its hash. Fractions of seconds keep the order, also of those of one call.
-- Who is in line holds no slot, not even that of an earlier life of its id which expired.
local in_line = 0
local function wait_for_slot(prefix, key, concurrency, id, job)
  redis.call('SADD', prefix .. 'rl-keys', key)
  redis.call('HSET', prefix .. 'rl:' .. key, 'concurrency', concurrency)
  redis.call('HSET', job, 'status', 'rate_limited')
  redis.call('ZREM', prefix .. 'rl:' .. key .. ':allowed', id)
  redis.call('ZADD', prefix .. 'rl:' .. key .. ':rate_limited', string.format('%.6f', (now_us + in_line) / 1000000), id)
  in_line = in_line + 1
end
