-- Take jobs: queued -> started, at most as many as the worker has slots free, queues in order, claims of an idle wait first.
-- KEYS[1] rq:lock  [2] rq:suspended  [3] rq:worker:<w>  [4] rq:worker:<w>:executions  [5] rq:leases  [6] rq:leases:owners
--   [7] rq:paused, then per queue: rq:queue:<q>, rq:worker:<w>:claims:<q>, rq:wip:<q>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] slots  [5] most ids to look at  [6] started_at  [7] resume 0/1
--   [8] careful 0/1: a server that may keep half a script when it is killed; then no id leaves a list before it is in the next place
--   [9] incarnation  [10] most jobs per queue and round, as n,n,...; from the second round on at least 1. '' for no limit.  Then execution ids
-- Returns {state, more, dropped, {numbers of queues that are paused}, jobs}. Of a job that has just the usual fields: execution, queue number, id, and
--   the values as they were, in the order in which read_usual has them below; of any other {execution, queue number, id, {fields and values as they were}}.
--   more: 0, or 1 when it stopped at [5] before the slots or the queues ran out, or 2 when fewer slots were free than ids given.
--   state: ok | suspended | unregistered (no valid lease, or no record: nothing is taken, claims go back).  dropped: ids that named no queued job.
-- Sent twice with the same execution ids it answers with the same jobs. With resume it takes nothing and answers with
-- everything this worker has started: after a lost answer the worker finds there what it does not know of yet.
-- include: clock leases claims
local prefix, worker, slots, limit, at = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local careful = ARGV[8] == '1'
local first_id = 10
local queues = (#KEYS - 7) / 3

local lease = redis.call('ZSCORE', KEYS[5], worker)
local registered = lease and tonumber(lease) > now_ms and is_owner(KEYS[6], worker, ARGV[9])

-- Everything that this run has started and that is still its own; what is not leaves the set.
local function started_again(wanted)
  local answer = {'ok', 0, 0, {}}
  local numbers = {}
  for n = 1, queues do numbers[KEYS[5 + 3 * n]] = n end
  for _, member in ipairs(redis.call('SMEMBERS', KEYS[4])) do
    local id, execution = string.match(member, '^(.*):([^:]*)$')
    local f = id and redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'last_execution', 'worker_name', 'origin') or {}
    if f[1] ~= 'started' or f[2] ~= execution or f[3] ~= worker then
      redis.call('SREM', KEYS[4], member)
      redis.pcall('ZREM', prefix .. 'wip:' .. (f[4] or ''), member)
    elseif not wanted or wanted[execution] then
      answer[#answer + 1] = {execution, numbers[prefix .. 'queue:' .. (f[4] or '')] or 0, id, redis.call('HGETALL', prefix .. 'job:' .. id)}
    end
  end
  return answer
end

if ARGV[7] == '1' then
  if not registered then return {'unregistered', 0, 0, {}} end
  return started_again(nil)
end
local record = redis.call('HMGET', KEYS[3], 'last_take', 'birth', 'queues', 'death', 'state', 'current_job')
if ARGV[first_id + 1] and record[1] == ARGV[first_id + 1] then
  local wanted = {}
  for n = first_id + 1, #ARGV do wanted[ARGV[n]] = true end
  return started_again(wanted)
end
-- What is written into a record that is gone would make half of one, nobody's: the worker registers first.
registered = registered and (record[2] or record[3]) and not record[4]

local suspended, paused, is_paused = false, {}, {}
if redis.call('EXISTS', KEYS[2], KEYS[7]) > 0 then
  suspended = redis.call('EXISTS', KEYS[2]) == 1
  for queue = 1, queues do
    is_paused[queue] = redis.call('SISMEMBER', KEYS[7], KEYS[5 + 3 * queue]) == 1
    if is_paused[queue] then paused[#paused + 1] = queue end
  end
end
local given = #ARGV - first_id
local free = math.min(slots - redis.call('SCARD', KEYS[4]), given)
local limited = free < given
if suspended or not registered then free, limited = 0, false end
local answer = {not registered and 'unregistered' or suspended and 'suspended' or 'ok', 0, 0, paused}
local looked, dropped, taken = 0, 0, 0
local members, first_taken, answered = {}, nil, #answer
local usual_due = whole(now_s + 90)

-- RQ keeps a job in the registries of its origin, whatever list it came from.
local entries = {}
local function list_as_started(wip, due, member)
  local list = entries[wip]
  if not list then
    list = {}
    entries[wip] = list
  end
  list[#list + 1] = due
  list[#list + 1] = member
  members[#members + 1] = member
end

local function write_lists()
  if #members == 0 then return end
  redis.call('SADD', KEYS[4], unpack(members))
  for wip, list in pairs(entries) do
    -- Jobs that have started are run, whatever is under the registry's name; those that are about to are not started.
    local refusal = redis.pcall('ZADD', wip, unpack(list))
    if careful and type(refusal) == 'table' and refusal.err then error(refusal.err, 0) end
  end
  members, entries = {}, {}
end

local function say_started(job, execution)
  redis.call('HSET', job, 'status', 'started', 'started_at', at, 'last_heartbeat', at, 'worker_name', worker, 'last_execution', execution)
end

-- Where half a take can remain jobs are listed before they say that they are started: their ids are still claimed then, and a member
-- whose job has not started goes away by itself. So these are about to start.
local starting, is_starting = {}, {}
local function start_listed()
  write_lists()
  for n = 1, #starting, 2 do say_started(starting[n], starting[n + 1]) end
  starting = {}
end

-- Drops the id of a job whose time to live ran out while it waited. What few calls need is made when one needs it.
local drop_gone
local function load_drop_gone()
-- include: lifetimes
  -- Which limit the job counted for died with it. Sites with more limits than this wait for maintenance.
  local limits = redis.call('SRANDMEMBER', prefix .. 'rl-keys', 20)
  return function(id)
    note_gone(prefix, id)
    for _, key in ipairs(limits) do
      if redis.call('ZREM', prefix .. 'rl:' .. key .. ':allowed', id) == 1 then redis.call('HSET', prefix .. 'releasing', 'rl:' .. key, 'admit') end
    end
  end
end

-- What most jobs say and no more. Naming these costs less than reading every name; one that says something else is read whole, and so are those after it.
local has_usual = true
local function read_usual(job)
  local f = redis.pcall('HMGET', job, 'status', 'enqueued_at', 'created_at', 'data', 'origin', 'description', 'timeout', 'on_abandoned', 'result_ttl')
  has_usual = f[1] and f[2] and f[3] and f[4] and f[5] and f[6] and f[7] and f[8] and redis.call('HLEN', job) == (f[9] and 9 or 8)
  return has_usual and f
end

local function mark_started(id, job, queue, origin, timeout)
  taken = taken + 1
  local execution = ARGV[first_id + taken]
  local member = id .. ':' .. execution
  timeout = tonumber(timeout or '')
  list_as_started((origin and origin ~= '') and (prefix .. 'wip:' .. origin) or KEYS[7 + 3 * queue],
    timeout and timeout > 0 and timeout < 30 and whole(now_s + timeout + 60) or usual_due, member)
  if careful then
    starting[#starting + 1] = job
    starting[#starting + 1] = execution
    is_starting[id] = true
  else
    say_started(job, execution)
  end
  first_taken = first_taken or id
  return execution
end

local function can_start(status) return not status or status == 'queued' or status == 'created' end

local function start_unusual(id, job, queue)
  local fields = redis.pcall('HGETALL', job)
  if fields.err then return false end
  if #fields == 0 then
    drop_gone = drop_gone or load_drop_gone()
    drop_gone(id)
    return false
  end
  local f = {}
  for n = 1, #fields, 2 do f[fields[n]] = fields[n + 1] end
  -- Another status: the id is on the list twice, or was canceled.
  if not can_start(f.status) then return false end
  local execution = mark_started(id, job, queue, f.origin, f.timeout)
  if careful then start_listed() end
  if f.last_outcome == 'returned' then
    redis.call('HDEL', job, 'last_outcome')
  elseif f.last_outcome then
    -- Another life in between: how long its function was unknown before counts no more.
    redis.call('HDEL', job, 'last_outcome', 'unknown_since')
  end
  -- A job that has never run and has no ttl has nothing that expires.
  if (f.ttl or f.started_at) and redis.call('PERSIST', job) == 1 then
    redis.call('PERSIST', job .. ':dependents')
    redis.call('PERSIST', prefix .. 'job::' .. id .. ':dependencies')
    if f.has_log then redis.call('PERSIST', prefix .. 'job-log:' .. id) end
  end
  answered = answered + 1
  answer[answered] = {execution, queue, id, fields}
  return true
end

local function start(id, queue)
  if is_starting[id] then return false end
  local job = prefix .. 'job:' .. id
  local f = has_usual and read_usual(job)
  if not f then return start_unusual(id, job, queue) end
  if not can_start(f[1]) then return false end
  local n = answered
  answer[n + 1], answer[n + 2], answer[n + 3] = mark_started(id, job, queue, f[5], f[7]), queue, id
  answer[n + 4], answer[n + 5], answer[n + 6], answer[n + 7], answer[n + 8] = f[1], f[2], f[3], f[4], f[5]
  answer[n + 9], answer[n + 10], answer[n + 11], answer[n + 12] = f[6], f[7], f[8], f[9]
  answered = n + 12
  return true
end

-- What is under a queue's name may be no list. The jobs that were taken before must be written down all the same.
local failure
local function checked(ids)
  if type(ids) ~= 'table' or not ids.err then return ids end
  failure = ids
  return nil
end

-- The embedded server answers LPOP with a count of 1 by the element itself.
local function pop(list, count)
  local ids = checked(redis.pcall('LPOP', list, count))
  if type(ids) == 'string' then return {ids} end
  return ids or {}
end

-- Nothing is claimed while this script runs.
local has_claims = {}
local function next_ids(list, claims, count)
  if not careful then
    local ids = has_claims[claims] ~= false and pop(claims, count) or {}
    if #ids > 0 then return ids end
    has_claims[claims] = false
    return pop(list, count)
  end
  local ids = redis.call('LRANGE', claims, 0, count - 1)
  local left = count - #ids
  local following = left > 0 and checked(redis.pcall('LRANGE', list, 0, left - 1)) or {}
  if #following > 0 then
    redis.call('RPUSH', claims, unpack(following))
    redis.call('LPOP', list, #following)
    for _, id in ipairs(following) do ids[#ids + 1] = id end
  end
  return ids
end

-- Starts so many of the queue's jobs. Returns whether it may have more.
local popped, at_popped = {}, 0
local function take_from(queue, count)
  local list, claims = KEYS[5 + 3 * queue], KEYS[6 + 3 * queue]
  local goal = taken + count
  while taken < goal and looked < limit do
    popped, at_popped = next_ids(list, claims, goal - taken), 0
    if #popped == 0 then return false end
    popped.list = list
    for n, id in ipairs(popped) do
      at_popped = n
      looked = looked + 1
      if not start(id, queue) then dropped = dropped + 1 end
    end
    if careful then
      start_listed()
      redis.call('LPOP', claims, #popped)
    end
  end
  return true
end

local function take_in_rounds()
  local quotas, is_empty, least, goes_on = {}, {}, 0, true
  for quota in string.gmatch(ARGV[10], '%d+') do quotas[#quotas + 1] = tonumber(quota) end
  while goes_on and free > taken and looked < limit do
    goes_on = false
    for queue = 1, queues do
      if not is_paused[queue] and not is_empty[queue] then
        is_empty[queue] = not take_from(queue, math.min(math.max(quotas[queue], least), free - taken))
        goes_on = goes_on or not is_empty[queue]
      end
    end
    least = 1
  end
end

local function take_all()
  local in_order = ARGV[10] == ''
  if not in_order then take_in_rounds() end
  for queue = 1, queues do
    if in_order and not is_paused[queue] then take_from(queue, free - taken) end
    local claims = KEYS[6 + 3 * queue]
    if (free <= taken or is_paused[queue]) and has_claims[claims] ~= false then return_claims(claims, KEYS[5 + 3 * queue]) end
  end
end

-- What the server refuses in between undoes nothing: what has started is written down, and what was taken off a list and not
-- looked at goes back to its head.
local fine, refusal = pcall(take_all)
if not fine then
  failure = failure or refusal
  if careful then
    start_listed()
  else
    for n = #popped, at_popped + 1, -1 do redis.call('LPUSH', popped.list, popped[n]) end
  end
end

if taken > 0 then
  write_lists()
  redis.call('HSET', KEYS[3], 'state', 'busy', 'last_heartbeat', at, 'current_job_working_time', '0', 'last_take', ARGV[first_id + 1],
    'current_job', record[6] or first_taken)
  -- That of a busy worker is renewed by its heartbeats.
  if record[5] ~= 'busy' then redis.call('EXPIRE', KEYS[3], 90) end
end
if failure and taken == 0 then return failure end
if looked >= limit and free > taken then answer[2] = 1 elseif limited then answer[2] = 2 end
answer[3] = dropped
return answer
