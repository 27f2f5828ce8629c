-- Finish executions: started -> finished, or queued / scheduled when the job repeats; result stored, dependents released (a great
--   many of them by release.lua afterwards).
-- KEYS[1] rq:lock  [2] rq:worker:<w>  [3] rq:worker:<w>:executions  [4] rq:releasing  [5] rq:result-template,
--   then per group (executions of one queue, and alike in what is said of them): rq:wip:<q>, rq:finished:<q>, rq:queue:<q>, rq:scheduled:<q>;
--   then per execution, group by group: rq:job:<j>
-- ARGV[1] now  [2] prefix  [3] worker name  [4] result mode  [5] may touch undeclared lists 0/1  [6] oldest job still running, or ''
--   [7] ended_at of the last that ended  [8] number of groups  [9] how many executions there is more to say of,
--   then per group: result TTL (s, -1 keep, 0 delete), number of executions, seconds that they worked in all, with times 0/1;
--   then for each of [9]: which execution, heartbeat written 0/1, has waited for others 0/1, rate limit or '', cron schedule or '',
--     repeats left after this run, or '', delay s, the value is stored although it is empty 0/1;
--   then per execution, group by group: its id; with times also: started_at, ended_at, started, ended (unix time), and the value
--     as the result mode stores it, or '' for none. Without times goes only what is deleted.
-- Returns applied when all were, else per execution applied | released (applied, and jobs that waited for it were queued) |
--   releasing (applied, and more is left to release.lua or admit.lua) | already | lost | gone.
-- include: clock moments arguments executions results
local call, sub = redis.call, string.sub
local prefix, worker, mode = ARGV[2], ARGV[3], ARGV[4]
local first_group = 5
local first_job = first_group + 4 * tonumber(ARGV[8])
local id_start = #prefix + 5
local results = prefix .. 'results:'
-- A server that may keep half a script, and has no streams: no job says that it has finished before it is among those that have.
local careful = mode == 'hash'
skip(9)

local groups, more = {}, {}
for n = 1, tonumber(ARGV[8]) do
  local keys = first_group + 4 * n - 3
  groups[n] = {wip = KEYS[keys], finished = KEYS[keys + 1], queue = KEYS[keys + 2], scheduled = KEYS[keys + 3],
    ttl = argument(), count = number(), seconds = number(), step = argument() == '1' and 6 or 1}
end
for _ = 1, tonumber(ARGV[9]) do
  more[number()] = {beat = argument() == '1', depended = argument() == '1', rate = argument(), cron = argument(),
    repeats_left = argument(), delay = argument(), has_value = argument() == '1'}
end

-- Who still runs is asked for all of them first, and then at once whether anything waits for one of them. No verdict yet: applied.
local verdicts, logged, had_result, waits, applied, is_waited_for = {}, {}, {}, {}, 0, false
local results_in_hash = careful and {'result', 'exc_info'} or {}
local function look(group, n, at)
  for _ = 1, group.count do
    local job, execution = KEYS[first_job + n], ARGV[at]
    local f = redis.pcall('HMGET', job, 'status', 'last_execution', 'worker_name', 'has_log', unpack(results_in_hash))
    if f[1] == 'started' and f[2] == execution and f[3] == worker then
      applied = applied + 1
      waits[applied] = job .. ':dependents'
      if f[4] then logged[n] = true end
      if f[5] or f[6] then had_result[n] = true end
    else
      verdicts[n] = fence_end(job, sub(job, id_start), execution, worker, KEYS[3], group.ttl == '0', {finished = true})
    end
    n, at = n + 1, at + group.step
  end
  return n, at
end

-- What a group's lists are told of its jobs, together. Those who no longer run leave, whatever is under the registries' names.
local listed, members, gone = {}, {}, {}
local function write_lists(group)
  local entries, ended, dead = listed, members, gone
  listed, members, gone = {}, {}, {}
  if #ended > 0 then
    redis.pcall('ZREM', group.wip, unpack(ended))
    call('SREM', KEYS[3], unpack(ended))
  end
  if #dead > 0 then call('DEL', unpack(dead)) end
  if #entries > 0 then call('ZADD', group.finished, unpack(entries)) end
end

-- A new stream is a copy whose only entry is older than any time.
local result_id = whole(server_us() / 1000) .. '-0'
local function store_value(job, id, execution, started, ended, value, ttl)
  if value then
    append_result(mode, KEYS[5], results .. id, ttl, result_id, 'type', '1', 'worker_name', worker, 'return_value', value,
      'execution_id', execution, 'execution_started_at', started, 'execution_ended_at', ended)
  else
    append_result(mode, KEYS[5], results .. id, ttl, result_id, 'type', '1', 'worker_name', worker,
      'execution_id', execution, 'execution_started_at', started, 'execution_ended_at', ended)
  end
end

