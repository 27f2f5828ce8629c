-- Ends a job that waits or runs as canceled. A running one is fenced off: its outcome will be dropped.
-- c: at, ttl (s, -1 keep, '' = the job's failure TTL or a year), outcome (canceled, or gone to release those that wait for it), token, may_touch
-- Returns whether more is left to release.lua or admit.lua.
local function cancel_job(prefix, releasing, id, place, c)
  local job = prefix .. 'job:' .. id
  local ttl = c.ttl ~= '' and c.ttl or kept_for(place.failure_ttl)
  if ttl ~= '0' then redis.call('ZADD', prefix .. 'canceled:' .. place.origin, whole(now_s), id) end
  redis.call('HSET', job, 'status', 'canceled', 'change_token', c.token)
  note_outcome(prefix, redis.call('HGET', job, 'cron_name'), id, 'canceled')
  leave_place(prefix, id, place)
  if place.status == 'started' then
    redis.call('DEL', prefix .. 'execution:' .. id .. ':' .. place.execution, prefix .. 'executions:' .. id)
  end
  local release, left = try_release(prefix, releasing, id, c.outcome, job, c.at, c.may_touch)
  if ttl ~= '0' and ttl ~= '-1' then redis.call('EXPIRE', prefix .. 'results:' .. id, ttl) end
  apply_ttl(prefix, job, id, ttl, release, true, place.logged)
  left = left or release == 'releasing'
  if place.rate and free_slot(prefix, releasing, place.rate, id, c.at, c.may_touch) then left = true end
  return left
end
