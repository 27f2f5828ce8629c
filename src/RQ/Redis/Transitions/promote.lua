-- Promote scheduled jobs of one queue that are due, one bite: scheduled -> queued, or in line for their rate limit.
-- KEYS[1] rq:lock  [2] rq:scheduled:<q>  [3] rq:queue:<q>  [4] rq:releasing
-- ARGV[1] now  [2] prefix  [3] most entries to look at  [4] enqueued_at
-- Returns {number promoted, 1 when there may be more due, score of the next one or '', {rate limits to be admitted}}.
-- include: clock lifetimes slots
local prefix, at = ARGV[2], ARGV[4]
local bite = tonumber(ARGV[3])
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.6f', now_us / 1000000), 'WITHSCORES', 'LIMIT', 0, bite)
local promoted, kept, admits = 0, 0, {}
for n = 1, #due, 2 do
  local id, job = due[n], prefix .. 'job:' .. due[n]
  local f = redis.call('HMGET', job, 'status', 'enqueue_at_front', 'enqueue_at_front_on_retry', 'started_at', 'ttl', 'rate_limit_key',
    'rate_limit_concurrency', 'data')
  if not f[1] and not f[8] and tonumber(due[n + 1]) > now_s - 60 then
    -- Python lists a job before it writes it.
    kept = kept + 1
  else
    if f[1] == 'scheduled' or (f[8] and not f[1]) then
      if f[6] and f[6] ~= '' then
        wait_for_slot(prefix, f[6], f[7] or '1', id, job)
        redis.call('HSET', KEYS[4], 'rl:' .. f[6], 'admit')
        admits[#admits + 1] = f[6]
      else
        local front = f[2] == '1' or (f[3] == '1' and f[4] and f[4] ~= '')
        redis.call(front and 'LPUSH' or 'RPUSH', KEYS[3], id)
        redis.call('HSET', job, 'status', 'queued', 'enqueued_at', at)
      end
      redis.call('PERSIST', job)
      expire_waiting(prefix, job, id, f[5])
      promoted = promoted + 1
    elseif not f[1] then
      note_gone(prefix, id)
    end
    redis.call('ZREM', KEYS[2], id)
  end
end
local next_one = redis.call('ZRANGE', KEYS[2], kept, kept, 'WITHSCORES')
return {promoted, #due / 2 >= bite and kept < bite and 1 or 0, next_one[2] or '', admits}
