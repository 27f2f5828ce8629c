-- Reschedule a job: scheduled -> scheduled for another time; of a deferred one, the time that it waits for beside its dependencies.
-- KEYS[1] rq:lock  [2] rq:job:<j>
-- ARGV[1] now  [2] prefix  [3] id  [4] due, unix time, s  [5] the queue that it must be of, or ''  [6] token: the same again changes nothing
-- Returns done | missing | elsewhere (of another queue) | the status that forbids it.
-- include: clock lifetimes
local f = redis.call('HMGET', KEYS[2], 'status', 'origin', 'data', 'change_token')
if not f[1] and not f[3] then return 'missing' end
if ARGV[5] ~= '' and f[2] ~= ARGV[5] then return 'elsewhere' end
-- It may be queued meanwhile.
if f[4] == ARGV[6] then return 'done' end
if f[1] == 'scheduled' then
  put_on_schedule(ARGV[2], ARGV[2] .. 'scheduled:' .. (f[2] or ''), ARGV[4], ARGV[3])
elseif f[1] == 'deferred' then
  redis.call('HSET', KEYS[2], 'due', ARGV[4])
else
  return f[1] or 'created'
end
redis.call('HSET', KEYS[2], 'change_token', ARGV[6])
return 'done'
