-- List a scheduler among the cron schedulers, as RQ's own do, or show that it lives. Those that have not shown it for two minutes leave the list.
-- KEYS[1] rq:lock  [2] rq:cron_schedulers  [3] rq:cron_scheduler:<n>
-- ARGV[1] now  [2] name, then fields and values
-- Returns 1 when its schedules are listed, else 0: write them.
-- include: clock
redis.call('ZADD', KEYS[2], string.format('%.6f', now_us / 1000000), ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.6f', now_us / 1000000 - 120))
redis.call('HSET', KEYS[3], 'name', ARGV[2], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[3], 120)
return redis.call('HEXISTS', KEYS[3], 'cron_jobs')
