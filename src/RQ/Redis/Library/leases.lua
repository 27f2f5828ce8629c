-- Who holds a worker's name: the lease says until when, rq:leases:owners which run of the worker ("incarnation" and its queues).
local function is_owner(owners, worker, incarnation)
  local owner = redis.call('HGET', owners, worker)
  return owner and string.sub(owner, 1, #incarnation) == incarnation
end
