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

-- A job that waits again has its time to live again, as it had when it was enqueued.
local function wait_again(prefix, job, id)
  expire_waiting(prefix, job, id, redis.call('HGET', job, 'ttl'))
end

-- Called wherever an id is dropped because its job is gone: for those that wait for it, it counts as met.
local function note_gone(prefix, id)
  local job = prefix .. 'job:' .. id
  if redis.call('EXISTS', job) == 0 and redis.call('EXISTS', job .. ':dependents') == 1 then
    redis.call('PERSIST', job .. ':dependents')
    redis.call('HSETNX', prefix .. 'releasing', id, 'gone')
  end
end

-- Schedulers sleep until the next due time that they know of. queue: the one concerned, nil for everybody.
-- Who may not publish leaves them asleep, for a second at most.
local function wake_schedulers(prefix, queue) redis.pcall('PUBLISH', prefix .. 'scheduler-wake', queue or '') end

-- Lists a job among the scheduled ones of its queue, and wakes the scheduler when nothing is due before it. due: unix time, as a score.
local function put_on_schedule(prefix, scheduled, due, id)
  redis.call('ZADD', scheduled, due, id)
  if redis.call('ZRANGE', scheduled, 0, 0)[1] == id then wake_schedulers(prefix, string.sub(scheduled, #prefix + 11)) end
end
