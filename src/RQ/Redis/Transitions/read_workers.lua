-- Read the records of workers, one page of a set of workers or one record. Nothing is written.
-- KEYS[1] rq:lock  [2] rq:workers, rq:workers:<q>, or the record
-- ARGV[1] now  [2] cursor, or '' when KEYS[2] is the record  [3] about how many
-- Returns {next cursor, per worker that has a record: {record's key, {fields and values}, {job:execution, ...}}}.
-- include: workers
local page = ARGV[2] == '' and {'0', {KEYS[2]}} or redis.call('SSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3])
local answer = {page[1]}
for _, record in ipairs(page[2]) do
  if is_worker(record) then
    answer[#answer + 1] = {record, redis.call('HGETALL', record), redis.call('SMEMBERS', record .. ':executions')}
  end
end
return answer
