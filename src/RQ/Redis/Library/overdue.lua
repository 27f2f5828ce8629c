-- Started jobs whose entry in rq:wip is overdue. Python's workers, and callers that run their jobs themselves, have no lease: that
-- score is their only sign of life.

-- An entry is job:execution; Python RQ before 2.0 lists the job alone, and its ids may hold colons.
local function split_entry(prefix, entry)
  local id, execution = string.match(entry, '^(.*):([^:]*)$')
  if not id or redis.call('EXISTS', prefix .. 'job:' .. entry) == 1 then return entry, '' end
  return id, execution
end

-- Whether the job has another entry that is not overdue.
local function lives_elsewhere(prefix, wip, id, entry, last)
  local function lives(other)
    return other ~= entry and (tonumber(redis.call('ZSCORE', wip, other) or '') or 0) > now_s
  end
  if lives(id) or (last and lives(id .. ':' .. last)) then return true end
  for _, execution in ipairs(redis.call('ZREVRANGE', prefix .. 'executions:' .. id, 0, 20)) do
    if lives(id .. ':' .. execution) then return true end
  end
  return false
end

-- Whether whoever holds a worker's lease runs this. The job may name an earlier worker of that name, which had no lease: one of Python's.
local function runs_it(prefix, leases, worker, id, execution)
  return worker ~= '' and execution and redis.call('ZSCORE', leases, worker)
    and redis.call('SISMEMBER', prefix .. 'worker:' .. worker .. ':executions', id .. ':' .. execution) == 1
end

-- Returns what to do about an overdue entry, and the id, execution and worker that it tells of:
--   stale (it tells of nothing that runs: it goes) | covered (a lease decides about that worker) | abandoned |
--   unstarted (a Python worker listed it, and died before the status said that it runs: it may be on no list).
local function judge_overdue(prefix, wip, leases, entry)
  local id, execution = split_entry(prefix, entry)
  local f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'last_execution', 'worker_name')
  local worker = f[3] or ''
  local waits = f[1] == 'queued' or f[1] == 'created'
  local verdict = waits and 'unstarted' or 'abandoned'
  if not waits and f[1] ~= 'started' then
    verdict = 'stale'
  elseif not waits and runs_it(prefix, leases, worker, id, f[2]) then
    verdict = execution == f[2] and 'covered' or 'stale'
  elseif lives_elsewhere(prefix, wip, id, entry, f[2]) then
    verdict = 'stale'
  end
  return verdict, id, execution, worker
end
