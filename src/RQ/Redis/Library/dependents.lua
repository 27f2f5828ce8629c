-- Releases dependents of a job that has ended: deferred -> queued (or scheduled, or in line for a rate limit) for each whose
-- dependencies are all met now; failed or canceled for those that want that when a dependency ended without success.

-- How a job ended is said by rq:releasing while its dependents are looked at; it may be gone, or on its way again.
-- Gone counts as met, as in RQ; "deleted" does not while those that waited for it are told.
local function is_met(prefix, releasing, id, allow_failure, run_anyway)
  local status = redis.call('HGET', releasing, id) or redis.pcall('HGET', prefix .. 'job:' .. id, 'status')
  -- What is under a job's key and is no job is none.
  if not status or type(status) == 'table' or status == 'finished' or status == 'gone' then return true end
  if status == 'failed' then return allow_failure or run_anyway end
  return run_anyway and (status == 'stopped' or status == 'canceled' or status == 'deleted')
end

-- How many parents one call looks at, so that it does not hold up the server; a job that was begun with is looked at whole.
local checks_left = 10000

-- A job under a parent's id that was enqueued after the one that waits, or after the parent it had was gone, does not list it yet.
local function wait_for(prefix, id, parent)
  local job = prefix .. 'job:' .. parent
  if redis.call('SADD', job .. ':dependents', id) == 0 then return end
  local status = redis.call('HGET', job, 'status')
  local left = (status == 'failed' or status == 'stopped' or status == 'canceled') and redis.call('TTL', job) or -1
  if left > 0 then redis.call('EXPIRE', job .. ':dependents', left) end
end

-- A job with thousands of parents is looked at each time one of them ends: so it remembers one that it waits for, and while
-- that one has not ended nothing else is looked at.
local function all_met(prefix, releasing, id, allow_failure, run_anyway, waits_for)
  if waits_for and not is_met(prefix, releasing, waits_for, allow_failure, run_anyway) then return false end
  local others = redis.pcall('SMEMBERS', prefix .. 'job::' .. id .. ':dependencies')
  if others.err then return true end
  for _, other in ipairs(others) do
    checks_left = checks_left - 1
    if not is_met(prefix, releasing, other, allow_failure, run_anyway) then
      wait_for(prefix, id, other)
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
-- Returns the next cursor, or the same one when there was too much to look at; and what it found: the ready ones, oldest first; those
-- doomed to end unrun; void callbacks, to be removed; ids over, which the set need not hold any more; the lists it was refused.
local function look_at_dependents(prefix, releasing, parent, outcome, dependents, cursor, bite, may_touch)
  local page = redis.call('SSCAN', dependents, cursor, 'COUNT', bite)
  local found = {ready = {}, doomed = {}, void = {}, over = {}, refused = {}}
  local following, called_for = page[1], nil
  for _, id in ipairs(page[2]) do
    if checks_left <= 0 then
      following = cursor
      break
    end
    local f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'origin', 'allow_dependency_failures', 'enqueue_at_front',
      'if_unmet', 'due', 'ttl', 'created_at', 'rate_limit_key', 'rate_limit_concurrency', 'waits_for', 'callback_tie')
    local allow, run = f[3] == '1', f[5] == 'run'
    local child = {id = id, queue = f[2], front = f[4] == '1', policy = f[5], due = tonumber(f[6] or ''), ttl = f[7],
      created = f[8] or '', rate = f[9] and f[9] ~= '' and f[9], concurrency = f[10] or '1'}
    local is_ready
    if f[1] ~= 'deferred' or not f[2] then
      if not f[1] and not f.err then note_gone(prefix, id) end
      table.insert(found.over, id)
    elseif f[12] then
      called_for = called_for or read_called_for(prefix, parent, outcome)
      local verdict = judge_callback(redis.call('HGET', prefix .. 'job:' .. id, 'callback_on'), f[12], called_for)
      is_ready, child.tie = verdict == 'ready', f[12]
      if verdict == 'void' then table.insert(found.void, child) end
    elseif not is_met(prefix, releasing, parent, allow, run) then
      if child.policy == 'fail' or child.policy == 'cancel' then table.insert(found.doomed, child) end
    elseif all_met(prefix, releasing, id, allow, run, f[11]) then
      is_ready = true
    elseif outcome == 'gone' then
      -- It counts as met from now on, also when it is still there, canceled.
      redis.call('SREM', prefix .. 'job::' .. id .. ':dependencies', parent)
    end
    if is_ready then
      child.list = prefix .. 'queue:' .. f[2]
      local needs_list = not (child.due and child.due > now_us / 1000000) and not child.rate
      if not needs_list or may_touch(child.list) then table.insert(found.ready, child) else table.insert(found.refused, child.list) end
    end
  end
  table.sort(found.ready, compare_age)
  return following, found
end

-- Returns whether it is in line for a rate limit.
local function queue_dependent(prefix, releasing, dependents, child, at)
  local job = prefix .. 'job:' .. child.id
  if child.due and child.due > now_us / 1000000 then
    put_on_schedule(prefix, prefix .. 'scheduled:' .. child.queue, string.format('%.6f', child.due), child.id)
    redis.call('HSET', job, 'status', 'scheduled')
    redis.call('PERSIST', job)
    redis.call('PERSIST', prefix .. 'job::' .. child.id .. ':dependencies')
  elseif child.rate then
    wait_for_slot(prefix, child.rate, child.concurrency, child.id, job)
    redis.call('HSET', releasing, 'rl:' .. child.rate, 'admit')
  else
    redis.call(child.front and 'LPUSH' or 'RPUSH', child.list, child.id)
    redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
    expire_waiting(prefix, job, child.id, child.ttl)
  end
  if child.tie then note_come(job, child.tie) end
  redis.call('SREM', dependents, child.id)
  redis.pcall('ZREM', prefix .. 'deferred:' .. child.queue, child.id)
  return child.rate and not (child.due and child.due > now_us / 1000000)
end

-- Returns whether jobs in line for a rate limit were left to admit.lua, how many were queued, and what the server refused to one of them, as text, or nil: that one
-- stays deferred, and rq:releasing has it tried again.
local function queue_dependents(prefix, releasing, parent, dependents, found, at)
  local left, queued, problem = false, 0, nil
  for _, child in ipairs(found.ready) do
    local ok, in_line = pcall(queue_dependent, prefix, releasing, dependents, child, at)
    if ok then
      left, queued = left or in_line, queued + 1
    else
      problem = problem or (type(in_line) == 'table' and in_line.err or in_line)
    end
  end
  for _, child in ipairs(found.void) do remove_callback(prefix, child.id, child.queue, parent) end
  for _, id in ipairs(found.over) do redis.call('SREM', dependents, id) end
  return left, queued, problem
end

-- All dependents were looked at: those left wait for this job to be run again, as long as it is there. Where it waits again already, the
-- set outlives it: whoever finds that it expired tells them.
local function end_release(releasing, parent, job, dependents)
  redis.call('HDEL', releasing, parent)
  local ttl = redis.call('TTL', job)
  local status = ttl >= 0 and redis.call('HGET', job, 'status')
  if ttl == -2 then redis.call('DEL', dependents) elseif is_end[status] or status == 'canceled' then redis.call('EXPIRE', dependents, ttl) end
end
