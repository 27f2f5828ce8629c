-- Read the records of workers, one page of a set of workers or one record. Nothing is written.
-- KEYS[1] rq:lock  [2] rq:workers, rq:workers:<q>, or the record
-- ARGV[1] now  [2] cursor, or '' when KEYS[2] is the record  [3] about how many
-- What is under a worker's key and is no record is none, so that it hides no others. Returns {next cursor, per worker that has a record: {record's key, {fields and values}, {job:execution, ...}}}.
-- include: workers
local page = ARGV[2] == '' and {'0', {KEYS[2]}} or redis.call('SSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3])
local answer = {page[1]}
for _, record in ipairs(page[2]) do
  local is_hash, is_record = pcall(is_worker, record)
  if is_hash and is_record then
    local running = redis.pcall('SMEMBERS', record .. ':executions')
    answer[#answer + 1] = {record, redis.call('HGETALL', record), running.err and {} or running}
  end
end
return answer
