-- Enqueue jobs: nothing -> queued; deferred while a job it depends on has not ended well; scheduled until it is due;
--   rate_limited while its limit is reached; started when its caller runs it itself. All of the call's jobs or none.
--   Or one job of a cron schedule, together with the schedule's step to its next time: each time of a schedule is run once,
--   whoever else tries. What is plain goes by enqueue_plain.lua.
-- KEYS[1] rq:lock  [2] rq:queues  [3] rq:groups  [4] rq:releasing
--   then per queue: rq:queue:<q>, rq:deferred:<q>, rq:scheduled:<q>, rq:wip:<q>
--   then of a cron schedule: rq:cron-schedule:<name>, rq:cron-due, rq:cron_job:<name>:jobs, rq:cron-changes
--   then per job: rq:job:<j>, then its parents' rq:job:<p>
--   then other queues' lists, when an earlier answer asked for them
-- ARGV[1] now  [2] prefix  [3] may touch undeclared lists 0/1
--   [4] one job of a cron schedule 0/1  [5] number of queues  [6] number of jobs
--   then per queue: most jobs that may wait on it, or ''
--   then of a cron schedule: name, token, the version that it must have, the time that is run ('' by hand),
--     how many times are left out, next time, when that is due (unix time, '' for none)
--   then per job: queue number, id, token ('' = the id is fresh), at front 0/1, TTL s or '', allow dependency failures 0/1,
--     what if a dependency is unmet ('' wait | run | fail | cancel), enqueued_at, unique ('' | stored | active), due (unix s) or '',
--     group or '', rate limit's key or '', its concurrency, execution when its caller runs it, or '',
--     number of parents, their ids, number of fields x 2, fields and values
-- Nothing was done: {'declare', key, ...} | {'running', id} | {'duplicate', id, status} | {'full', queue, length, most} | {'cycle', id, parent}
--   of a cron schedule {'stale'}: it has changed meanwhile | {'early'}: by the server's clock it is not due
--   | {'ran'}: that time was run before the schedule was stored anew, it goes on with the next one
-- Else {'ok', {status per job, 'canceled' for a callback that nothing calls any more and that is not stored}, {jobs whose dependents are to be released now}, {rate limits to be admitted now}}.
-- The same token again changes nothing.

-- include: clock lifetimes arguments declared kinds slots places callbacks cron
local prefix = ARGV[2]
local may_touch = ARGV[3] == '1' and function() return true end or is_declared
local queues, jobs, in_call = {}, {}, {}
skip(4)
local queue_count, job_count = number(), number()
for n = 1, queue_count do
  queues[n] = {list = KEYS[1 + 4 * n], deferred = KEYS[2 + 4 * n], scheduled = KEYS[3 + 4 * n], started = KEYS[4 + 4 * n], most = number(), pushed = 0}
end
local key = 4 + 4 * queue_count

local turn
if ARGV[4] == '1' then
  turn = {schedule = KEYS[key + 1], due = KEYS[key + 2], history = KEYS[key + 3], changes = KEYS[key + 4],
    name = argument(), token = argument(), version = argument(), slot = argument(), skipped = argument(), next = argument(), next_due = argument()}
  key = key + 4
  local wrong = wrong_kind(turn.history, 'zset') or wrong_kind(turn.due, 'zset')
  if wrong then return wrong end
  -- The job's number of its queue comes before its id.
  local refusal = cron_refusal(turn, KEYS[key + 1], ARGV[position + 2])
  if refusal then return refusal end
end
local active = {queued = true, deferred = true, scheduled = true, started = true, rate_limited = true, ready_to_enqueue = true}

