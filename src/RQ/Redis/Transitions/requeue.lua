-- Requeue jobs: failed or stopped -> queued; or, by hand, from wherever they are but running -> queued on a queue of choice.
-- KEYS[1] rq:lock  [2] rq:queues  [3] rq:releasing, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] enqueued_at  [4] may touch undeclared lists 0/1  [5] at front 0/1  [6] queue, or '' for the job's own
--   [7] from (failed: only those in their queue's failed registry | origin: only those in the failed registry of [8] | any)  [8] queue whose failed registry may list ids of jobs that are gone, or ''
--   [9] token: the same again changes nothing, then ids
-- Returns {'declare', key, ...} (nothing was done), or per job done | releasing (done, and its rate limit is left to admit.lua) | missing
--   | the status that forbids it.
-- include: clock lifetimes declared executions kinds slots places
local prefix, at, front, target, any = ARGV[2], ARGV[3], ARGV[5] == '1', ARGV[6], ARGV[7] == 'any'
local may_touch = ARGV[4] == '1' and function() return true end or is_declared
local undeclared, places, wrong = {'declare'}, {}, nil
local function need(list) if list and not may_touch(list) then undeclared[#undeclared + 1] = list end end
for n = 10, #ARGV do
  local place = read_place(prefix .. 'job:' .. ARGV[n])
  if place.exists then
    need(list_of(prefix, place))
    local list = prefix .. 'queue:' .. (target ~= '' and target or place.origin)
    need(list)
    wrong = wrong or wrong_kind(list, 'list')
  end
  places[n] = place
end
if #undeclared > 1 then return undeclared end
if wrong then return wrong end

local function may_go(id, place)
  if any then return place.status ~= 'started' end
  if ARGV[7] == 'origin' and place.origin ~= ARGV[8] then return false end
  return (place.status == 'failed' or place.status == 'stopped') and redis.call('ZSCORE', prefix .. 'failed:' .. place.origin, id)
end

local answer = {}
for n = 10, #ARGV do
  local id, place = ARGV[n], places[n]
  local job = prefix .. 'job:' .. id
  if not place.exists then
    if ARGV[8] ~= '' then redis.call('ZREM', prefix .. 'failed:' .. ARGV[8], id) end
    answer[#answer + 1] = 'missing'
  elseif redis.call('HGET', job, 'change_token') == ARGV[9] then
    answer[#answer + 1] = 'done'
  elseif not may_go(id, place) then
    answer[#answer + 1] = place.status or 'created'
  else
    local queue = target ~= '' and target or place.origin
    local list = prefix .. 'queue:' .. queue
    leave_place(prefix, id, place)
    if redis.call('HGET', KEYS[3], id) ~= 'finished' then redis.call('HDEL', KEYS[3], id) end
    if any then forget_parents(prefix, id) end
    redis.call('SADD', KEYS[2], list)
    redis.call('HSET', job, 'origin', queue, 'started_at', '', 'ended_at', '', 'change_token', ARGV[9])
    redis.call('HDEL', job, 'exc_info', 'recoveries', 'unknown_since')
    if place.status == 'failed' or place.status == 'stopped' then redis.call('HINCRBY', job, 'attempts', 1) end
    redis.call('PERSIST', job)
    redis.call('PERSIST', job .. ':dependents')
    if place.depended then redis.call('PERSIST', prefix .. 'job::' .. id .. ':dependencies') end
    if place.logged then redis.call('PERSIST', prefix .. 'job-log:' .. id) end
    if place.rate then
      redis.call('ZREM', prefix .. 'rl:' .. place.rate .. ':allowed', id)
      wait_for_slot(prefix, place.rate, redis.call('HGET', job, 'rate_limit_concurrency') or '1', id, job)
      answer[#answer + 1] = admit_or_note(prefix, KEYS[3], place.rate, at, may_touch) and 'releasing' or 'done'
    else
      redis.call(front and 'LPUSH' or 'RPUSH', list, id)
      redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
      wait_again(prefix, job, id)
      answer[#answer + 1] = 'done'
    end
  end
end
return answer
