-- Find executions that nobody keeps alive, one bite. Entries of jobs that are gone or do not run leave the registry.
-- KEYS[1] rq:lock  [2] rq:wip:<q>  [3] rq:leases
-- ARGV[1] now  [2] prefix  [3] how many entries to skip  [4] most entries to look at  [5] what the keys of notes begin with
--   [6] how long an entry must have kept its score to count as dead, ms
-- Returns {number looked at, number removed, then per dead execution: entry, id, execution or '', worker or '', score, abandoned | unstarted}.
-- The scores are by the clock of whoever runs the job, which may be behind this one: then each beat comes when its entry is already
-- overdue. A life shows in that the score changes.
-- include: clock lifetimes overdue
local prefix, offset, bite, patience = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6])

-- Where the clocks agree, an entry is this close to its end when a beat is late: noted from then on, it is found when it is overdue.
local notice = 60
-- What is listed before it starts may have to wait for a busy machine.
local start_grace = 30

-- Written down here for all cleaners: seldom do two passes after each other fall to the same one.
local function keeps_its_score(entry, score)
  local note = ARGV[5] .. entry
  local noted, since = string.match(redis.call('GET', note) or '', '^(%S+) (%d+)$')
  -- What was noted later than now was so before the server's clock was set back.
  if noted == score and tonumber(since) <= now_ms then return now_ms - tonumber(since) >= patience end
  redis.call('SET', note, score .. ' ' .. whole(now_ms), 'EX', 600)
  return false
end

local entries = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now_s + notice), 'WITHSCORES', 'LIMIT', offset, bite)
local answer, stale = {#entries / 2, 0}, {}
for n = 1, #entries, 2 do
  local entry, score = entries[n], entries[n + 1]
  local verdict, id, execution, worker = judge_overdue(prefix, KEYS[2], KEYS[3], entry)
  local over = now_s - tonumber(score)
  if verdict == 'stale' then
    if over >= 0 then
      note_gone(prefix, id)
      stale[#stale + 1] = entry
    end
  elseif verdict ~= 'covered' and keeps_its_score(entry, score) and over >= (verdict == 'unstarted' and start_grace or 0) then
    for _, part in ipairs({entry, id, execution, worker, score, verdict}) do answer[#answer + 1] = part end
  end
end
if #stale > 0 then answer[2] = redis.call('ZREM', KEYS[2], unpack(stale)) end
return answer
