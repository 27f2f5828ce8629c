-- Give back executions that did not get to an end: started -> queued, at the head, no retry used up.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions, then per execution: rq:job:<j>, rq:wip:<q>, rq:queue:<q>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] enqueued_at, then per execution, the one for the very head last: id, execution, had begun 0/1
-- Returns per execution applied | already | lost | gone.
-- include: clock lifetimes arguments executions
local prefix, worker, at = ARGV[2], ARGV[3], ARGV[4]
local answer = {}
skip(4)
for n = 1, (#KEYS - 3) / 3 do
  local job, wip, queue = KEYS[1 + 3 * n], KEYS[2 + 3 * n], KEYS[3 + 3 * n]
  local id, execution, began = argument(), argument(), argument() == '1'
  local verdict, about = fence(job, execution, worker, {returned = true})
  if verdict == 'applied' then
    redis.call('LPUSH', queue, id)
    redis.call('HSET', job, 'status', 'queued', 'started_at', '', 'worker_name', '', 'last_outcome', 'returned', 'enqueued_at', at)
    if began then redis.call('HINCRBY', job, 'attempts', 1) end
    wait_again(prefix, job, id)
  end
  if verdict ~= 'already' then leave(prefix, KEYS[3], wip, id, execution, true) end
  answer[n] = verdict
end
refresh_worker(KEYS[2], KEYS[3], '', at)
return answer
