-- What every ended job shares: its keys live as long as it does, and the jobs that wait for it are released.

-- How many dependents one call releases by itself; the rest is done in bites by release.lua.
local release_budget = 500

-- The status of the job must be written before. Its dependents set outlives it until all were looked at.
-- Returns nil when nothing waits, 'released' when that is done, 'releasing' when there is more to do.
local function release_dependents(prefix, releasing, id, outcome, job, at, may_touch)
  local dependents = job .. ':dependents'
  if redis.call('EXISTS', dependents) == 0 then return nil end
  redis.call('PERSIST', dependents)
  redis.call('HSET', releasing, id, outcome)
  if redis.call('SCARD', dependents) > release_budget then return 'releasing' end
  local cursor, ready, over, refused = look_at_dependents(prefix, releasing, id, outcome, dependents, '0', 500, may_touch)
  release_budget = release_budget - #ready
  queue_dependents(prefix, dependents, ready, over, at)
  if cursor ~= '0' or #refused > 0 then return 'releasing' end
  end_release(releasing, id, job, dependents)
  return 'released'
end

-- ttl: seconds, -1 keep, 0 delete now.
local function apply_ttl(prefix, job, id, ttl, release)
  local dependencies = prefix .. 'job::' .. id .. ':dependencies'
  if ttl == '0' then
    redis.call('DEL', job, dependencies)
    if release ~= 'releasing' then redis.call('DEL', job .. ':dependents') end
  elseif ttl ~= '-1' then
    redis.call('EXPIRE', job, ttl)
    redis.call('EXPIRE', dependencies, ttl)
    if release == 'released' then redis.call('EXPIRE', job .. ':dependents', ttl) end
  end
end
