-- Empty a queue, one bite: the jobs that wait on it are deleted.
-- KEYS[1] rq:lock  [2] rq:queue:<q>  [3] rq:releasing, then other queues' lists known so far
-- ARGV[1] now  [2] prefix  [3] enqueued_at (for what is let in instead)  [4] may touch undeclared lists 0/1  [5] most ids to look at
--   [6] what becomes of them: delete | cancel
-- Returns {number of ids taken off the list, number of jobs, {those with more left to release.lua}, {rate limits to be admitted}}.
-- include: clock declared slots places removal
local prefix, at = ARGV[2], ARGV[3]
local may_touch = ARGV[4] == '1' and function() return true end or is_declared
local ids = redis.call('LRANGE', KEYS[2], 0, tonumber(ARGV[5]) - 1)
local jobs, releases, admits = 0, {}, {}
for _, id in ipairs(ids) do
  local job = prefix .. 'job:' .. id
  local place = read_place(job)
  if place.status == 'queued' and list_of(prefix, place) == KEYS[2] then
    jobs = jobs + 1
    if ARGV[6] == 'cancel' then
      redis.call('ZADD', prefix .. 'canceled:' .. place.origin, whole(now_s), id)
      redis.call('HSET', job, 'status', 'canceled')
      redis.call('EXPIRE', job, 31536000)
      if place.rate then
        redis.call('ZREM', prefix .. 'rl:' .. place.rate .. ':allowed', id)
        redis.call('HSET', KEYS[3], 'rl:' .. place.rate, 'admit')
      end
    else
      place.status = nil
      if delete_job(prefix, KEYS[3], id, place, at, may_touch) then releases[#releases + 1] = id end
    end
    if place.rate then admits[#admits + 1] = place.rate end
  end
end
if #ids > 0 then redis.call('LTRIM', KEYS[2], #ids, -1) end
return {#ids, jobs, releases, admits}
