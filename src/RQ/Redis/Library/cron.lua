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

-- The schedule's version, by which every change of it is told from those before; nil when there is no such schedule.
local function version_of(schedule)
  local version = redis.pcall('HGET', schedule, 'version')
  return type(version) == 'string' and version or nil
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
  if turn.skipped ~= '0' then redis.call('HINCRBY', turn.schedule, 'skipped', turn.skipped) end
  if turn.next == '' then
    redis.call('ZREM', turn.due, turn.name)
  else
    redis.call('ZADD', turn.due, turn.next_due, turn.name)
  end
end
