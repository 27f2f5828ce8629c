-- Cron schedules: the hash rq:cron-schedule:<name>, and rq:cron-due, which lists when each is due next.

-- Fields and values of a schedule; none when there is no such hash.
local function schedule_fields(prefix, name)
  local fields = redis.pcall('HGETALL', prefix .. 'cron-schedule:' .. name)
  return fields.err and {} or fields
end

-- How the schedule stands: {fields and values, status of its last job or '', {id, status, id, status ... of its newest jobs, the newest first}}.
-- Of schedules that do not care whether their jobs overlap the jobs are not looked at.
local function read_schedule(prefix, name, fields)
  local overlap, last, snapshot = 'allow', nil, {}
  for n = 1, #fields, 2 do
    if fields[n] == 'overlap' then overlap = fields[n + 1] end
    if fields[n] == 'last_job_id' then last = fields[n + 1] end
  end
  if overlap ~= 'allow' then
    local ids = redis.pcall('ZREVRANGE', prefix .. 'cron_job:' .. name .. ':jobs', 0, 9)
    for _, id in ipairs(ids.err and {} or ids) do
      local status = redis.pcall('HGET', prefix .. 'job:' .. id, 'status')
      snapshot[#snapshot + 1] = id
      snapshot[#snapshot + 1] = type(status) == 'string' and status or ''
    end
  end
  local status = last and redis.pcall('HGET', prefix .. 'job:' .. last, 'status')
  return {fields, type(status) == 'string' and status or '', snapshot}
end

-- The schedule's version, by which every change of it is told from those before; nil when there is no such schedule, or what is there is none
-- that could be counted up.
local function version_of(schedule)
  local version = redis.pcall('HGET', schedule, 'version')
  return type(version) == 'string' and string.match(version, '^%d+$') or nil
end

-- Whether the schedule is not due yet by the server's clock. It was listed as due then, which is put right.
local function is_early(schedule, due, name)
  local time = redis.call('HGET', schedule, 'due')
  if (tonumber(time or '') or 0) <= now_us / 1000000 then return false end
  redis.call('ZADD', due, time, name)
  return true
end

-- A time of the schedule is over, run or not: it goes on with the next one.
-- turn: schedule, due (keys), name, slot (the time), skipped (how many were left out), next, next_due ('' for none)
local function advance(turn)
  redis.call('HINCRBY', turn.schedule, 'version', 1)
  redis.call('HSET', turn.schedule, 'next', turn.next, 'due', turn.next_due, 'passed', turn.slot)
  -- Counts are for people: what is wrong with one holds up nothing.
  if turn.skipped ~= '0' then redis.pcall('HINCRBY', turn.schedule, 'skipped', turn.skipped) end
  if turn.next == '' then
    redis.call('ZREM', turn.due, turn.name)
  else
    redis.call('ZADD', turn.due, turn.next_due, turn.name)
  end
end

-- Why the turn of a schedule may not be taken, as enqueue.lua answers it; nil when it may. If the time was run before, the schedule goes on.
-- turn: as advance has it, and history (key), token, version; job: the key of the job's hash; id: the job's id
local has_begun = {started = true, finished = true, failed = true, stopped = true, canceled = true}
local function cron_refusal(turn, job, id)
  local f = redis.call('HMGET', job, 'enqueue_token', 'status', 'cron_name')
  -- The history is written after the job has its place: a hash alone may be what is left of a call that failed halfway.
  local is_placed = (f[1] or f[2]) and redis.call('ZSCORE', turn.history, id)
  if (is_placed and f[1] == turn.token) or redis.pcall('HGET', turn.schedule, 'last_token') == turn.token then
    return {'ok', {f[2] or 'queued'}, {}, {}}
  end
  if version_of(turn.schedule) ~= turn.version then return {'stale'} end
  if turn.slot == '' then return nil end
  if is_early(turn.schedule, turn.due, turn.name) then return {'early'} end
  if f[3] ~= turn.name or not (is_placed or has_begun[f[2]]) then return nil end
  advance(turn)
  return {'ran'}
end

-- The job of the turn has its place: it is remembered, and the schedule goes on.
local function end_turn(turn, id)
  local now = string.format('%.6f', now_us / 1000000)
  redis.call('ZADD', turn.history, now, id)
  redis.call('ZREMRANGEBYRANK', turn.history, 0, -1001)
  redis.call('EXPIRE', turn.history, 31536000)
  if turn.slot ~= '' then
    advance(turn)
    redis.call('HSET', turn.schedule, 'last', turn.slot)
  else
    redis.call('HINCRBY', turn.schedule, 'version', 1)
    redis.call('SET', turn.changes, turn.token)
  end
  redis.call('HSET', turn.schedule, 'last_enqueued_at', now, 'last_job_id', id, 'last_token', turn.token)
  redis.call('HDEL', turn.schedule, 'last_outcome')
  redis.pcall('HINCRBY', turn.schedule, 'enqueued', 1)
end
