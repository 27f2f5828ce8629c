-- Jobs that wait, and jobs that are found to be gone.

-- The keys of a job that waits live as long as it may wait. Its dependents set outlives it: whoever finds it gone tells them.
local function expire_waiting(prefix, job, id, ttl)
  ttl = tonumber(ttl or '')
  -- Not a number is not above zero.
  if not ttl or not (ttl > 0) then return end
  ttl = whole(math.ceil(math.min(ttl, 3153600000)))
  redis.call('EXPIRE', job, ttl)
  redis.call('EXPIRE', prefix .. 'job::' .. id .. ':dependencies', ttl)
  redis.call('EXPIRE', prefix .. 'job-log:' .. id, ttl)
end

-- How long a job is kept that has failed or was canceled, in s as text: -1 for ever, 0 not at all. What says nothing means a year, as in RQ.
local function kept_for(text)
  local ttl = tonumber(text or '')
  if not ttl or ttl ~= ttl then return '31536000' end
  if ttl < 0 then return '-1' end
  return whole(math.ceil(math.min(ttl, 3153600000)))
end

-- A job that waits again has its time to live again, as it had when it was enqueued.
local function wait_again(prefix, job, id)
  expire_waiting(prefix, job, id, redis.call('HGET', job, 'ttl'))
end

-- Called wherever an id is dropped because its job is gone: for those that wait for it, it counts as met. Results of earlier runs that were
-- to be kept as long as the job go with it.
local function note_gone(prefix, id)
  local job, results = prefix .. 'job:' .. id, prefix .. 'results:' .. id
  if redis.call('EXISTS', job) == 1 then return end
  if redis.call('EXISTS', job .. ':dependents') == 1 then
    redis.call('PERSIST', job .. ':dependents')
    redis.call('HSETNX', prefix .. 'releasing', id, 'gone')
  end
  if redis.call('TTL', results) == -1 then redis.call('DEL', results) end
end

-- Schedulers sleep until the next due time that they know of. queue: the one concerned, nil for everybody.
-- Who may not publish leaves them asleep, for a second at most.
local function wake_schedulers(prefix, queue) redis.pcall('PUBLISH', prefix .. 'scheduler-wake', queue or '') end

-- Lists a job among the scheduled ones of its queue, and wakes the scheduler when nothing is due before it. due: unix time, as a score.
local function put_on_schedule(prefix, scheduled, due, id)
  local queue = string.sub(scheduled, #prefix + 11)
  redis.call('ZADD', scheduled, due, id)
  -- The queue may have been deleted since the job was enqueued: schedulers of all queues find it here. What else may be under that name, the job is scheduled.
  redis.pcall('SADD', prefix .. 'queues', prefix .. 'queue:' .. queue)
  -- What is overdue and still there, since its job is gone or is about to be written, wakes nobody.
  local is_due = tonumber(due) <= now_us / 1000000
  local first = not is_due and redis.call('ZRANGEBYSCORE', scheduled, '(' .. string.format('%.6f', now_us / 1000000), '+inf', 'LIMIT', 0, 1)[1]
  if is_due or first == id then wake_schedulers(prefix, queue) end
end
