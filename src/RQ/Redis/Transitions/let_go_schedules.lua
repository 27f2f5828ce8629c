-- Let go of the right to move the scheduled jobs of queues, where it is ours, so that others need not wait until it runs out.
-- KEYS[1] rq:lock  [2] rq:scheduler:<name>, then per queue: rq:scheduler-lock:<q>
-- ARGV[1] now  [2] prefix  [3] name
-- Returns how many locks were ours.
-- include: clock lifetimes
local count = 0
redis.call('DEL', KEYS[2])
for n = 3, #KEYS do
  if redis.pcall('GET', KEYS[n]) == ARGV[3] then
    redis.call('DEL', KEYS[n])
    count = count + 1
  end
end
if count > 0 then wake_schedulers(ARGV[2]) end
return count
