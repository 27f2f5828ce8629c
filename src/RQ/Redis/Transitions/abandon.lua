-- Abandon one execution of a dead worker: started -> queued at the head, scheduled (retry later), or failed: by the job's policy.
-- KEYS[1] rq:lock  [2] rq:leases  [3] rq:worker:<w>:executions  [4] rq:releasing  [5] rq:result-template
--   [6] rq:wip:<q>  [7] rq:failed:<q>  [8] rq:queue:<q>  [9] rq:scheduled:<q>  [10] rq:job:<j>
-- ARGV[1] now  [2] prefix  [3] dead worker's name  [4] result mode  [5] id  [6] execution  [7] to (failed | queued | scheduled)
--   [8] at front 0/1  [9] delay s  [10] retries left or ''  [11] recovered 0/1  [12] failure TTL  [13] started_at
--   [14] ended_at  [15] started  [16] ended (unix time)  [17] text
--   [18] may touch undeclared lists 0/1  [19] the entry of rq:wip by which it counts as dead; '' when it is the worker's lease
--   [20] its score when it was found dead
-- Returns alive (there was a sign of life meanwhile: nothing was done), or what finish.lua does.
-- include: clock lifetimes declared kinds executions overdue results slots callbacks dependents endings failures
local prefix, worker = ARGV[2], ARGV[3]
local id, execution, entry = ARGV[5], ARGV[6], ARGV[19]

-- A job of Python's knows no execution; the entry is its fence.
local function fence_overdue()
  local f = redis.call('HMGET', KEYS[10], 'last_execution', 'last_outcome', 'dependency_ids', 'rate_limit_key', 'has_log', 'cron_name')
  if f[1] == execution and f[2] then return f[2] == 'abandoned' and 'already' or 'lost' end
  local score = tonumber(redis.call('ZSCORE', KEYS[6], entry) or '')
  if not score then return 'lost' end
  if score > now_s or score ~= tonumber(ARGV[20]) then return 'alive' end
  local verdict = judge_overdue(prefix, KEYS[6], KEYS[2], entry)
  -- Of a job that waits again the next pass finds out whether it does so on a list.
  if verdict == 'covered' or verdict == 'unstarted' then return 'alive' end
  if verdict == 'stale' then return 'lost' end
  redis.call('HSET', KEYS[10], 'last_execution', execution)
  return 'applied', {depended = f[3], rate = f[4] and f[4] ~= '' and f[4], logged = f[5], cron = f[6]}
end

local verdict, about, problem
if entry == '' then
  local lease = redis.call('ZSCORE', KEYS[2], worker)
  if lease and tonumber(lease) > now_ms then return 'alive' end
  verdict, about = fence(KEYS[10], execution, worker, {abandoned = true})
else
  verdict, about = fence_overdue()
  if verdict == 'alive' then return verdict end
end
if verdict == 'applied' then
  local f = {job = KEYS[10], id = id, execution = execution, worker = worker, mode = ARGV[4],
    releasing = KEYS[4], template = KEYS[5], failed = KEYS[7], queue = KEYS[8], scheduled = KEYS[9],
    to = ARGV[7], at_front = ARGV[8] == '1', delay = ARGV[9], retries_left = ARGV[10], recovered = ARGV[11] == '1',
    failure_ttl = ARGV[12], started_at = ARGV[13], ended_at = ARGV[14], started = ARGV[15], ended = ARGV[16],
    number_of_retries = '', type = ARGV[7] == 'failed' and '2' or '', text = ARGV[17], outcome = 'abandoned', about = about,
    may_touch = ARGV[18] == '1' and function() return true end or is_declared}
  verdict = end_unfinished(prefix, f) or verdict
  problem = f.problem
end
leave(prefix, KEYS[3], KEYS[6], id, execution, true)
-- Sent again, the entry may be that of the next run: Python RQ before 2.0 lists each by the job alone.
if entry ~= '' and verdict ~= 'already' then redis.call('ZREM', KEYS[6], entry) end
if problem then error(problem, 0) end
return verdict
