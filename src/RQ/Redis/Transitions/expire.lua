-- Expire deferred jobs of one queue whose time to wait is over, one bite: deferred -> failed. Python ends some jobs without telling those
--   that wait: so callbacks whose end has come are noted in rq:releasing, and those that nothing calls any more are removed.
-- KEYS[1] rq:lock  [2] rq:deferred:<q>  [3] rq:releasing  [4] rq:result-template
-- ARGV[1] now  [2] prefix  [3] queue  [4] how many entries to skip  [5] most entries to look at  [6] result mode
--   [7] why they failed, as the result mode stores it  [8] ended_at
-- Returns {number looked at, number that left, {jobs whose dependents are to be told}}.
-- include: clock lifetimes declared results kinds slots callbacks dependents endings waiting
local prefix, offset, bite = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local entries = redis.call('ZRANGE', KEYS[2], offset, offset + bite - 1, 'WITHSCORES')
local left, cascade = 0, {}

-- What becomes of a callback; nil for one whose job is being released anyway.
local function verdict_on(callback_of, on, tie)
  if not tie or redis.call('HEXISTS', KEYS[3], callback_of) == 1 then return nil end
  local of = read_called_for(prefix, callback_of, nil)
  return judge_callback(on, tie, of), of.status or 'gone'
end

-- release.lua looks at what the job's set of dependents holds, which Python may have deleted.
local function note_end(id, parent, outcome)
  local dependents = prefix .. 'job:' .. parent .. ':dependents'
  redis.call('SADD', dependents, id)
  redis.call('PERSIST', dependents)
  redis.call('HSET', KEYS[3], parent, outcome)
  cascade[#cascade + 1] = parent
end

for n = 1, #entries, 2 do
  local id = entries[n]
  local f = redis.pcall('HMGET', prefix .. 'job:' .. id, 'status', 'ttl', 'origin', 'callback_of', 'callback_on', 'callback_tie')
  local ttl = tonumber(f[2] or '')
  local verdict, outcome
  if f[1] == 'deferred' and f[4] then verdict, outcome = verdict_on(f[4], f[5], f[6]) end
  if not f[1] then
    note_gone(prefix, id)
    redis.call('ZREM', KEYS[2], id)
    left = left + 1
  elseif verdict == 'void' then
    remove_callback(prefix, id, ARGV[3], f[4])
    left = left + 1
  elseif verdict == 'ready' then
    note_end(id, f[4], outcome)
  elseif f[1] == 'deferred' and f[3] == ARGV[3] and ttl and ttl > 0 and tonumber(entries[n + 1]) + ttl <= now_s then
    if end_waiting(prefix, KEYS[3], {id = id, queue = ARGV[3]}, 'failed', {mode = ARGV[6], template = KEYS[4], text = ARGV[7], at = ARGV[8]}) then
      cascade[#cascade + 1] = id
    end
    left = left + 1
  end
end
return {#entries / 2, left, cascade}
