-- Write down on which connections a worker waits. A run whose name has passed to another writes nothing.
-- KEYS[1] rq:lock  [2] rq:leases:waits  [3] rq:leases:owners
-- ARGV[1] now  [2] name  [3] incarnation  [4] the connections' numbers
-- include: leases
if is_owner(KEYS[3], ARGV[2], ARGV[3]) then redis.call('HSET', KEYS[2], ARGV[2], ARGV[4]) end
