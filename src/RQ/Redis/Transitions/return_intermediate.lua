-- Return ids that a Python worker took off its queue and never started to the queue's head, one bite.
-- KEYS[1] rq:lock  [2] rq:queue:<q>:intermediate  [3] rq:queue:<q>  [4] rq:wip:<q>
-- ARGV[1] now  [2] prefix  [3] how many ids to skip  [4] most ids to look at  [5] how long they must have been seen there, s; '' returns none
--   [6] what the keys of notes begin with
-- Returns {number looked at, number that left the list, ids that went back ...}.
-- RQ's maintenance notes when it saw an id there first, for a day, and fails the job a minute later. That note outlives what it saw,
-- so this one is another: it tells of one life of the job on its queue, and is forgotten when nobody looks.
-- include: clock lifetimes kinds
local prefix, offset, bite, patience = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = now_us / 1000000

-- A worker lists the execution before the job's status says so.
local function is_being_started(id)
  if redis.call('ZSCORE', KEYS[4], id) then return true end
  for _, execution in ipairs(redis.call('ZREVRANGE', prefix .. 'executions:' .. id, 0, 20)) do
    if redis.call('ZSCORE', KEYS[4], id .. ':' .. execution) then return true end
  end
  return false
end

-- Returns for how long it was seen there, s, and notes that it was.
local function seen_for(id, enqueued_at)
  local note = ARGV[6] .. id
  local since, life = string.match(redis.call('GET', note) or '', '^(%S+) (.*)$')
  -- What was noted later than now was so before the server's clock was set back.
  if life == enqueued_at and tonumber(since) <= now then return now - tonumber(since) end
  redis.call('SET', note, string.format('%.6f', now) .. ' ' .. enqueued_at, 'EX', 120)
  return 0
end

local function forget(id)
  redis.call('DEL', ARGV[6] .. id, KEYS[2] .. ':first_seen:' .. id)
end

local wrong = wrong_kind(KEYS[3], 'list')
if wrong then return wrong end
local ids = redis.call('LRANGE', KEYS[2], offset, offset + bite - 1)
local left, back = 0, {}
for _, id in ipairs(ids) do
  local f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'data', 'enqueued_at')
  if not f[2] or (f[1] and f[1] ~= 'queued' and f[1] ~= 'created') then
    -- Gone, or beyond the queue: whoever runs it has no more use for the entry.
    if not f[2] and not f.err then note_gone(prefix, id) end
    left = left + redis.call('LREM', KEYS[2], 1, id)
    forget(id)
  elseif not is_being_started(id) then
    local seen = seen_for(id, f[3] or '')
    if patience and seen >= patience then
      left = left + redis.call('LREM', KEYS[2], 1, id)
      forget(id)
      back[#back + 1] = id
    end
  end
end
for n = #back, 1, -1 do redis.call('LPUSH', KEYS[3], back[n]) end
return {#ids, left, unpack(back)}
