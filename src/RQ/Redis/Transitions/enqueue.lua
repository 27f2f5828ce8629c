-- Enqueue jobs on one queue: nothing -> queued, or deferred while a job it depends on has not ended well.
-- KEYS[1] rq:lock  [2] rq:queues  [3] rq:queue:<q>  [4] rq:deferred:<q>, then per job: rq:job:<j>, then its parents' rq:job:<p>;
--   behind them other queues' lists, when an earlier answer asked for them
-- ARGV[1] now  [2] prefix  [3] number of jobs, then per job: id, token ('' = the id is fresh), at front 0/1, TTL s or '',
--   allow dependency failures 0/1, enqueued_at, number of parents, their ids, number of fields x 2, fields and values
-- Returns {'declare', key, ...} | {'running', id, ...} (nothing was done) | {'ok', status per job}. The same token again changes nothing.
-- include: clock arguments declared
local prefix = ARGV[2]
local jobs = {}
local key = 4
local running, undeclared = {'running'}, {'declare'}
skip(3)
for n = 1, tonumber(ARGV[3]) do
  key = key + 1
  local job = {key = KEYS[key], id = argument(), token = argument(), front = argument() == '1', ttl = argument(),
    allow = argument() == '1', at = argument(), parents = {}}
  for p = 1, number() do
    key = key + 1
    job.parents[p] = {id = argument(), key = KEYS[key]}
  end
  local count = number()
  job.first, job.last = position + 1, position + count
  skip(count)
  local old = redis.call('HMGET', job.key, 'status', 'enqueue_token', 'origin', 'data')
  job.exists = old[1] or old[4]
  job.status, job.origin = old[1], old[3]
  if job.exists and (job.token == '' or old[2] == job.token) then
    job.again = true
  elseif job.status == 'started' then
    running[#running + 1] = job.id
  elseif job.status == 'queued' and job.origin then
    local list = prefix .. 'queue:' .. job.origin
    if not is_declared(list) then undeclared[#undeclared + 1] = list end
  end
  jobs[n] = job
end
if #running > 1 then return running end
if #undeclared > 1 then return undeclared end

-- An id in use: the old job leaves its place, so that it is in one place only. Results and dependents stay.
local function displace(job)
  if not job.exists then return false end
  local keeps_place = false
  local origin = job.origin or ''
  if job.status == 'queued' then
    local list = prefix .. 'queue:' .. origin
    if list == KEYS[3] then
      keeps_place = redis.call('LPOS', list, job.id) and true or false
    else
      redis.call('LREM', list, 0, job.id)
    end
  elseif job.status == 'stopped' then
    redis.call('ZREM', prefix .. 'failed:' .. origin, job.id)
  elseif job.status then
    redis.call('ZREM', prefix .. job.status .. ':' .. origin, job.id)
  end
  local dependencies = prefix .. 'job::' .. job.id .. ':dependencies'
  for _, parent in ipairs(redis.call('SMEMBERS', dependencies)) do
    redis.call('SREM', prefix .. 'job:' .. parent .. ':dependents', job.id)
  end
  redis.call('DEL', job.key, dependencies)
  redis.call('PERSIST', job.key .. ':dependents')
  return keeps_place
end

-- RQ's rule, but judged now also for a parent that has already failed: missing parents count as met.
local function unmet_parents(job)
  local unmet = {}
  for _, parent in ipairs(job.parents) do
    local status = redis.call('HGET', parent.key, 'status')
    local met = not status or status == 'finished' or (status == 'failed' and job.allow)
    parent.ended = status == 'failed' or status == 'stopped' or status == 'canceled'
    if not met then unmet[#unmet + 1] = parent end
  end
  return unmet
end

local answer = {'ok'}
redis.call('SADD', KEYS[2], KEYS[3])
for n, job in ipairs(jobs) do
  if job.again then
    answer[n + 1] = job.status or 'queued'
  else
    local keeps_place = displace(job)
    local unmet = unmet_parents(job)
    local dependencies = prefix .. 'job::' .. job.id .. ':dependencies'
    if #unmet > 0 then
      redis.call('HSET', job.key, unpack(ARGV, job.first, job.last))
      redis.call('HSET', job.key, 'status', 'deferred')
      redis.call('ZADD', KEYS[4], whole(now_s), job.id)
      for _, parent in ipairs(job.parents) do redis.call('SADD', dependencies, parent.id) end
      for _, parent in ipairs(unmet) do
        redis.call('SADD', parent.key .. ':dependents', job.id)
        -- Of a job that still waits they outlive it: whoever finds that it expired releases them.
        local left = parent.ended and redis.call('TTL', parent.key) or -1
        if left > 0 then redis.call('EXPIRE', parent.key .. ':dependents', left) end
      end
      if keeps_place then redis.call('LREM', KEYS[3], 0, job.id) end
      answer[n + 1] = 'deferred'
    else
      redis.call('HSET', job.key, 'status', 'queued', 'enqueued_at', job.at, unpack(ARGV, job.first, job.last))
      if not keeps_place then redis.call(job.front and 'LPUSH' or 'RPUSH', KEYS[3], job.id) end
      answer[n + 1] = 'queued'
    end
    if job.ttl ~= '' then
      redis.call('EXPIRE', job.key, job.ttl)
      redis.call('EXPIRE', dependencies, job.ttl)
    end
  end
end
return answer
