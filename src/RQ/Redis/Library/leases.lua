-- Who holds a worker's name: the lease says until when, rq:leases:owners which run of the worker ("incarnation" and its queues).
local function is_owner(owners, worker, incarnation)
  local owner = redis.call('HGET', owners, worker)
  return owner and string.sub(owner, 1, #incarnation) == incarnation
end

-- A lease that lasts much longer than one that begins now was written before the server's clock was set back. That of a dead worker would keep
-- its jobs until the clock is where it was.
local function shorten_leases(leases, lease_ms, most)
  local longest = now_ms + tonumber(lease_ms)
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', leases, '(' .. whole(longest + tonumber(lease_ms)), '+inf', 'LIMIT', 0, most)) do
    redis.call('ZADD', leases, whole(longest), name)
  end
end
