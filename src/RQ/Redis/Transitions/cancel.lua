-- Cancel jobs: created, queued, deferred, scheduled, rate_limited, ready or started -> canceled. A running one is fenced off: its
--   outcome will be dropped.
-- KEYS[1] rq:lock  [2] rq:releasing, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] ended_at  [4] may touch undeclared lists 0/1  [5] release those that wait for them 0/1
--   [6] take them out of the lists of those they wait for 0/1  [7] TTL s, -1 keep, '' = the job's failure TTL or a year  [8] token: the same again changes nothing, then ids
-- Returns {'declare', key, ...} (nothing was done), or per job done | done:<worker> (it was running) | releasing[:<worker>] (done, and more
--   is left to release.lua or admit.lua) | missing | the status that it had ended with.
-- include: clock declared slots places dependents endings
local prefix, at = ARGV[2], ARGV[3]
local may_touch = ARGV[4] == '1' and function() return true end or is_declared
local undeclared, places = {'declare'}, {}
for n = 9, #ARGV do
  local place = read_place(prefix .. 'job:' .. ARGV[n])
  local list = list_of(prefix, place)
  if list and not may_touch(list) then undeclared[#undeclared + 1] = list end
  places[n] = place
end
if #undeclared > 1 then return undeclared end
local ended = {finished = true, failed = true, stopped = true, canceled = true}
local answer = {}
for n = 9, #ARGV do
  local id, place = ARGV[n], places[n]
  local job = prefix .. 'job:' .. id
  if not place.exists then
    answer[#answer + 1] = 'missing'
  elseif place.status == 'canceled' and redis.call('HGET', job, 'change_token') == ARGV[8] then
    answer[#answer + 1] = redis.call('HEXISTS', KEYS[2], id) == 1 and 'releasing' or 'done'
  elseif ended[place.status] then
    answer[#answer + 1] = place.status
  else
    local verdict, worker = 'done', ''
    if place.status == 'started' then
      worker = ':' .. (redis.call('HGET', job, 'worker_name') or '')
      redis.call('DEL', prefix .. 'execution:' .. id .. ':' .. place.execution, prefix .. 'executions:' .. id)
    end
    local ttl = ARGV[7] ~= '' and ARGV[7] or place.failure_ttl or '31536000'
    redis.call('ZADD', prefix .. 'canceled:' .. place.origin, whole(now_s), id)
    redis.call('HSET', job, 'status', 'canceled', 'change_token', ARGV[8])
    leave_place(prefix, id, place)
    if ARGV[6] == '1' then forget_parents(prefix, id) end
    local release = release_dependents(prefix, KEYS[2], id, ARGV[5] == '1' and 'gone' or 'canceled', job, at, may_touch)
    if ttl == '0' then redis.call('ZREM', prefix .. 'canceled:' .. place.origin, id) end
    if redis.call('EXISTS', prefix .. 'results:' .. id) == 1 and ttl ~= '0' and ttl ~= '-1' then redis.call('EXPIRE', prefix .. 'results:' .. id, ttl) end
    if ttl == '-1' then redis.call('PERSIST', job) end
    apply_ttl(prefix, job, id, ttl, release, place.depended, place.logged)
    if place.rate and free_slot(prefix, KEYS[2], place.rate, id, at, may_touch) then release = 'releasing' end
    if release == 'releasing' then verdict = 'releasing' end
    answer[#answer + 1] = verdict .. worker
  end
end
return answer
