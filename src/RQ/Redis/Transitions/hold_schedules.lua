-- Hold the right to move the scheduled jobs of queues, RQ's lock: taken where it is free, renewed where it is ours.
-- KEYS[1] rq:lock  [2] rq:scheduler:<name>, then per queue: rq:scheduler-lock:<q>, rq:scheduled:<q>
-- ARGV[1] now  [2] name  [3] lock's time, ms  [4] record's TTL, s, or '' to leave the record alone, then fields and values of the record
-- Returns {now in µs, per queue: held | taken | foreign | broken, ms until a foreign lock runs out (negative: never) or '',
--   score of the first scheduled job or '' (of a broken one: what is wrong)}. What is wrong with one queue's keys stops no other.
-- include: clock
local name = ARGV[2]
if ARGV[4] ~= '' then
  redis.pcall('HSET', KEYS[2], unpack(ARGV, 5))
  redis.pcall('EXPIRE', KEYS[2], ARGV[4])
end

local function hold(lock, scheduled)
  local owner = redis.pcall('GET', lock)
  if type(owner) == 'table' then return 'broken', '', owner.err end
  if owner and owner ~= name then return 'foreign', redis.call('PTTL', lock), '' end
  local state = 'held'
  if owner then
    redis.call('PEXPIRE', lock, ARGV[3])
  else
    redis.call('SET', lock, name, 'PX', ARGV[3])
    state = 'taken'
  end
  local first = redis.pcall('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
  if first.err then return 'broken', '', first.err end
  return state, '', first[2] or ''
end

local answer = {whole(now_us)}
for n = 3, #KEYS, 2 do
  local state, left, score = hold(KEYS[n], KEYS[n + 1])
  answer[#answer + 1] = state
  answer[#answer + 1] = left
  answer[#answer + 1] = score
end
return answer
