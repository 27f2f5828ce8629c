-- Heartbeat: started -> started. The worker's record, and the records of executions that run for a while.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions, then per execution: rq:job:<j>, rq:wip:<q>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] last_heartbeat  [5] the same as unix time  [6] record's TTL while it works, s  [7] while it is idle,
--   then per execution: id, execution, seconds until it counts as abandoned, created (unix time)
-- Returns {1 when the worker's record exists, else 0, then per execution applied | already | lost | gone}.
-- include: clock lifetimes arguments executions
local prefix, worker, at, unix = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local answer = {redis.call('EXISTS', KEYS[2])}
if answer[1] == 1 then
  redis.call('HSET', KEYS[2], 'last_heartbeat', at)
  redis.call('EXPIRE', KEYS[2], redis.call('SCARD', KEYS[3]) > 0 and ARGV[6] or ARGV[7])
end
skip(7)
local count = (#KEYS - 3) / 2
for n = 1, count do
  local job, wip = KEYS[2 + 2 * n], KEYS[3 + 2 * n]
  local id, execution, ttl, created = argument(), argument(), number(), argument()
  local verdict = fence(job, execution, worker, {})
  if verdict == 'applied' then
    local member = id .. ':' .. execution
    local record, list = prefix .. 'execution:' .. member, prefix .. 'executions:' .. id
    redis.call('HSET', job, 'last_heartbeat', at)
    -- Whatever is under the names of these two and of the registry: the others of the call must be heard of, too.
    redis.pcall('HSET', record, 'id', execution, 'created_at', created, 'last_heartbeat', unix, 'job_id', id, 'worker_name', worker)
    redis.call('EXPIRE', record, ttl)
    redis.pcall('ZADD', list, whole(now_s + ttl + 60), execution)
    redis.call('EXPIRE', list, ttl + 60)
    -- Newer Python readers take it out of the set when they find no record of the execution, as in its first second.
    -- A caller that runs its job itself has no record, and no set that anybody would clear.
    if answer[1] == 1 then redis.call('SADD', KEYS[3], member) end
    -- Not XX: a Python 1.13 reader may have removed a member it did not understand.
    redis.pcall('ZADD', wip, whole(now_s + ttl), member)
  end
  answer[n + 1] = verdict
end
return answer
