-- Delete jobs, whatever they do: the hash, the results, and every reference. A running one is fenced off.
-- KEYS[1] rq:lock  [2] rq:releasing, then the queue lists known so far
-- ARGV[1] now  [2] prefix  [3] enqueued_at (for what is let in instead)  [4] may touch undeclared lists 0/1
--   [5] queue whose registries may list ids of jobs that are gone, or ''  [6] only jobs of these statuses, joined with commas, or '', then ids
-- Returns {'declare', key, ...} (nothing was done), or per job deleted | releasing (deleted, and more is left to release.lua or admit.lua)
--   | missing | elsewhere (it has another status: it stays).
-- include: clock lifetimes declared kinds slots places removal
local prefix, at = ARGV[2], ARGV[3]
local may_touch = ARGV[4] == '1' and function() return true end or is_declared
local undeclared, places = {'declare'}, {}
for n = 7, #ARGV do
  local place = read_place(prefix .. 'job:' .. ARGV[n])
  local list = list_of(prefix, place)
  if list and not may_touch(list) then undeclared[#undeclared + 1] = list end
  places[n] = place
end
if #undeclared > 1 then return undeclared end
local wanted
for status in string.gmatch(ARGV[6], '[^,]+') do
  wanted = wanted or {}
  wanted[status] = true
end
local answer = {}
for n = 7, #ARGV do
  local id, place = ARGV[n], places[n]
  if place.exists and wanted and not wanted[place.status] then
    answer[#answer + 1] = 'elsewhere'
  elseif place.exists then
    answer[#answer + 1] = delete_job(prefix, KEYS[2], id, place, at, may_touch) and 'releasing' or 'deleted'
  else
    if ARGV[5] ~= '' then
      for _, registry in pairs(registries) do redis.call('ZREM', prefix .. registry .. ':' .. ARGV[5], id) end
    end
    note_gone(prefix, id)
    redis.call('DEL', prefix .. 'job:' .. id, forget_parents(prefix, id), prefix .. 'results:' .. id, prefix .. 'job-log:' .. id)
    answer[#answer + 1] = 'missing'
  end
end
return answer
