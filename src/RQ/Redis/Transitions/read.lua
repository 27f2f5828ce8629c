-- Read jobs whole. A script, so that no transition is seen half done on any server.
-- KEYS[1] rq:lock, then rq:job:<j> each
-- Returns per job its fields and values, empty when it does not exist.
local jobs = {}
for n = 2, #KEYS do jobs[n - 1] = redis.call('HGETALL', KEYS[n]) end
return jobs
