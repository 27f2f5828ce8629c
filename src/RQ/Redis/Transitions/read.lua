-- Read jobs whole. A script, so that no transition is seen half done on any server.
-- KEYS[1] rq:lock, then rq:job:<j> each
-- Returns per job its fields and values, empty when it does not exist. Of several, one whose key holds something else is none: it must not hide the others.
local jobs = {}
for n = 2, #KEYS do
  jobs[n - 1] = redis.pcall('HGETALL', KEYS[n])
  if jobs[n - 1].err then
    if #KEYS == 2 then return jobs[1] end
    jobs[n - 1] = {}
  end
end
return jobs