-- What is not so with every job. Making its functions would cost the calls of ordinary jobs more than their own do.
local function load_end_with_more()
-- include: lifetimes declared kinds slots callbacks dependents endings
  local may_touch = ARGV[5] == '1' and function() return true end or is_declared

  -- Whether the series goes on: it may have been ended since the worker read the job, or the next run would be due after its end.
  local function goes_on(job, delay)
    local f = call('HMGET', job, 'repeats_left', 'repeat_until')
    if not f[1] or (tonumber(f[1]) or 0) <= 0 then return false end
    local last = f[2] and tonumber(f[2])
    if not last or now_us / 1000000 + tonumber(delay) <= last then return true end
    call('HSET', job, 'repeats_left', 0)
    return false
  end

  -- The next run of a repeating job. Its hash does not expire meanwhile, unless it has a time to wait of its own.
  local function repeat_job(job, id, group, about, at)
    if tonumber(about.delay) > 0 then
      put_on_schedule(prefix, group.scheduled, string.format('%.3f', now_us / 1000000 + tonumber(about.delay)), id)
      call('HSET', job, 'status', 'scheduled', 'repeats_left', about.repeats_left)
    else
      call('RPUSH', group.queue, id)
      call('HSET', job, 'status', 'queued', 'enqueued_at', at, 'repeats_left', about.repeats_left)
      wait_again(prefix, job, id)
    end
    call('HDEL', job, 'attempts')
  end

  return function(group, n, job, id, ended_at)
    local about, release, left = more[n] or {}, nil, false
    local again = about.repeats_left and about.repeats_left ~= '' and goes_on(job, about.delay)
    if again then repeat_job(job, id, group, about, ended_at) end
    if is_waited_for then release, left = try_release(prefix, KEYS[4], id, 'finished', job, ended_at, may_touch) end
    if not again then apply_ttl(prefix, job, id, group.ttl, release, about.depended, logged[n]) end
    if about.rate and about.rate ~= '' and (not again or tonumber(about.delay) > 0)
      and free_slot(prefix, KEYS[4], about.rate, id, ended_at, may_touch) then left = true end
    note_outcome(prefix, about.cron, id, 'finished')
    return left and 'releasing' or release
  end
end

local function list_end(job, id, ttl, n, expires_at)
  if ttl == '0' then
    gone[#gone + 1] = job
    gone[#gone + 1] = results .. id
    if logged[n] then gone[#gone + 1] = prefix .. 'job-log:' .. id end
  elseif ttl == '-1' then
    -- It may have had a time to wait.
    call('PERSIST', job)
  else
    call('PEXPIREAT', job, expires_at)
    if logged[n] then call('PEXPIREAT', prefix .. 'job-log:' .. id, expires_at) end
  end
end

local function list_as_finished(group, n, score)
  local entries = {}
  for each = n, n + group.count - 1 do
    if not verdicts[each] then
      entries[#entries + 1] = score
      entries[#entries + 1] = sub(KEYS[first_job + each], id_start)
    end
  end
  if #entries > 0 then call('ZADD', group.finished, unpack(entries)) end
end

-- The first error; it is raised when all else is written.
local problem
local end_with_more
local finished, seconds = 0, 0
local function end_group(group, n, at)
  local ttl, has_times = group.ttl, group.step > 1
  -- With its fraction it comes behind all before it; equal scores would be sorted by their ids, in the middle of a long registry.
  local score = ttl == '-1' and '+inf' or string.format('%.3f', now_us / 1000000 + tonumber(ttl))
  local expires_at = moment_after(ttl)
  local before = finished
  if careful and has_times and ttl ~= '0' then list_as_finished(group, n, score) end
  for _ = 1, group.count do
    local job, execution, about = KEYS[first_job + n], ARGV[at], more[n]
    local id = sub(job, id_start)
    local verdict = verdicts[n]
    if not verdict then
      local ended_at = has_times and ARGV[at + 2] or ARGV[7]
      if has_times then
        if ttl ~= '0' then
          local value = ARGV[at + 5]
          value = (value ~= '' or (about and about.has_value)) and value
          if careful then
            if had_result[n] then call('HDEL', job, 'result', 'exc_info') end
            if value then call('HSET', job, 'result', value) end
          else
            store_value(job, id, execution, ARGV[at + 3], ARGV[at + 4], value, ttl)
            listed[#listed + 1] = score
            listed[#listed + 1] = id
          end
        end
        call('HSET', job, 'status', 'finished', 'started_at', ARGV[at + 1], 'ended_at', ended_at, 'last_heartbeat', ended_at, 'last_outcome', 'finished')
      elseif is_waited_for then
        call('HSET', job, 'status', 'finished', 'last_outcome', 'finished')
      end
      finished = finished + 1
      members[#members + 1] = id .. ':' .. execution
      if about or is_waited_for then
        end_with_more = end_with_more or load_end_with_more()
        local ok, release = pcall(end_with_more, group, n, job, id, ended_at)
        if ok then
          verdicts[n] = release
        else
          problem = problem or release
          list_end(job, id, ttl, n, expires_at)
        end
      else
        list_end(job, id, ttl, n, expires_at)
      end
    elseif verdict ~= 'already' then
      members[#members + 1] = id .. ':' .. execution
    end
    if about and about.beat and verdict ~= 'already' then forget_heartbeats(prefix, id, execution) end
    n, at = n + 1, at + group.step
  end
  write_lists(group)
  -- Of a group of which some no longer count, their part of the time.
  seconds = seconds + group.seconds * (finished - before) / group.count
end

local n, at = 1, position + 1
for _, group in ipairs(groups) do n, at = look(group, n, at) end
is_waited_for = applied > 0 and call('EXISTS', unpack(waits)) > 0

n, at = 1, position + 1
for _, group in ipairs(groups) do
  -- What the server refuses to one of them undoes nothing of those before it.
  local ok, refusal = pcall(end_group, group, n, at)
  if not ok then
    problem = problem or refusal
    write_lists(group)
  end
  n, at = n + group.count, at + group.count * group.step
end
if finished > 0 then refresh_worker(KEYS[2], KEYS[3], ARGV[6], ARGV[7], 'successful_job_count', finished, seconds) end
if problem then error(problem, 0) end
if not next(verdicts) then return 'applied' end
for each = 1, n - 1 do verdicts[each] = verdicts[each] or 'applied' end
return verdicts
