-- A late write to a worker's record that has expired makes half a one, often without a time to live: nobody's.
local function is_worker(record)
  local f = redis.call('HMGET', record, 'birth', 'queues')
  return f[1] or f[2]
end
