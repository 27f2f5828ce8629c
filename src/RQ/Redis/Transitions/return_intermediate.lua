-- Return ids that a Python worker took off its queue and never started to the queue's head, one bite.
-- KEYS[1] rq:lock  [2] rq:queue:<q>:intermediate  [3] rq:queue:<q>  [4] rq:wip:<q>
-- ARGV[1] now  [2] prefix  [3] how many ids to skip  [4] most ids to look at  [5] how long they must have been seen there, s; '' returns none
-- Returns {number looked at, number that left the list, ids that went back ...}.
-- RQ's maintenance notes when it saw an id there first, under the same key, and fails the job a minute later.
-- include: clock lifetimes
local prefix, offset, bite, patience = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = now_us / 1000000

-- A worker lists the execution before the job's status says so.
local function is_being_started(id)
  if redis.call('ZSCORE', KEYS[4], id) then return true end
  for _, execution in ipairs(redis.call('ZRANGE', prefix .. 'executions:' .. id, 0, 20)) do
    if redis.call('ZSCORE', KEYS[4], id .. ':' .. execution) then return true end
  end
  return false
end

local ids = redis.call('LRANGE', KEYS[2], offset, offset + bite - 1)
local left, back = 0, {}
for _, id in ipairs(ids) do
  local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'data')
  local seen = KEYS[2] .. ':first_seen:' .. id
  if not f[2] or (f[1] and f[1] ~= 'queued' and f[1] ~= 'created') then
    -- Gone, or beyond the queue: whoever runs it has no more use for the entry.
    if not f[2] then note_gone(prefix, id) end
    left = left + redis.call('LREM', KEYS[2], 1, id)
    redis.call('DEL', seen)
  elseif not is_being_started(id) then
    local since = tonumber(redis.call('GET', seen) or '')
    if not since then
      redis.call('SET', seen, string.format('%.6f', now), 'NX', 'EX', 86400)
    elseif patience and now - since >= patience then
      left = left + redis.call('LREM', KEYS[2], 1, id)
      redis.call('DEL', seen)
      back[#back + 1] = id
    end
  end
end
for n = #back, 1, -1 do redis.call('LPUSH', KEYS[3], back[n]) end
return {#ids, left, unpack(back)}
