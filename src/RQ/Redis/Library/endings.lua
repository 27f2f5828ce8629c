-- What every ended job shares: its keys live as long as it does, and the jobs that wait for it are released.

-- How many dependents one call releases by itself; the rest is done in bites by release.lua.
local release_budget = 500

-- The status of the job must be written before. Its dependents set outlives it until all were looked at.
-- Returns nil when nothing waits, 'released' when that is done, 'releasing' when there is more to do; and whether those that got in line
-- for a rate limit were left to admit.lua.
local function release_dependents(prefix, releasing, id, outcome, job, at, may_touch)
  local dependents = job .. ':dependents'
  if redis.call('EXISTS', dependents) == 0 then return nil end
  redis.call('PERSIST', dependents)
  -- Those that still wait for the good end of an earlier run (of a job that repeats) are released by that.
  if redis.call('HGET', releasing, id) ~= 'finished' then redis.call('HSET', releasing, id, outcome) end
  release_budget = release_budget - redis.call('SCARD', dependents)
  if release_budget < 0 then
    keep_handed_over(prefix, job, outcome)
    return 'releasing'
  end
  local cursor, found = look_at_dependents(prefix, releasing, id, outcome, dependents, '0', 500, may_touch)
  local left, _, problem = queue_dependents(prefix, releasing, id, dependents, found, at)
  if problem then error(problem, 0) end
  if cursor ~= '0' or checks_left <= 0 or #found.refused > 0 or #found.doomed > 0 then
    keep_handed_over(prefix, job, outcome)
    return 'releasing'
  end
  end_release(releasing, id, job, dependents)
  return 'released', left
end

-- The same from a script that has other things to do: what the server refuses is left to release.lua, which tells of it.
local function try_release(prefix, releasing, id, outcome, job, at, may_touch)
  local ok, release, left = pcall(release_dependents, prefix, releasing, id, outcome, job, at, may_touch)
  if ok then return release, left end
  return 'releasing', false
end

-- A cron schedule remembers how its newest job ended, also when the job is gone.
local function note_outcome(prefix, cron, id, status)
  if not cron or cron == '' then return end
  local schedule = prefix .. 'cron-schedule:' .. cron
  if redis.pcall('HGET', schedule, 'last_job_id') == id then redis.call('HSET', schedule, 'last_outcome', status) end
end

-- ttl: seconds, -1 keep, 0 delete now. release: what release_dependents answered.
local function apply_ttl(prefix, job, id, ttl, release, depended, logged)
  local dependencies, log = prefix .. 'job::' .. id .. ':dependencies', prefix .. 'job-log:' .. id
  if ttl == '0' then
    redis.call('DEL', job, dependencies, log, prefix .. 'results:' .. id)
    if release ~= 'releasing' then redis.call('DEL', job .. ':dependents') end
  elseif ttl == '-1' then
    -- It may have had a time to wait.
    redis.call('PERSIST', job)
    if depended then redis.call('PERSIST', dependencies) end
    if release == 'released' then redis.call('PERSIST', job .. ':dependents') end
  else
    redis.call('EXPIRE', job, ttl)
    if depended then redis.call('EXPIRE', dependencies, ttl) end
    if logged then redis.call('EXPIRE', log, ttl) end
    if release == 'released' then redis.call('EXPIRE', job .. ':dependents', ttl) end
  end
end
