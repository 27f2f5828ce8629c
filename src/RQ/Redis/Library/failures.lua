-- Ends an execution that did not finish. f.to says where the job goes: failed, stopped, queued (retry or recovery) or scheduled (retry later).
-- f: job, id, execution, worker, to, queue, failed, scheduled (keys), releasing, template (keys), mode, at_front, delay, retries_left,
--   number_of_retries, recovered, about (what fence told of the job), may_touch, type (of the result, '' for none), text,
--   failure_ttl ('' = not set: a year), started_at, ended_at, started, ended, outcome
-- Returns 'released' | 'releasing' (more is left to release.lua or admit.lua) | nil: see release_dependents. What the server refused of it is in f.problem, to be raised when all else is
-- written: a job whose end could not be stored would be settled again and again, and hold up all others.
local function end_unfinished(prefix, f)
  local function note(refusal)
    if type(refusal) == 'table' then refusal = refusal.err end
    f.problem = f.problem or refusal
  end

  -- Where it was to wait there may be something else. Then it has failed: a job is always somewhere.
  local wrong = f.to == 'scheduled' and wrong_kind(f.scheduled, 'zset') or f.to == 'queued' and wrong_kind(f.queue, 'list') or nil
  if wrong then
    note(wrong)
    f.to, f.type = 'failed', '2'
    if f.outcome == 'retried' then f.outcome = 'failed' end
  end
  local ends = f.to == 'failed' or f.to == 'stopped'
  local ttl = (f.failure_ttl == '' or not f.failure_ttl) and '31536000' or f.failure_ttl
  -- A time to live of 0 would take the results of earlier runs along.
  if f.type ~= '' and ttl ~= '0' then
    local entry = {'type', f.type, 'worker_name', f.worker}
    if f.text ~= '' then
      entry[#entry + 1] = 'exc_string'
      entry[#entry + 1] = f.text
    end
    for _, part in ipairs({'execution_id', f.execution, 'execution_started_at', f.started, 'execution_ended_at', f.ended}) do
      entry[#entry + 1] = part
    end
    local ok, refusal = pcall(store_result, f.mode, f.template, prefix .. 'results:' .. f.id, f.job, ttl, 'exc_info', f.text ~= '' and f.text, entry)
    if not ok then note(refusal) end
  end

  if ends then
    if ttl ~= '0' and f.type ~= '' then
      local refusal = redis.pcall('ZADD', f.failed, ttl == '-1' and '-1' or whole(now_s + tonumber(ttl)), f.id)
      if type(refusal) == 'table' and refusal.err then note(refusal) end
    end
    redis.call('HSET', f.job, 'status', f.to, 'started_at', f.started_at, 'ended_at', f.ended_at,
      'last_heartbeat', f.ended_at, 'last_outcome', f.outcome)
    note_outcome(prefix, f.about.cron, f.id, f.to)
    local release, left = try_release(prefix, f.releasing, f.id, f.to, f.job, f.ended_at, f.may_touch)
    apply_ttl(prefix, f.job, f.id, ttl, release, f.about.depended, f.about.logged)
    if f.about.rate and free_slot(prefix, f.releasing, f.about.rate, f.id, f.ended_at, f.may_touch) then left = true end
    return left and 'releasing' or release
  end

  local release
  if f.to == 'scheduled' then
    put_on_schedule(prefix, f.scheduled, string.format('%.3f', now_us / 1000000 + tonumber(f.delay)), f.id)
    if f.at_front then redis.call('HSET', f.job, 'enqueue_at_front_on_retry', '1') end
  else
    redis.call(f.at_front and 'LPUSH' or 'RPUSH', f.queue, f.id)
    redis.call('HSET', f.job, 'enqueued_at', f.ended_at)
  end
  redis.call('HSET', f.job, 'status', f.to, 'started_at', f.started_at, 'ended_at', f.ended_at, 'last_outcome', f.outcome)
  redis.call('HINCRBY', f.job, 'attempts', 1)
  if f.retries_left ~= '' then redis.call('HSET', f.job, 'retries_left', f.retries_left) end
  if f.number_of_retries ~= '' then redis.call('HSET', f.job, 'number_of_retries', f.number_of_retries) end
  if f.recovered then redis.call('HINCRBY', f.job, 'recoveries', 1) end
  if f.to == 'queued' then
    wait_again(prefix, f.job, f.id)
  elseif f.about.rate and free_slot(prefix, f.releasing, f.about.rate, f.id, f.ended_at, f.may_touch) then
    release = 'releasing'
  end
  return release
end
