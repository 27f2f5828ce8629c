-- Finish executions: started -> finished, or queued / scheduled when the job repeats; result stored, dependents released (a great
--   many of them by release.lua afterwards).
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions  [4] rq:releasing  [5] rq:result-template,
--   then per queue: rq:wip:<q>, rq:finished:<q>, rq:queue:<q>, rq:scheduled:<q>; then per execution: rq:job:<j>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] result mode  [5] number of queues  [6] oldest job still running, or ''  [7] may touch undeclared lists 0/1,
--   then per execution: queue number, id, execution, heartbeat written 0/1, result TTL (s, -1 keep, 0 delete), repeats left after
--   this one, or '', delay s, started_at, ended_at, started, ended (unix time), has a value 0/1, the value as the result mode stores it
-- Returns per execution applied | released (applied, and jobs that waited for it were queued) | releasing (applied, and more is left to
--   release.lua or admit.lua) | already | lost | gone.
-- include: clock lifetimes arguments declared executions results slots callbacks dependents endings
local prefix, worker, mode, queues, oldest = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local first_job = 5 + 4 * queues
local may_touch = ARGV[7] == '1' and function() return true end or is_declared
local answer = {}
local finished, seconds, heartbeat = 0, 0, nil
skip(7)

-- Whether the series goes on: it may have been ended since the worker read the job, or the next run would be due after its end.
local function goes_on(job, delay)
  local f = redis.call('HMGET', job, 'repeats_left', 'repeat_until')
  if not f[1] or (tonumber(f[1]) or 0) <= 0 then return false end
  local last = f[2] and tonumber(f[2])
  if not last or now_us / 1000000 + tonumber(delay) <= last then return true end
  redis.call('HSET', job, 'repeats_left', 0)
  return false
end

-- The next run of a repeating job. Its hash does not expire meanwhile, unless it has a time to wait of its own.
local function repeat_job(job, id, repeats_left, delay, base, at)
  if tonumber(delay) > 0 then
    put_on_schedule(prefix, KEYS[base + 4], string.format('%.3f', now_us / 1000000 + tonumber(delay)), id)
    redis.call('HSET', job, 'status', 'scheduled', 'repeats_left', repeats_left)
  else
    redis.call('RPUSH', KEYS[base + 3], id)
    redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at, 'repeats_left', repeats_left)
    wait_again(prefix, job, id)
  end
  redis.call('HDEL', job, 'attempts')
end

for n = 1, #KEYS - first_job do
  local job = KEYS[first_job + n]
  local base = 1 + 4 * number()
  local id, execution, beat, ttl, repeats_left, delay = argument(), argument(), argument() == '1', argument(), argument(), argument()
  local started_at, ended_at, started, ended = argument(), argument(), argument(), argument()
  local has_value, value = argument() == '1', argument()
  local verdict, about = fence(job, execution, worker, {finished = true})
  if verdict == 'applied' then
    finished = finished + 1
    seconds = seconds + (tonumber(ended) - tonumber(started))
    heartbeat = ended_at
    if ttl ~= '0' then
      local entry = {'type', '1', 'worker_name', worker}
      if has_value then
        entry[#entry + 1] = 'return_value'
        entry[#entry + 1] = value
      end
      for _, part in ipairs({'execution_id', execution, 'execution_started_at', started, 'execution_ended_at', ended}) do
        entry[#entry + 1] = part
      end
      store_result(mode, KEYS[5], prefix .. 'results:' .. id, job, ttl, 'result', has_value and value, entry)
      redis.call('ZADD', KEYS[base + 2], ttl == '-1' and '+inf' or whole(now_s + tonumber(ttl)), id)
    end
    redis.call('HSET', job, 'status', 'finished', 'started_at', started_at, 'ended_at', ended_at,
      'last_heartbeat', ended_at, 'last_outcome', 'finished')
    if repeats_left ~= '' and not goes_on(job, delay) then repeats_left = '' end
    if repeats_left ~= '' then repeat_job(job, id, repeats_left, delay, base, ended_at) end
    local release = release_dependents(prefix, KEYS[4], id, 'finished', job, ended_at, may_touch)
    if repeats_left == '' then apply_ttl(prefix, job, id, ttl, release, about.depended, about.logged) end
    if about.rate and (repeats_left == '' or tonumber(delay) > 0) and free_slot(prefix, KEYS[4], about.rate, id, ended_at, may_touch) then
      release = 'releasing'
    end
    note_outcome(prefix, about.cron, id, 'finished')
    verdict = release or verdict
  end
  if verdict ~= 'already' then leave(prefix, KEYS[3], KEYS[base + 1], id, execution, beat) end
  answer[n] = verdict
end
if heartbeat then refresh_worker(KEYS[2], KEYS[3], oldest, heartbeat, 'successful_job_count', finished, seconds) end
return answer
