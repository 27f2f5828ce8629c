-- Fail executions: started -> failed or stopped, or queued / scheduled when the job is run again.
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions  [4] rq:releasing  [5] rq:result-template,
--   then per queue: rq:wip:<q>, rq:failed:<q>, rq:queue:<q>, rq:scheduled:<q>; then per execution: rq:job:<j>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] result mode  [5] number of queues  [6] oldest job still running, or ''  [7] may touch undeclared lists 0/1,
--   then per execution: queue number, id, execution, heartbeat written 0/1, to (failed | stopped | queued | scheduled), at front 0/1,
--   delay s, retries left or '', number of retries or '', type of the result or '' for none (a failure without one is not listed
--   as failed either), failure TTL (s, -1 keep, 0 delete, '' = a year), started_at, ended_at, started, ended (unix time), text or ''
-- Returns per execution what finish.lua does.
-- include: clock lifetimes arguments declared kinds executions results slots callbacks dependents endings failures
local prefix, worker, mode, queues, oldest = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local first_job = 5 + 4 * queues
local may_touch = ARGV[7] == '1' and function() return true end or is_declared
local answer = {}
local failed, seconds, heartbeat, problem = 0, 0, nil, nil
skip(7)
for n = 1, #KEYS - first_job do
  local job = KEYS[first_job + n]
  local base = 1 + 4 * number()
  local id, execution, beat = argument(), argument(), argument() == '1'
  local f = {job = job, id = id, execution = execution, worker = worker, mode = mode, releasing = KEYS[4], template = KEYS[5],
    failed = KEYS[base + 2], queue = KEYS[base + 3], scheduled = KEYS[base + 4],
    to = argument(), at_front = argument() == '1', delay = argument(), retries_left = argument(), number_of_retries = argument(),
    type = argument(), failure_ttl = argument(), started_at = argument(), ended_at = argument(), started = argument(),
    ended = argument(), text = argument()}
  f.outcome = (f.to == 'failed' or f.to == 'stopped') and 'failed' or 'retried'
  f.may_touch = may_touch
  local deletes = f.outcome == 'failed' and f.failure_ttl == '0'
  local verdict, about = fence_end(job, id, execution, worker, KEYS[3], deletes, {failed = true, retried = true})
  if verdict == 'applied' then
    f.about = about
    failed = failed + 1
    seconds = seconds + (tonumber(f.ended) - tonumber(f.started))
    heartbeat = f.ended_at
    verdict = end_unfinished(prefix, f) or verdict
    problem = problem or f.problem
  end
  if verdict ~= 'already' then leave(prefix, KEYS[3], KEYS[base + 1], id, execution, beat) end
  answer[n] = verdict
end
if heartbeat then refresh_worker(KEYS[2], KEYS[3], oldest, heartbeat, 'failed_job_count', failed, seconds) end
if problem then error(problem, 0) end
return answer
