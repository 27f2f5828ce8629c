-- Finish executions: started -> finished, result stored, dependents released (a great many of them by release.lua afterwards).
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions  [4] rq:releasing  [5] rq:result-template,
--   then per queue: rq:wip:<q>, rq:finished:<q>, rq:queue:<q>; then per execution: rq:job:<j>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] result mode  [5] number of queues  [6] oldest job still running, or ''  [7] may touch undeclared lists 0/1,
--   then per execution: queue number, id, execution, heartbeat written 0/1, result TTL (s, -1 keep, 0 delete),
--   started_at, ended_at, started, ended (unix time), has a value 0/1, the value as the result mode stores it
-- Returns per execution applied | released (applied, and jobs that waited for it were queued) | releasing (applied, and more of them
--   are to be released) | already | lost | gone.
-- include: clock arguments declared executions results dependents endings
local prefix, worker, mode, queues, oldest = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local first_job = 5 + 3 * queues
local may_touch = ARGV[7] == '1' and function() return true end or is_declared
local answer = {}
local finished, seconds, heartbeat = 0, 0, nil
skip(7)
for n = 1, #KEYS - first_job do
  local job = KEYS[first_job + n]
  local queue, id, execution, beat, ttl = number(), argument(), argument(), argument() == '1', argument()
  local started_at, ended_at, started, ended = argument(), argument(), argument(), argument()
  local has_value, value = argument() == '1', argument()
  local wip, registry = KEYS[3 + 3 * queue], KEYS[4 + 3 * queue]
  local verdict, depended = fence(job, execution, worker, {finished = true})
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
      redis.call('ZADD', registry, ttl == '-1' and '+inf' or whole(now_s + tonumber(ttl)), id)
    end
    redis.call('HSET', job, 'status', 'finished', 'started_at', started_at, 'ended_at', ended_at,
      'last_heartbeat', ended_at, 'last_outcome', 'finished')
    local release = release_dependents(prefix, KEYS[4], id, 'finished', job, ended_at, may_touch)
    apply_ttl(prefix, job, id, ttl, release, depended)
    verdict = release or verdict
  end
  if verdict ~= 'already' then leave(prefix, KEYS[3], wip, id, execution, beat) end
  answer[n] = verdict
end
if finished > 0 then
  redis.call('HINCRBY', KEYS[2], 'successful_job_count', finished)
  redis.call('HINCRBYFLOAT', KEYS[2], 'total_working_time', string.format('%.6f', seconds))
end
if heartbeat then refresh_worker(KEYS[2], KEYS[3], oldest, heartbeat) end
return answer
