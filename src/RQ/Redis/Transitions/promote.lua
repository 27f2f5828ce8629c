-- Promote scheduled jobs of one queue that are due, one bite: scheduled -> queued, or in line for their rate limit. What is no job that
--   could be queued leaves the schedule, and is failed where that can be; at once, or after a while in which Python may still write it.
-- KEYS[1] rq:lock  [2] rq:scheduled:<q>  [3] rq:queue:<q>  [4] rq:releasing  [5] rq:scheduler-lock:<q>  [6] rq:result-template
-- ARGV[1] now  [2] prefix  [3] queue  [4] the name that must hold the queue's lock, or '' for a move by hand  [5] lock's time, ms
--   [6] how many due entries to skip  [7] most entries to look at  [8] enqueued_at  [9] result mode  [10] why jobs failed, as the result mode stores it
-- Returns {'lost'} (another holds the lock: nothing was done) | {'ok', number promoted, number looked at, number of those that stay,
--   now in µs, score of the first one that is not due or '', {rate limits to be admitted}, {jobs whose dependents are to be told},
--   {id, gone | kind | origin | limit | the job's status, ...: what was not queued}}.
-- include: clock lifetimes declared results kinds slots callbacks dependents endings waiting
local prefix, queue, owner, at = ARGV[2], ARGV[3], ARGV[4], ARGV[8]
local skipped, bite = tonumber(ARGV[6]), tonumber(ARGV[7])
if owner ~= '' then
  if redis.call('GET', KEYS[5]) ~= owner then return {'lost'} end
  redis.call('PEXPIRE', KEYS[5], ARGV[5])
end
-- A queue that is no list is nobody's fault here: it is told before anything has changed.
local wrong = wrong_kind(KEYS[3], 'list')
if wrong then return wrong end

local admits, cascade, bad = {}, {}, {}
local function note_bad(id, why)
  bad[#bad + 1] = id
  bad[#bad + 1] = why
end

-- Errors that a key of another kind raises are the entry's own; any other (out of memory, no permission) is not, and ends the call.
local function is_kind_error(err)
  return string.find(type(err) == 'table' and err.err or tostring(err), 'WRONGTYPE', 1, true)
end
local function attempt(what, ...)
  local ok, err = pcall(what, ...)
  if not ok and not is_kind_error(err) then error(err) end
  return ok
end

local function move(id, job, f)
  if f.origin ~= queue then redis.call('HSET', job, 'origin', queue) end
  if f.rate then
    wait_for_slot(prefix, f.rate, f.concurrency, id, job)
    redis.call('HSET', KEYS[4], 'rl:' .. f.rate, 'admit')
    admits[#admits + 1] = f.rate
  else
    redis.call(f.front and 'LPUSH' or 'RPUSH', KEYS[3], id)
    redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
  end
  redis.call('PERSIST', job)
  expire_waiting(prefix, job, id, f.ttl)
end

local function fail(id, job)
  redis.call('HSET', job, 'origin', queue)
  if end_waiting(prefix, KEYS[4], {id = id, queue = queue}, 'failed', {mode = ARGV[9], template = KEYS[6], text = ARGV[10], at = at}) then
    cascade[#cascade + 1] = id
  end
end

local function queue_or_fail(id, job, f)
  local why = not f.origin and 'origin' or not attempt(move, id, job, f) and 'limit'
  if not why then return true end
  note_bad(id, why)
  attempt(fail, id, job)
  return false
end

-- Whether the job waits for its time. Python lists also what was only made so far (create_job and registry.schedule): never queued, whatever it says.
local function is_waiting(job, status, enqueued_at)
  if status == 'scheduled' or status == 'created' then return true end
  if status == 'queued' then return not enqueued_at or enqueued_at == '' end
  return not status and redis.call('HEXISTS', job, 'data') == 1
end

-- A job that another queue's schedule lists too is that one's.
local function is_ours(id, origin)
  if not origin or origin == queue then return true end
  local score = redis.pcall('ZSCORE', prefix .. 'scheduled:' .. origin, id)
  return type(score) ~= 'string'
end

-- Python lists a job before it writes it. So an entry without a job, or with one that is still as it was before (its id is used again, or
-- it has just run and is run again), stays for a minute after it was due; one that was overdue when it was listed, in whole seconds as Python writes
-- them, for two seconds more.
local function may_be_written(id, score)
  if score > now_s - 60 then return 'stays' end
  if score ~= math.floor(score) then return nil end
  redis.call('ZADD', KEYS[2], whole(now_s - 58) .. '.5', id)
  return 'moved'
end

local now = string.format('%.6f', now_us / 1000000)
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'WITHSCORES', 'LIMIT', skipped, bite)
local promoted, kept = 0, 0
for n = 1, #due, 2 do
  local id, job = due[n], prefix .. 'job:' .. due[n]
  local leaves = true
  local f = redis.pcall('HMGET', job, 'status', 'origin', 'enqueue_at_front', 'enqueue_at_front_on_retry', 'started_at', 'ttl', 'rate_limit_key',
    'rate_limit_concurrency', 'enqueued_at')
  local status, origin = f[1] ~= '' and f[1], f[2] and f[2] ~= '' and f[2]
  local waits = not f.err and is_waiting(job, status, f[9])
  if f.err then
    if not is_kind_error(f) then return f end
    note_bad(id, 'kind')
  elseif waits and is_ours(id, origin) then
    if queue_or_fail(id, job, {origin = origin, front = f[3] == '1' or (f[4] == '1' and f[5] and f[5] ~= ''), ttl = f[6],
      rate = f[7] and f[7] ~= '' and f[7], concurrency = f[8] or '1'}) then promoted = promoted + 1 end
  else
    -- Not every server's Lua reads "-inf" as a number.
    local written = may_be_written(id, tonumber(due[n + 1]) or -math.huge)
    leaves = not written
    if written == 'stays' then kept = kept + 1 end
    if leaves and not waits then
      if not status then note_gone(prefix, id) end
      note_bad(id, status or 'gone')
    end
  end
  if leaves then redis.call('ZREM', KEYS[2], id) end
end
local following = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {'ok', promoted, #due / 2, kept, whole(now_us), following[2] or '', admits, cascade, bad}
