-- Release dependents of an ended job, one bite: deferred -> queued for each whose dependencies are all met now.
-- KEYS[1] rq:lock  [2] rq:releasing  [3] rq:job:<parent>:dependents  [4] rq:job:<parent>, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] parent's id  [4] cursor  [5] enqueued_at  [6] about how many to look at
-- Returns {'declare', key, ...} | {'done', id, ...} | {cursor of the next bite, id, ...}; the ids are those released.
-- include: clock declared
local prefix, parent, bite = ARGV[2], ARGV[3], ARGV[6]
local outcome = redis.call('HGET', KEYS[2], parent)
if not outcome then return {'done'} end
local page = redis.call('SSCAN', KEYS[3], ARGV[4], 'COUNT', bite)

-- What the job ended as may be known only to rq:releasing, when the job itself is gone. Gone and unknown counts as met.
local function is_met(id, allow_failure)
  local status = id == parent and outcome or redis.call('HGET', prefix .. 'job:' .. id, 'status') or redis.call('HGET', KEYS[2], id)
  return not status or status == 'finished' or (status == 'failed' and allow_failure)
end

local function all_met(id, allow_failure)
  if not is_met(parent, allow_failure) then return false end
  for _, other in ipairs(redis.call('SMEMBERS', prefix .. 'job::' .. id .. ':dependencies')) do
    if not is_met(other, allow_failure) then return false end
  end
  return true
end

local ready, over = {}, {}
for _, id in ipairs(page[2]) do
  local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'origin', 'allow_dependency_failures', 'enqueue_at_front')
  if f[1] ~= 'deferred' or not f[2] then
    over[#over + 1] = id
  elseif all_met(id, f[3] == '1') then
    need(prefix .. 'queue:' .. f[2])
    ready[#ready + 1] = {id = id, queue = f[2], front = f[4] == '1'}
  end
end
if #undeclared > 1 then return undeclared end

local answer = {page[1] == '0' and 'done' or page[1]}
for n, child in ipairs(ready) do
  redis.call('ZREM', prefix .. 'deferred:' .. child.queue, child.id)
  redis.call('HSET', prefix .. 'job:' .. child.id, 'status', 'queued', 'enqueued_at', ARGV[5])
  redis.call(child.front and 'LPUSH' or 'RPUSH', prefix .. 'queue:' .. child.queue, child.id)
  redis.call('SREM', KEYS[3], child.id)
  answer[n + 1] = child.id
end
for _, id in ipairs(over) do redis.call('SREM', KEYS[3], id) end
if page[1] == '0' then
  redis.call('HDEL', KEYS[2], parent)
  local ttl = redis.call('TTL', KEYS[4])
  if ttl == -2 then redis.call('DEL', KEYS[3]) elseif ttl >= 0 then redis.call('EXPIRE', KEYS[3], ttl) end
end
return answer
