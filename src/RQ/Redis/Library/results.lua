-- Stores results. Modes: 'copy' and 'stream' append to the job's stream; 'hash' (a server without streams) writes the
-- fields that RQ used before it had streams. A fresh stream reserves 4 KB for its first node, a copied one does not:
-- so a new stream starts as a copy of a one-entry template, and lives as long as that was told to.
local template_ttl

-- Returns whether that has changed it.
local function live_for(key, ttl)
  if ttl == '-1' then return redis.call('PERSIST', key) == 1 end
  return redis.call('EXPIRE', key, ttl) == 1
end

-- ttl: seconds, or -1 to keep it. Returns whether the stream is new: then its first entry is to push out the template's.
local function copy_template(template, key, ttl)
  if template_ttl ~= ttl then
    if not live_for(template, ttl) and redis.call('EXISTS', template) == 0 then
      redis.call('XADD', template, '0-1', 'type', '0')
      live_for(template, ttl)
    end
    template_ttl = ttl
  end
  return redis.call('COPY', template, key) == 1
end

-- first_id: the id of the first entry of a new stream, '*' for the server's own; later ones always get that. Then fields and values.
local function append_result(mode, template, key, ttl, first_id, ...)
  if mode == 'copy' and copy_template(template, key, ttl) then
    redis.call('XADD', key, 'MAXLEN', '1', first_id, ...)
  else
    redis.call('XADD', key, 'MAXLEN', '~', '10', '*', ...)
    live_for(key, ttl)
  end
end

local function store_in_hash(job, field, value)
  redis.call('HDEL', job, 'result', 'exc_info')
  if value then redis.call('HSET', job, field, value) end
end

local function store_result(mode, template, key, job, ttl, hash_field, value, entry)
  if mode == 'hash' then
    store_in_hash(job, hash_field, value)
  else
    append_result(mode, template, key, ttl, '*', unpack(entry))
  end
end
