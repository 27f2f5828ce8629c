-- Release dependents of an ended job, one bite: deferred -> queued for each whose dependencies are all met now; -> failed or canceled
--   for those that want that, because the ended one was not successful; -> nothing for callbacks of an end that will not come.
-- KEYS[1] rq:lock  [2] rq:releasing  [3] rq:job:<parent>:dependents  [4] rq:job:<parent>  [5] rq:result-template, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] parent's id  [4] cursor  [5] whether this pass has removed any, 0/1  [6] enqueued_at  [7] about how many to look at
--   [8] result mode  [9] why those that fail do, as the result mode stores it  [10] may touch undeclared lists 0/1  [11] what was refused so far, or ''
-- Returns {'declare', key, ...} (nothing was done: send again with these keys too), or
--   {'done' | 'next', cursor, number released, removed 0/1, {jobs whose own dependents are to be told}, {rate limits to be admitted}, what was refused so far, or ''}.
-- After the last of them what was refused to one is raised.
-- include: clock lifetimes declared results kinds slots callbacks dependents endings waiting
local prefix, parent, cursor, at = ARGV[2], ARGV[3], ARGV[4], ARGV[6]
local may_touch = ARGV[10] == '1' and function() return true end or is_declared
local outcome = redis.call('HGET', KEYS[2], parent)
if not outcome then return {'done', '', 0, '0', {}, {}} end
local following, found = look_at_dependents(prefix, KEYS[2], parent, outcome, KEYS[3], cursor, ARGV[7], may_touch)
local was_too_much = checks_left <= 0
if #found.refused > 0 then
  table.insert(found.refused, 1, 'declare')
  return found.refused
end
local ready, doomed = found.ready, found.doomed
local _, queued, refusal = queue_dependents(prefix, KEYS[2], parent, KEYS[3], found, at)
-- What is refused to one of them is told at the end: the others do not wait for it.
local problem = ARGV[11] ~= '' and ARGV[11] or refusal or ''
local admits, cascade = {}, {}
for _, child in ipairs(ready) do
  if child.rate then admits[#admits + 1] = child.rate end
end
for _, child in ipairs(doomed) do
  if end_waiting(prefix, KEYS[2], child, child.policy == 'fail' and 'failed' or 'canceled', {mode = ARGV[8], template = KEYS[5], text = ARGV[9], at = at}) then
    cascade[#cascade + 1] = child.id
  end
  redis.call('SREM', KEYS[3], child.id)
end
local removed = ARGV[5] == '1' or queued > 0 or #found.over > 0 or #found.void > 0 or #doomed > 0
if following ~= '0' or was_too_much then return {'next', following, queued, removed and '1' or '0', cascade, admits, problem} end
-- Not every server's SSCAN returns all members when some were removed on the way: only a pass that removed none is the last.
if removed and redis.call('EXISTS', KEYS[3]) == 1 then return {'next', '0', queued, '0', cascade, admits, problem} end
if problem ~= '' then error(problem, 0) end
end_release(KEYS[2], parent, KEYS[4], KEYS[3])
return {'done', '', queued, '0', cascade, admits, ''}
