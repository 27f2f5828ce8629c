-- Releases dependents of a job that has ended: deferred -> queued for each whose dependencies are all met now.

-- How a job ended may be known only to rq:releasing, when the job itself is gone. Gone and unknown counts as met.
local function is_met(prefix, releasing, id, allow_failure)
  local status = redis.call('HGET', prefix .. 'job:' .. id, 'status') or redis.call('HGET', releasing, id)
  return not status or status == 'finished' or status == 'gone' or (status == 'failed' and allow_failure)
end

local function all_met(prefix, releasing, id, allow_failure)
  for _, other in ipairs(redis.call('SMEMBERS', prefix .. 'job::' .. id .. ':dependencies')) do
    if not is_met(prefix, releasing, other, allow_failure) then return false end
  end
  return true
end

-- Looks at one bite of the dependents. may_touch(list) says whether the script may push to a queue's list.
-- Returns the next cursor, the ready ones, those the set no longer needs to hold, and the lists it was not allowed.
local function look_at_dependents(prefix, releasing, parent, outcome, dependents, cursor, bite, may_touch)
  local page = redis.call('SSCAN', dependents, cursor, 'COUNT', bite)
  local ready, over, refused = {}, {}, {}
  for _, id in ipairs(page[2]) do
    local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'origin', 'allow_dependency_failures', 'enqueue_at_front')
    local allow = f[3] == '1'
    if f[1] ~= 'deferred' or not f[2] then
      over[#over + 1] = id
    elseif (outcome ~= 'failed' or allow) and all_met(prefix, releasing, id, allow) then
      local list = prefix .. 'queue:' .. f[2]
      if may_touch(list) then
        ready[#ready + 1] = {id = id, queue = f[2], list = list, front = f[4] == '1'}
      else
        refused[#refused + 1] = list
      end
    end
  end
  return page[1], ready, over, refused
end

local function queue_dependents(prefix, dependents, ready, over, at)
  for _, child in ipairs(ready) do
    redis.call(child.front and 'LPUSH' or 'RPUSH', child.list, child.id)
    redis.call('HSET', prefix .. 'job:' .. child.id, 'status', 'queued', 'enqueued_at', at)
    redis.call('ZREM', prefix .. 'deferred:' .. child.queue, child.id)
    redis.call('SREM', dependents, child.id)
  end
  for _, id in ipairs(over) do redis.call('SREM', dependents, id) end
end

-- All dependents were looked at: those left wait for this job to be run again, as long as it is there.
local function end_release(releasing, parent, job, dependents)
  redis.call('HDEL', releasing, parent)
  local ttl = redis.call('TTL', job)
  if ttl == -2 then redis.call('DEL', dependents) elseif ttl >= 0 then redis.call('EXPIRE', dependents, ttl) end
end
