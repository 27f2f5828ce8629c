-- Ends a job that waits and will not be run: deferred or scheduled -> failed or canceled.

-- child: id, queue. r: mode, template, text (why, as the result mode stores it), at. Those that wait for it are told by release.lua.
local function end_waiting(prefix, releasing, child, to, r)
  local id, job = child.id, prefix .. 'job:' .. child.id
  local f = redis.call('HMGET', job, 'failure_ttl', 'has_log', 'cron_name')
  local ttl = kept_for(f[1])
  redis.call('ZREM', prefix .. 'deferred:' .. child.queue, id)
  redis.call('HSET', job, 'status', to, 'ended_at', r.at)
  note_outcome(prefix, f[3], id, to)
  if to == 'failed' and ttl ~= '0' then
    -- Whatever is under the results' name: the job has failed.
    pcall(store_result, r.mode, r.template, prefix .. 'results:' .. id, job, ttl, 'exc_info', r.text, {'type', '2', 'worker_name', '', 'exc_string', r.text})
    redis.call('ZADD', prefix .. 'failed:' .. child.queue, ttl == '-1' and '-1' or whole(now_s + tonumber(ttl)), id)
  elseif to == 'canceled' and ttl ~= '0' then
    redis.call('ZADD', prefix .. 'canceled:' .. child.queue, whole(now_s), id)
  end
  local waited_for = redis.call('EXISTS', job .. ':dependents') == 1
  if waited_for then
    redis.call('PERSIST', job .. ':dependents')
    -- Those that still wait for the good end of an earlier run are released by that.
    if redis.call('HGET', releasing, id) ~= 'finished' then redis.call('HSET', releasing, id, to) end
  end
  apply_ttl(prefix, job, id, ttl, waited_for and 'releasing', true, f[2])
  return waited_for
end
