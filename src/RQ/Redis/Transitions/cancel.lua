-- Cancel jobs: created, queued, deferred, scheduled, rate_limited, ready or started -> canceled.
-- KEYS[1] rq:lock  [2] rq:releasing, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] ended_at  [4] may touch undeclared lists 0/1  [5] release those that wait for them 0/1
--   [6] take them out of the lists of those they wait for 0/1  [7] TTL s, -1 keep, '' = the job's failure TTL or a year
--   [8] only jobs of this status, or ''  [9] token: the same again changes nothing, then ids
-- Returns {'declare', key, ...} (nothing was done), or per job done | done:<worker> (it was running) | releasing[:<worker>] (done, and more
--   is left to release.lua or admit.lua) | missing | the status that forbids it.
-- include: clock lifetimes declared kinds slots places callbacks dependents endings cancellation
local prefix, only, token = ARGV[2], ARGV[8], ARGV[9]
local may_touch = ARGV[4] == '1' and function() return true end or is_declared
local undeclared, places = {'declare'}, {}
for n = 10, #ARGV do
  local place = read_place(prefix .. 'job:' .. ARGV[n])
  local list = list_of(prefix, place)
  if list and not may_touch(list) then undeclared[#undeclared + 1] = list end
  places[n] = place
end
if #undeclared > 1 then return undeclared end
local ended = {finished = true, failed = true, stopped = true, canceled = true}
local how = {at = ARGV[3], ttl = ARGV[7], outcome = ARGV[5] == '1' and 'gone' or 'canceled', token = token, may_touch = may_touch}
local answer = {}
for n = 10, #ARGV do
  local id, place = ARGV[n], places[n]
  local job = prefix .. 'job:' .. id
  if not place.exists then
    answer[#answer + 1] = 'missing'
  elseif place.status == 'canceled' and redis.call('HGET', job, 'change_token') == token then
    answer[#answer + 1] = redis.call('HEXISTS', KEYS[2], id) == 1 and 'releasing' or 'done'
  elseif ended[place.status] or (only ~= '' and place.status ~= only) then
    answer[#answer + 1] = place.status or 'created'
  else
    local worker = place.status == 'started' and ':' .. (redis.call('HGET', job, 'worker_name') or '') or ''
    if ARGV[6] == '1' then forget_parents(prefix, id) end
    answer[#answer + 1] = (cancel_job(prefix, KEYS[2], id, place, how) and 'releasing' or 'done') .. worker
  end
end
return answer
