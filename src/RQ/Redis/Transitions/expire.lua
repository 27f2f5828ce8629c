-- Expire deferred jobs of one queue whose time to wait is over, one bite: deferred -> failed. Callbacks whose job was canceled, or is
--   gone without anybody having told them (Python does not), are removed: they would call nothing.
-- KEYS[1] rq:lock  [2] rq:deferred:<q>  [3] rq:releasing  [4] rq:result-template
-- ARGV[1] now  [2] prefix  [3] queue  [4] how many entries to skip  [5] most entries to look at  [6] result mode
--   [7] why they failed, as the result mode stores it  [8] ended_at
-- Returns {number looked at, number that left, {jobs whose own dependents are to be told}}.
-- include: clock lifetimes declared results slots dependents endings waiting
local prefix, offset, bite = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local entries = redis.call('ZRANGE', KEYS[2], offset, offset + bite - 1, 'WITHSCORES')
local left, cascade = 0, {}

local function is_void(callback_of)
  if not callback_of or callback_of == '' then return false end
  local status = redis.call('HGET', prefix .. 'job:' .. callback_of, 'status')
  return (not status or status == 'canceled') and not redis.call('HGET', KEYS[3], callback_of)
end

for n = 1, #entries, 2 do
  local id = entries[n]
  local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'ttl', 'origin', 'callback_of')
  if not f[1] then
    note_gone(prefix, id)
    redis.call('ZREM', KEYS[2], id)
    left = left + 1
  elseif f[1] == 'deferred' and is_void(f[4]) then
    redis.call('ZREM', KEYS[2], id)
    redis.call('DEL', prefix .. 'job:' .. id, prefix .. 'job::' .. id .. ':dependencies')
    redis.call('SREM', prefix .. 'job:' .. f[4] .. ':dependents', id)
    note_gone(prefix, id)
    left = left + 1
  elseif f[1] == 'deferred' and f[3] == ARGV[3] and tonumber(f[2] or '') and tonumber(entries[n + 1]) + tonumber(f[2]) <= now_s then
    if end_waiting(prefix, KEYS[3], {id = id, queue = ARGV[3]}, 'failed', {mode = ARGV[6], template = KEYS[4], text = ARGV[7], at = ARGV[8]}) then
      cascade[#cascade + 1] = id
    end
    left = left + 1
  end
end
return {#entries / 2, left, cascade}
