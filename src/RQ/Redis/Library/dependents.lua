-- Releases dependents of a job that has ended: deferred -> queued (or scheduled, or in line for a rate limit) for each whose
-- dependencies are all met now; failed or canceled for those that want that when a dependency ended without success.

-- How a job ended is said by rq:releasing while its dependents are looked at; it may be gone, or on its way again.
-- Gone counts as met, as in RQ; "deleted" does not while those that waited for it are told.
local function is_met(prefix, releasing, id, allow_failure, run_anyway)
  local status = redis.call('HGET', releasing, id) or redis.call('HGET', prefix .. 'job:' .. id, 'status')
  if not status or status == 'finished' or status == 'gone' then return true end
  if status == 'failed' then return allow_failure or run_anyway end
  return run_anyway and (status == 'stopped' or status == 'canceled' or status == 'deleted')
end

-- How many parents one call looks at, so that it does not hold up the server; a job that was begun with is looked at whole.
local checks_left = 10000

-- A job with thousands of parents is looked at each time one of them ends: so it remembers one that it waits for, and while
-- that one has not ended nothing else is looked at.
local function all_met(prefix, releasing, id, allow_failure, run_anyway, waits_for)
  if waits_for and not is_met(prefix, releasing, waits_for, allow_failure, run_anyway) then return false end
  local others = redis.call('SMEMBERS', prefix .. 'job::' .. id .. ':dependencies')
  for _, other in ipairs(others) do
    checks_left = checks_left - 1
    if not is_met(prefix, releasing, other, allow_failure, run_anyway) then
      if #others > 8 then redis.call('HSET', prefix .. 'job:' .. id, 'waits_for', other) end
      return false
    end
  end
  return true
end

local function compare_age(a, b)
  if a.created ~= b.created then return a.created < b.created end
  return a.id < b.id
end

-- Looks at one bite of the dependents. may_touch(list) says whether the script may push to a queue's list.
-- Returns the next cursor, or the same one when there was too much to look at; the ready ones, oldest first; those to end unrun;
-- those the set no longer needs to hold; and the lists it was not allowed.
local function look_at_dependents(prefix, releasing, parent, outcome, dependents, cursor, bite, may_touch)
  local page = redis.call('SSCAN', dependents, cursor, 'COUNT', bite)
  local ready, doomed, over, refused = {}, {}, {}, {}
  local following = page[1]
  for _, id in ipairs(page[2]) do
    if checks_left <= 0 then
      following = cursor
      break
    end
    local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'origin', 'allow_dependency_failures', 'enqueue_at_front',
      'if_unmet', 'due', 'ttl', 'created_at', 'rate_limit_key', 'rate_limit_concurrency', 'waits_for')
    local allow, run = f[3] == '1', f[5] == 'run'
    local child = {id = id, queue = f[2], front = f[4] == '1', policy = f[5], due = tonumber(f[6] or ''), ttl = f[7],
      created = f[8] or '', rate = f[9] and f[9] ~= '' and f[9], concurrency = f[10] or '1'}
    if f[1] ~= 'deferred' or not f[2] then
      if not f[1] then note_gone(prefix, id) end
      over[#over + 1] = id
    elseif not is_met(prefix, releasing, parent, allow, run) then
      if child.policy == 'fail' or child.policy == 'cancel' then doomed[#doomed + 1] = child end
    elseif all_met(prefix, releasing, id, allow, run, f[11]) then
      child.list = prefix .. 'queue:' .. f[2]
      if (child.due and child.due > now_us / 1000000) or child.rate or may_touch(child.list) then
        ready[#ready + 1] = child
      else
        refused[#refused + 1] = child.list
      end
    elseif outcome == 'gone' then
      -- It counts as met from now on, also when it is still there, canceled.
      redis.call('SREM', prefix .. 'job::' .. id .. ':dependencies', parent)
    end
  end
  table.sort(ready, compare_age)
  return following, ready, doomed, over, refused
end

-- Returns whether jobs in line for a rate limit were left to admit.lua.
local function queue_dependents(prefix, releasing, dependents, ready, over, at)
  local left = false
  for _, child in ipairs(ready) do
    local job = prefix .. 'job:' .. child.id
    if child.due and child.due > now_us / 1000000 then
      put_on_schedule(prefix, prefix .. 'scheduled:' .. child.queue, string.format('%.6f', child.due), child.id)
      redis.call('HSET', job, 'status', 'scheduled')
      redis.call('PERSIST', job)
      redis.call('PERSIST', prefix .. 'job::' .. child.id .. ':dependencies')
    elseif child.rate then
      wait_for_slot(prefix, child.rate, child.concurrency, child.id, job)
      redis.call('HSET', releasing, 'rl:' .. child.rate, 'admit')
      left = true
    else
      redis.call(child.front and 'LPUSH' or 'RPUSH', child.list, child.id)
      redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
      expire_waiting(prefix, job, child.id, child.ttl)
    end
    redis.call('ZREM', prefix .. 'deferred:' .. child.queue, child.id)
    redis.call('SREM', dependents, child.id)
  end
  for _, id in ipairs(over) do redis.call('SREM', dependents, id) end
  return left
end

-- All dependents were looked at: those left wait for this job to be run again, as long as it is there.
local function end_release(releasing, parent, job, dependents)
  redis.call('HDEL', releasing, parent)
  local ttl = redis.call('TTL', job)
  if ttl == -2 then redis.call('DEL', dependents) elseif ttl >= 0 then redis.call('EXPIRE', dependents, ttl) end
end
