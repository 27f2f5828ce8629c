-- Deletes a job and every trace of it. Those that wait for it stay deferred, unless they want something else for that case;
-- release.lua tells them. Returns whether something is left to release.lua or admit.lua.
local function delete_job(prefix, releasing, id, place, at, may_touch)
  local job = prefix .. 'job:' .. id
  leave_place(prefix, id, place)
  if place.group then redis.pcall('SREM', prefix .. 'group:' .. place.group, id) end
  local left = false
  if redis.call('EXISTS', job .. ':dependents') == 1 then
    redis.call('PERSIST', job .. ':dependents')
    -- An end that is still being told of goes before.
    redis.call('HSETNX', releasing, id, 'deleted')
    left = true
  end
  for _, execution in ipairs(redis.call('ZRANGE', prefix .. 'executions:' .. id, 0, -1)) do
    redis.call('DEL', prefix .. 'execution:' .. id .. ':' .. execution)
  end
  redis.call('DEL', forget_parents(prefix, id), job, prefix .. 'results:' .. id, prefix .. 'executions:' .. id, prefix .. 'job-log:' .. id)
  if place.rate and free_slot(prefix, releasing, place.rate, id, at, may_touch) then left = true end
  return left
end
