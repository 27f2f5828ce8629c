-- Admit jobs that wait for a rate limit: rate_limited -> queued, while slots are free.
-- KEYS[1] rq:lock  [2] rq:releasing, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] the limit's key  [4] enqueued_at  [5] may touch undeclared lists 0/1  [6] drop stale slots first, after skipping so many; '' not
-- Returns {'declare', key} (send again with that key too) | {'more'} (send again) | {'next', number} (send again with that for [6]) | {'done'}.
-- include: clock lifetimes declared kinds slots
local prefix, key = ARGV[2], ARGV[3]
local from = tonumber(ARGV[6])
if from then
  -- Slots of jobs that expired, or that others ended without telling.
  local ids, stale = redis.call('ZRANGE', prefix .. 'rl:' .. key .. ':allowed', from, from + 499), 0
  for _, id in ipairs(ids) do
    if not holds_slot(prefix, key, id) then stale = stale + redis.call('ZREM', prefix .. 'rl:' .. key .. ':allowed', id) end
  end
  if #ids == 500 then return {'next', from + #ids - stale} end
end
local refused = admit_waiting(prefix, key, ARGV[4], ARGV[5] == '1' and function() return true end or is_declared)
if refused == 'more' then return {'more'} end
if refused then return {'declare', refused} end
redis.call('HDEL', KEYS[2], 'rl:' .. key)
return {'done'}
