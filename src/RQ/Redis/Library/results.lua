-- Stores a result. Modes: 'copy' and 'stream' append to the job's stream; 'hash' (a server without streams) writes the
-- fields that RQ used before it had streams. A fresh stream reserves 4 KB for its first node, a copied one does not:
-- so a new stream starts as a copy of a one-entry template.
-- ttl: seconds, -1 keep, '' leave as it is.
local function store_result(mode, template, key, job, ttl, hash_field, value, entry)
  if mode == 'hash' then
    redis.call('HDEL', job, 'result', 'exc_info')
    if value then redis.call('HSET', job, hash_field, value) end
    return
  end
  local copied = false
  if mode == 'copy' then
    copied = redis.call('COPY', template, key) == 1
    if not copied and redis.call('EXISTS', key) == 0 then
      redis.call('XADD', template, '0-1', 'type', '0')
      copied = redis.call('COPY', template, key) == 1
    end
  end
  if copied then
    -- The new entry pushes out the template's.
    redis.call('XADD', key, 'MAXLEN', '1', '*', unpack(entry))
  else
    redis.call('XADD', key, 'MAXLEN', '~', '10', '*', unpack(entry))
  end
  if ttl == '-1' then
    redis.call('PERSIST', key)
  elseif ttl ~= '' then
    redis.call('EXPIRE', key, ttl)
  end
end
