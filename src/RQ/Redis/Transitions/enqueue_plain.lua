-- Enqueue plain jobs: nothing -> queued. Their ids are fresh, and besides their queue's list nothing has to be looked at or written:
--   by far the most jobs are such, and enqueue.lua costs twice as much for them.
-- KEYS[1] rq:lock  [2] rq:queues
--   then per block: rq:queue:<q>, then per job of it rq:job:<j>
-- ARGV[1] now, not needed  [2] length of what stands before the id in a job's key
--   [3] all 0/1: whether a list that is none fails the whole call, or only its own jobs
--   then per block, which are jobs one after the other with most in common: at front 0/1, TTL s or '', number of jobs,
--     number of fields x 2, fields and values that all of them have, then per job: enqueued_at, data, description
-- Returns {number of a job, its status, ...} for those that are not queued now by this call: the same call was sent before, and this
--   is what became of it; or '' when nothing was done about it, because its queue's list is something else.
-- After an error nothing is stored: what can be wrong is looked at first, but not whether a user may write to each of the lists.
--   The same call again changes nothing.

-- include: kinds
local id_at, all = tonumber(ARGV[2]) + 1, ARGV[3] == '1'
local blocks, wrong = {}, {}
local key, at = 2, 3
while key < #KEYS do
  local list, jobs, fields = KEYS[key + 1], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if wrong[list] == nil then
    wrong[list] = wrong_kind(list, 'list') or false
    if all and wrong[list] then return wrong[list] end
  end
  blocks[#blocks + 1] = {list = list, push = ARGV[at + 1] == '1' and 'LPUSH' or 'RPUSH', ttl = ARGV[at + 2],
    first = key + 2, last = key + 1 + jobs, fields = at + 5, own = at + 5 + fields}
  key, at = key + 1 + jobs, at + 4 + fields + 3 * jobs
end

-- The id is pushed before the hash is there, in one step for all others: a server that keeps half of a script keeps an id without
-- a job, which is passed over, and the same call sent again does the rest.
local others, number = {}, 0
local function enqueue(block)
  local first, last = block.first, block.last
  local are_fresh, ids = redis.call('EXISTS', unpack(KEYS, first, last)) == 0, {}
  for n = first, last do
    if are_fresh or redis.call('EXISTS', KEYS[n]) == 0 then
      ids[#ids + 1] = string.sub(KEYS[n], id_at)
    else
      local status = redis.call('HGET', KEYS[n], 'status') or 'queued'
      others[#others + 1], others[#others + 2] = number + n - first + 1, status
      -- Replicas are waited for up to what the connection has written last, and a new one has written nothing yet: the same once more.
      redis.pcall('HSET', KEYS[n], 'status', status)
    end
  end
  if #ids == 0 then return end
  redis.call('SADD', KEYS[2], block.list)
  redis.call(block.push, block.list, unpack(ids))
  local own, ttl, fields, fields_end = block.own, block.ttl, block.fields, block.own - 1
  for n = first, last do
    if are_fresh or redis.call('EXISTS', KEYS[n]) == 0 then
      redis.call('HSET', KEYS[n], 'status', 'queued', 'enqueued_at', ARGV[own], 'created_at', ARGV[own], 'data', ARGV[own + 1],
        'description', ARGV[own + 2], unpack(ARGV, fields, fields_end))
      if ttl ~= '' then redis.call('EXPIRE', KEYS[n], ttl) end
    end
    own = own + 3
  end
end

for _, block in ipairs(blocks) do
  if wrong[block.list] then
    for n = block.first, block.last do others[#others + 1], others[#others + 2] = number + n - block.first + 1, '' end
  else
    enqueue(block)
  end
  number = number + block.last - block.first + 1
end
return others
