-- Release dependents of an ended job, one bite: deferred -> queued for each whose dependencies are all met now.
-- KEYS[1] rq:lock  [2] rq:releasing  [3] rq:job:<parent>:dependents  [4] rq:job:<parent>, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] parent's id  [4] cursor  [5] whether this pass has removed any, 0/1  [6] enqueued_at  [7] about how many to look at
-- Returns {'declare', key, ...} (nothing was done: send again with these keys too) | {'done', '', number released}
--   | {'next', cursor, number released, removed 0/1}.
-- include: clock declared dependents
local prefix, parent, cursor, at = ARGV[2], ARGV[3], ARGV[4], ARGV[6]
local outcome = redis.call('HGET', KEYS[2], parent)
if not outcome then return {'done', '', 0} end
local following, ready, over, refused = look_at_dependents(prefix, KEYS[2], parent, outcome, KEYS[3], cursor, ARGV[7], is_declared)
if #refused > 0 then
  table.insert(refused, 1, 'declare')
  return refused
end
queue_dependents(prefix, KEYS[3], ready, over, at)
local removed = ARGV[5] == '1' or #ready > 0 or #over > 0
if following ~= '0' then return {'next', following, #ready, removed and '1' or '0'} end
-- Not every server's SSCAN returns all members when some were removed on the way: only a pass that removed none is the last.
if removed and redis.call('EXISTS', KEYS[3]) == 1 then return {'next', '0', #ready, '0'} end
end_release(KEYS[2], parent, KEYS[4], KEYS[3])
return {'done', '', #ready}
