-- Give back executions that did not get to an end: started -> queued, no retry used up. At the head, or, when the worker does not
--   know the function, at the tail for others to take.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions, then per execution: rq:job:<j>, rq:wip:<q>, rq:queue:<q>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] enqueued_at, then per execution, the one for the very head last: id, execution, had begun 0/1,
--   since when its function is unknown, or '', and for how many seconds
-- Returns per execution applied | already | lost | gone. One whose queue is no list stays where it is, and that is raised when the others are back.
-- include: clock lifetimes arguments kinds executions
local prefix, worker, at = ARGV[2], ARGV[3], ARGV[4]
local answer, problem = {}, nil

local function put_back(job, queue, id, began, unknown_since, waited)
  redis.call(unknown_since ~= '' and 'RPUSH' or 'LPUSH', queue, id)
  redis.call('HSET', job, 'status', 'queued', 'started_at', '', 'worker_name', '', 'last_outcome', 'returned', 'enqueued_at', at)
  if unknown_since ~= '' and not began then
    redis.call('HSET', job, 'unknown_since', unknown_since)
  else
    redis.call('HDEL', job, 'unknown_since')
  end
  if began then redis.call('HINCRBY', job, 'attempts', 1) end
  -- It has only waited on: its time to live does not begin anew with each worker that does not know its function.
  local ttl = tonumber(redis.call('HGET', job, 'ttl') or '')
  if ttl and ttl > 0 then expire_waiting(prefix, job, id, math.max(ttl - waited, 1)) end
end

skip(4)
for n = 1, (#KEYS - 3) / 3 do
  local job, wip, queue = KEYS[1 + 3 * n], KEYS[2 + 3 * n], KEYS[3 + 3 * n]
  local id, execution, began, unknown_since, waited = argument(), argument(), argument() == '1', argument(), number()
  local verdict = fence(job, execution, worker, {returned = true})
  local wrong = verdict == 'applied' and wrong_kind(queue, 'list')
  if wrong then
    problem = problem or wrong.err
  else
    if verdict == 'applied' then put_back(job, queue, id, began, unknown_since, waited) end
    if verdict ~= 'already' then leave(prefix, KEYS[3], wip, id, execution, true) end
  end
  answer[n] = verdict
end
refresh_worker(KEYS[2], KEYS[3], '', at)
if problem then error(problem, 0) end
return answer
