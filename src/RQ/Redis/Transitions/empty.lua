-- Empty a queue, one bite: the jobs that wait on it are deleted, or canceled.
-- KEYS[1] rq:lock  [2] rq:queue:<q>  [3] rq:releasing
-- ARGV[1] now  [2] prefix  [3] enqueued_at (for what is let in instead)  [4] may touch undeclared lists 0/1  [5] most ids to look at
--   [6] what becomes of them: delete | cancel
-- Returns {number of ids taken off the list, number of jobs, {those with more left to release.lua or admit.lua}}.
-- include: clock lifetimes declared kinds slots places callbacks dependents endings cancellation removal
local prefix, at = ARGV[2], ARGV[3]
local may_touch = ARGV[4] == '1' and function() return true end or is_declared
local how = {at = at, ttl = '', outcome = 'canceled', token = '', may_touch = may_touch}
local ids = redis.call('LRANGE', KEYS[2], 0, tonumber(ARGV[5]) - 1)
local jobs, left = 0, {}
for _, id in ipairs(ids) do
  -- It is at the head, unless a job that was let in came before it.
  redis.call('LREM', KEYS[2], 1, id)
  local place = read_place(prefix .. 'job:' .. id)
  -- One without a status is run from here, too: Python may have listed what it had only made.
  if place.exists and (not place.status or place.status == 'created' or list_of(prefix, place) == KEYS[2]) then
    jobs = jobs + 1
    -- It is off the list already, unless it was there twice: then the next look drops the other.
    place.status = nil
    local more
    if ARGV[6] == 'cancel' then
      more = cancel_job(prefix, KEYS[3], id, place, how)
    else
      more = delete_job(prefix, KEYS[3], id, place, at, may_touch)
    end
    if more then left[#left + 1] = id end
  elseif not place.exists then
    note_gone(prefix, id)
  end
end
return {#ids, jobs, left}
