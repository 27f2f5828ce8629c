-- Delete the results of a job; the job stays where it is.
-- KEYS[1] rq:lock  [2] rq:job:<j>  [3] rq:results:<j>
-- ARGV[1] now  [2] result mode
-- Returns nothing.
redis.call('DEL', KEYS[3])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HDEL', KEYS[2], 'result', 'exc_info')
  if ARGV[2] == 'hash' then
    redis.call('HSET', KEYS[2], 'results_deleted', redis.call('HGET', KEYS[2], 'last_execution') or '-')
  end
end
