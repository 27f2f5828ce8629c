-- Where a job is: its status names the place.
local registries = {finished = 'finished', failed = 'failed', stopped = 'failed', deferred = 'deferred', scheduled = 'scheduled',
  canceled = 'canceled', ready_to_enqueue = 'ready'}

-- What is needed to know a job's place.
local place_fields = {'status', 'origin', 'rate_limit_key', 'last_execution', 'repeats_left', 'group_id', 'has_log', 'failure_ttl',
  'dependency_ids', 'data'}

local function read_place(job)
  local f = redis.call('HMGET', job, unpack(place_fields))
  return {exists = f[1] or f[10], status = f[1], origin = f[2] or '', rate = f[3] and f[3] ~= '' and f[3], execution = f[4] or '',
    repeats = f[5], group = f[6] and f[6] ~= '' and f[6], logged = f[7], failure_ttl = f[8], depended = f[9]}
end

-- The queue's list that leaving the place touches, if any.
local function list_of(prefix, place)
  return place.status == 'queued' and place.origin ~= '' and prefix .. 'queue:' .. place.origin or nil
end

-- Takes the job out of its place. An id that an idle worker's pop has claimed is passed over by its take.
local function leave_place(prefix, id, place)
  if place.status == 'queued' then
    redis.call('LREM', prefix .. 'queue:' .. place.origin, 0, id)
  elseif place.status == 'started' then
    redis.call('ZREM', prefix .. 'wip:' .. place.origin, id, id .. ':' .. place.execution)
  elseif place.status == 'rate_limited' and place.rate then
    redis.call('ZREM', prefix .. 'rl:' .. place.rate .. ':rate_limited', id)
  elseif registries[place.status] then
    redis.call('ZREM', prefix .. registries[place.status] .. ':' .. place.origin, id)
  end
  -- A repeating job is listed as finished too.
  if place.repeats then redis.call('ZREM', prefix .. 'finished:' .. place.origin, id) end
end

-- No parent knows of the job any more.
local function forget_parents(prefix, id)
  local dependencies = prefix .. 'job::' .. id .. ':dependencies'
  for _, parent in ipairs(redis.call('SMEMBERS', dependencies)) do
    redis.call('SREM', prefix .. 'job:' .. parent .. ':dependents', id)
  end
  return dependencies
end