-- RQ's rule, but judged now also for a parent that has already failed: missing parents count as met.
local function unmet_parents(job)
  local unmet = {}
  if job.callback then
    local parent = job.parents[1]
    local called_for = read_called_for(prefix, parent.id, nil)
    local verdict = in_call[parent.id] and 'waiting' or judge_callback(job.callback.on, job.callback.tie, called_for)
    parent.exists, parent.ended, job.is_void = called_for.stored, is_end[called_for.stored], verdict == 'void'
    return verdict == 'waiting' and {parent} or {}
  end
  for _, parent in ipairs(job.parents) do
    local status = redis.call('HGET', parent.key, 'status')
    local ended = status == 'failed' or status == 'stopped' or status == 'canceled'
    parent.exists = status
    local met = not status or status == 'finished' or (status == 'failed' and job.allow) or (ended and job.policy == 'run')
    parent.ended = ended
    if not met or in_call[parent.id] then unmet[#unmet + 1] = parent end
  end
  return unmet
end

-- What its fields say of a callback; nil for other jobs. It has one parent, and is released whatever end that comes to, for Python's sake.
local function read_callback(job)
  if job.policy ~= 'run' or #job.parents ~= 1 then return nil end
  local f = {}
  for n = job.first, job.last, 2 do f[ARGV[n]] = ARGV[n + 1] end
  return f.callback_tie and {on = f.callback_on, tie = f.callback_tie}
end

-- The parents that a waiting job waits for.
local function parents_of(id)
  local job = in_call[id]
  if job then
    local ids = {}
    for n, parent in ipairs(job.parents) do ids[n] = parent.id end
    return ids
  end
  if redis.call('HGET', prefix .. 'job:' .. id, 'status') ~= 'deferred' then return {} end
  return redis.call('SMEMBERS', prefix .. 'job::' .. id .. ':dependencies')
end

-- Whether one of the parents waits, by whatever detour, for the job itself. Only a job that others wait for can close a cycle;
-- those of the same call come behind it (the caller has put them in order).
local looks = 10000
local function closes_cycle(job)
  for _, parent in ipairs(job.parents) do if parent.id == job.id then return parent.id end end
  if #job.parents == 0 or redis.call('EXISTS', job.key .. ':dependents') == 0 then return nil end
  local seen, left = {}, {}
  for _, parent in ipairs(job.parents) do left[#left + 1] = {id = parent.id, by = parent.id} end
  while #left > 0 and looks > 0 do
    local at = table.remove(left)
    local parents = parents_of(at.id)
    looks = looks - 1 - #parents
    for _, id in ipairs(parents) do
      if id == job.id then return at.by end
      if not seen[id] then
        seen[id] = true
        left[#left + 1] = {id = id, by = at.by}
      end
    end
  end
  return nil
end

-- The keys that the jobs will be in, and of which kind they must be.
local kinds = {[KEYS[2]] = 'set', [KEYS[3]] = 'set', [KEYS[4]] = 'hash'}
local function note_kinds(job)
  local is_later = job.due and job.due > now_us / 1000000
  kinds[is_later and job.queue.scheduled or job.queue.list] = is_later and 'zset' or 'list'
  if #job.parents > 0 then kinds[job.queue.deferred] = 'zset' end
  for _, parent in ipairs(job.parents) do kinds[parent.key], kinds[parent.key .. ':dependents'] = 'hash', 'set' end
  if job.execution ~= '' then kinds[job.queue.started] = 'zset' end
  if job.group ~= '' then kinds[prefix .. 'group:' .. job.group] = 'set' end
  if job.rate ~= '' then
    local limit = prefix .. 'rl:' .. job.rate
    kinds[prefix .. 'rl-keys'], kinds[limit], kinds[limit .. ':allowed'], kinds[limit .. ':rate_limited'] = 'set', 'hash', 'zset', 'zset'
  end
end

local undeclared, again = {'declare'}, {}
for n = 1, job_count do
  key = key + 1
  local job = {key = KEYS[key], queue = queues[number()], id = argument(), token = argument(), front = argument() == '1', ttl = argument(),
    allow = argument() == '1', policy = argument(), at = argument(), unique = argument(), due = tonumber(argument()), group = argument(),
    rate = argument(), concurrency = argument(), execution = argument(), parents = {}}
  for p = 1, number() do
    key = key + 1
    job.parents[p] = {id = argument(), key = KEYS[key]}
  end
  local count = number()
  job.first, job.last = position + 1, position + count
  skip(count)
  job.callback = read_callback(job)
  -- A fresh id names nothing yet, or the same call was sent before.
  job.place = job.token ~= '' and read_place(job.key) or {exists = redis.call('EXISTS', job.key) == 1}
  -- Of a turn that is known by now: what is there is not from it, or has no place.
  if job.place.exists and not turn and (job.token == '' or redis.call('HGET', job.key, 'enqueue_token') == job.token) then
    job.again, again[job.id] = true, true
    -- Replicas are waited for up to what the connection has written last, and a new one has written nothing yet: the same once more.
    local status = redis.call('HGET', job.key, 'status')
    if status then redis.pcall('HSET', job.key, 'status', status) end
  elseif job.callback and again[job.parents[1].id] then
    -- Sent with its job, and sent before: it may have been called since.
    job.again = true
  elseif job.place.exists and (job.unique == 'stored' or (job.unique == 'active' and active[job.place.status])) then
    return {'duplicate', job.id, job.place.status or 'created'}
  elseif job.place.status == 'started' then
    return {'running', job.id}
  else
    local list = job.token ~= '' and list_of(prefix, job.place)
    if list and not may_touch(list) then undeclared[#undeclared + 1] = list end
  end
  jobs[n] = job
  if not job.again then
    in_call[job.id] = job
    note_kinds(job)
  end
end
if #undeclared > 1 then return undeclared end
for name, kind in pairs(kinds) do
  local wrong = wrong_kind(name, kind)
  if wrong then return wrong end
end

for _, job in ipairs(jobs) do
  if not job.again then
    local parent = closes_cycle(job)
    if parent then return {'cycle', job.id, parent} end
    local is_pushed = job.queue.most and (not job.due or job.due <= now_us / 1000000) and job.execution == '' and job.rate == ''
      and not (job.place.status == 'queued' and list_of(prefix, job.place) == job.queue.list)
    if is_pushed and #unmet_parents(job) == 0 and not job.is_void then
      job.queue.pushed = job.queue.pushed + 1
    end
  end
end
for _, queue in ipairs(queues) do
  if queue.most and queue.pushed > 0 then
    local length = redis.call('LLEN', queue.list)
    if length + queue.pushed > queue.most then return {'full', string.sub(queue.list, #prefix + 7), length, whole(queue.most)} end
  end
end

local releases, admits = {}, {}
local function note_admit(rate)
  redis.call('HSET', KEYS[4], 'rl:' .. rate, 'admit')
  admits[#admits + 1] = rate
end

-- An id in use: the old job leaves its place, so that it is in one place only. Results and dependents stay.
-- Returns whether the new one keeps the old one's place on the queue.
local searches = 0
local function displace(job)
  local place = job.place
  if job.token ~= '' then
    -- What waits for an earlier life of the job now waits for this one; but what a good end is about to release is released.
    local pending = redis.call('HGET', KEYS[4], job.id)
    if pending and pending ~= 'finished' then redis.call('HDEL', KEYS[4], job.id) end
    if place.exists or pending then redis.call('PERSIST', job.key .. ':dependents') end
    -- An earlier life that expired on its queue still holds its slot.
    if job.rate ~= '' and redis.call('ZREM', prefix .. 'rl:' .. job.rate .. ':allowed', job.id) == 1 then note_admit(job.rate) end
  end
  if not place.exists then return false end
  local keeps = false
  if place.status == 'queued' and list_of(prefix, place) == job.queue.list and not job.due and job.rate == '' and job.execution == '' then
    searches = searches + 1
    if searches <= 10 or redis.call('LLEN', job.queue.list) < 5000 then
      keeps = redis.call('LPOS', job.queue.list, job.id) and true or false
    else
      -- Searching a long list for each of many would hold up the server. An id that is on it twice is run once.
      place.status = nil
    end
  end
  if not keeps then leave_place(prefix, job.id, place) end
  -- One that repeats is listed as finished beside its place.
  if keeps and place.repeats then redis.call('ZREM', prefix .. 'finished:' .. place.origin, job.id) end
  if place.rate then
    redis.call('ZREM', prefix .. 'rl:' .. place.rate .. ':allowed', job.id)
    note_admit(place.rate)
  end
  if place.group and place.group ~= job.group then redis.call('SREM', prefix .. 'group:' .. place.group, job.id) end
  redis.call('DEL', job.key, forget_parents(prefix, job.id), prefix .. 'job-log:' .. job.id)
  return keeps
end

local function defer(job, unmet)
  redis.call('HSET', job.key, 'status', 'deferred', unpack(ARGV, job.first, job.last))
  redis.call('ZADD', job.queue.deferred, whole(now_s), job.id)
  local dependencies = prefix .. 'job::' .. job.id .. ':dependencies'
  for _, parent in ipairs(job.parents) do
    redis.call('SADD', dependencies, parent.id)
    -- Those that are met are told too: they may be run again before the others end.
    if parent.exists then redis.call('SADD', parent.key .. ':dependents', job.id) end
    -- Of a job that still waits the set outlives it: whoever finds that it expired releases them.
    local left = (parent.ended or parent.exists == 'finished') and redis.call('TTL', parent.key) or -1
    if left > 0 then redis.call('EXPIRE', parent.key .. ':dependents', left) end
  end
  for _, parent in ipairs(unmet) do
    if parent.ended and (job.policy == 'fail' or job.policy == 'cancel') then
      -- An end that is still being told of goes before.
      redis.call('HSETNX', KEYS[4], parent.id, redis.call('HGET', parent.key, 'status'))
      releases[#releases + 1] = parent.id
    end
  end
  -- Its time to wait is judged by maintenance, which says why it ended; the expiry is for sites where nothing does that.
  if job.ttl ~= '' then
    redis.call('EXPIRE', job.key, whole(tonumber(job.ttl) + 86400))
    redis.call('EXPIRE', dependencies, whole(tonumber(job.ttl) + 86400))
  end
  return 'deferred'
end

local function place(job)
  local is_due = not job.due or job.due <= now_us / 1000000
  if not is_due or job.rate ~= '' or job.execution ~= '' then redis.call('HSET', job.key, unpack(ARGV, job.first, job.last)) end
  if not is_due then
    redis.call('HSET', job.key, 'status', 'scheduled')
    put_on_schedule(prefix, job.queue.scheduled, string.format('%.6f', job.due), job.id)
    return 'scheduled'
  end
  if job.rate ~= '' then
    wait_for_slot(prefix, job.rate, job.concurrency, job.id, job.key)
    -- What is refused there is another job's: it is tried again by those who are told.
    local ok, left = pcall(admit_waiting, prefix, job.rate, job.at, may_touch)
    if not ok or left then note_admit(job.rate) end
    if job.ttl ~= '' then redis.call('EXPIRE', job.key, job.ttl) end
    return redis.call('HGET', job.key, 'status')
  end
  if job.execution ~= '' then
    redis.call('HSET', job.key, 'status', 'started', 'enqueued_at', job.at, 'started_at', job.at, 'last_heartbeat', job.at,
      'worker_name', 'sync', 'last_execution', job.execution)
    -- The caller beats every half minute, whatever the job does.
    redis.call('ZADD', job.queue.started, whole(now_s + 90), job.id .. ':' .. job.execution)
    return 'started'
  end
  redis.call('HSET', job.key, 'status', 'queued', 'enqueued_at', job.at, unpack(ARGV, job.first, job.last))
  if job.ttl ~= '' then redis.call('EXPIRE', job.key, job.ttl) end
  return 'queued'
end

local function settle(job, unmet)
  local keeps_place = displace(job)
  if job.group ~= '' then
    redis.call('SADD', prefix .. 'group:' .. job.group, job.id)
    redis.call('SADD', KEYS[3], job.group)
  end
  local status = #unmet > 0 and defer(job, unmet) or place(job)
  if #unmet == 0 and job.callback then note_come(job.key, job.callback.tie) end
  if status == 'queued' and job.rate == '' then
    if not keeps_place then redis.call(job.front and 'LPUSH' or 'RPUSH', job.queue.list, job.id) end
  elseif keeps_place then
    redis.call('LREM', job.queue.list, 0, job.id)
  end
  return status
end

local answer = {}
for n, queue in ipairs(queues) do redis.call('SADD', KEYS[2], queue.list) end
for n, job in ipairs(jobs) do
  if job.again then
    answer[n] = redis.call('HGET', job.key, 'status') or 'queued'
  else
    in_call[job.id] = nil
    local unmet = unmet_parents(job)
    answer[n] = job.is_void and 'canceled' or settle(job, unmet)
  end
end
if turn then end_turn(turn, jobs[1].id) end
return {'ok', answer, releases, admits}
