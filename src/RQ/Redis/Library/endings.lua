-- What every ended job shares: its keys live as long as it does, and jobs that wait for it are handed to the release.

-- Dependents are released in bites after this script (release.lua); until then their set must outlive the job.
local function hand_over_dependents(releasing, id, status, dependents)
  if redis.call('EXISTS', dependents) == 0 then return false end
  redis.call('PERSIST', dependents)
  redis.call('HSET', releasing, id, status)
  return true
end

-- ttl: seconds, -1 keep, 0 delete now. Returns whether the job is still there.
local function apply_ttl(prefix, job, id, ttl, waiting)
  local dependents = prefix .. 'job:' .. id .. ':dependents'
  local dependencies = prefix .. 'job::' .. id .. ':dependencies'
  if ttl == '0' then
    redis.call('DEL', job, dependencies)
    if not waiting then redis.call('DEL', dependents) end
    return false
  end
  if ttl ~= '-1' then
    redis.call('EXPIRE', job, ttl)
    redis.call('EXPIRE', dependencies, ttl)
    if not waiting then redis.call('EXPIRE', dependents, ttl) end
  end
  return true
end
