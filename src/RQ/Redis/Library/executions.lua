-- The fence. An outcome counts only while the job is started, under this execution, by this worker: whatever else
-- happened to the job since (recovered, canceled, taken by a Python worker) has changed one of the three.
-- A started job may still have the last_outcome of an earlier life. outcomes: what last_outcome says when an earlier sending of this call did the work, as keys.
-- Returns applied | already | lost | gone, and of an applied one what its end needs to know of the job.
local function fence(job, execution, worker, outcomes)
  local f = redis.pcall('HMGET', job, 'status', 'last_execution', 'last_outcome', 'worker_name', 'dependency_ids', 'rate_limit_key', 'has_log', 'cron_name')
  -- Something else has been written in the job's place.
  if f.err then return 'gone' end
  if f[2] == execution then
    if f[1] == 'started' and f[4] == worker then
      return 'applied', {depended = f[5], rate = f[6] and f[6] ~= '' and f[6], logged = f[7], cron = f[8]}
    end
    if f[3] then return outcomes[f[3]] and 'already' or 'lost' end
  end
  if f[1] or f[2] or redis.call('EXISTS', job) == 1 then return 'lost' end
  return 'gone'
end

-- The same for an end. What is deleted at its end is gone when the end is sent again; by then its worker's set does not list it any more.
local function fence_end(job, id, execution, worker, executions, deletes, outcomes)
  local verdict, about = fence(job, execution, worker, outcomes)
  if verdict == 'gone' and deletes and redis.pcall('SISMEMBER', executions, id .. ':' .. execution) == 0 then verdict = 'already' end
  return verdict, about
end

-- The two keys of its heartbeats exist only if it beat once.
local function forget_heartbeats(prefix, id, execution)
  redis.call('DEL', prefix .. 'execution:' .. id .. ':' .. execution)
  redis.call('ZREM', prefix .. 'executions:' .. id, execution)
end

-- Takes the execution out of everything that lists it.
local function leave(prefix, executions, wip, id, execution, beat)
  local member = id .. ':' .. execution
  redis.call('SREM', executions, member)
  -- Whatever is under the registry's name, the execution is over.
  redis.pcall('ZREM', wip, member)
  if beat then forget_heartbeats(prefix, id, execution) end
end

-- The worker's own record after some of its executions ended. RQ's record names one job; the worker says which of
-- those still running is the oldest, and a take that came in between has the last word. counter: successful_job_count
-- or failed_job_count, to be raised by count; seconds: how long they worked. A job run by its caller has no such record.
local function refresh_worker(worker, executions, oldest, heartbeat, counter, count, seconds)
  local f = redis.call('HMGET', worker, 'birth', 'queues', 'total_working_time', counter or 'state')
  if not f[1] and not f[2] then return end
  local fields = {}
  local function set(field, value)
    fields[#fields + 1] = field
    fields[#fields + 1] = value
  end
  if counter then
    set(counter, string.format('%.0f', (tonumber(f[4] or '') or 0) + count))
    set('total_working_time', string.format('%.6f', (tonumber(f[3] or '') or 0) + seconds))
  end
  if redis.call('SCARD', executions) == 0 then
    redis.call('HDEL', worker, 'current_job')
    set('state', 'idle')
    set('current_job_working_time', '0')
    set('last_heartbeat', heartbeat)
    redis.call('EXPIRE', worker, 480)
  elseif oldest ~= '' then
    set('current_job', oldest)
  end
  if #fields > 0 then redis.call('HSET', worker, unpack(fields)) end
end
