-- Ends an execution that did not finish. f.to says where the job goes: failed, queued (retry or recovery) or scheduled (retry later).
-- f: job, id, execution, worker, to, queue, failed, scheduled (keys), releasing, template (keys), mode, at_front, due, retries_left,
--   recovered, depended, may_touch, text, failure_ttl ('' = not set: a year), started_at, ended_at, started, ended, enqueued_at, outcome, restart
-- Returns what release_dependents did.
local function end_unfinished(prefix, f)
  if f.to == 'failed' then
    local ttl = f.failure_ttl == '' and '31536000' or f.failure_ttl
    if ttl ~= '0' then
      local entry = {'type', '2', 'worker_name', f.worker, 'exc_string', f.text, 'execution_id', f.execution,
        'execution_started_at', f.started, 'execution_ended_at', f.ended}
      -- RQ's rule: without a TTL of its own the text stays until the job is deleted; the job itself stays a year.
      store_result(f.mode, f.template, prefix .. 'results:' .. f.id, f.job, f.failure_ttl, 'exc_info', f.text, entry)
      redis.call('ZADD', f.failed, ttl == '-1' and '-1' or whole(now_s + tonumber(ttl)), f.id)
    end
    redis.call('HSET', f.job, 'status', 'failed', 'started_at', f.started_at, 'ended_at', f.ended_at,
      'last_heartbeat', f.ended_at, 'last_outcome', f.outcome)
    local release = release_dependents(prefix, f.releasing, f.id, 'failed', f.job, f.ended_at, f.may_touch)
    apply_ttl(prefix, f.job, f.id, ttl, release, f.depended)
    return release
  end

  if f.to == 'scheduled' then
    redis.call('ZADD', f.scheduled, whole(now_s + tonumber(f.delay)), f.id)
  else
    redis.call(f.at_front and 'LPUSH' or 'RPUSH', f.queue, f.id)
    redis.call('HSET', f.job, 'enqueued_at', f.enqueued_at)
  end
  redis.call('HSET', f.job, 'status', f.to, 'started_at', f.started_at, 'ended_at', f.ended_at, 'last_outcome', f.outcome)
  redis.call('HINCRBY', f.job, 'attempts', 1)
  if f.retries_left ~= '' then redis.call('HSET', f.job, 'retries_left', f.retries_left) end
  if f.recovered then redis.call('HINCRBY', f.job, 'recoveries', 1) end
  if f.to == 'queued' then wait_again(prefix, f.job, f.id, f.depended) end
  return nil
end
