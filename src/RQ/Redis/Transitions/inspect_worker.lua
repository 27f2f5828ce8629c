-- What a worker whose lease ran out has left behind.
-- KEYS[1] rq:lock  [2] rq:leases  [3] rq:leases:owners  [4] rq:worker:<w>:executions  [5] rq:leases:waits
-- ARGV[1] now  [2] name
-- Returns {} when it is alive or already buried, else {JSON list of its queues, numbers of its waiting connections, job:execution ...}.
--   What names no execution leaves the set: nobody could recover it, and the worker would never be buried.
-- include: clock
local lease = redis.call('ZSCORE', KEYS[2], ARGV[2])
if not lease or tonumber(lease) > now_ms then return {} end
local answer = {string.match(redis.call('HGET', KEYS[3], ARGV[2]) or '', ' (.*)$') or '[]', redis.call('HGET', KEYS[5], ARGV[2]) or ''}
for _, member in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  if string.find(member, '.:.') then answer[#answer + 1] = member else redis.call('SREM', KEYS[4], member) end
end
return answer
