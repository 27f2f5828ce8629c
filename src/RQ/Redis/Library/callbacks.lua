-- Jobs that are callbacks of another, and wait for its end. Each is for one end (callback_on) of one run of the other (callback_tie):
--   execution:<e>  handed over by that execution: for how this one execution ends
--   enqueue:<t>    enqueued with its job, under that enqueue_token: for the job's final end, also after it was requeued
--   end:<...>      the end of that run has come: nothing that happens to the job later counts
local end_of = {success = 'finished', failure = 'failed', stopped = 'stopped'}
local is_end = {finished = true, failed = true, stopped = true}
local is_nothing = {gone = true, deleted = true, canceled = true}

-- What is known of the job that a callback is for. outcome: what rq:releasing says of it, for one that is not stored any more.
local function read_called_for(prefix, id, outcome)
  local f = redis.call('HMGET', prefix .. 'job:' .. id, 'status', 'last_execution', 'last_outcome', 'enqueue_token')
  return {stored = f[1], status = f[1] or outcome, execution = f[2], outcome = f[3], token = f[4] or ''}
end

local function judge_handed_over(on, execution, of)
  if not of.stored then return of.status == end_of[on] and 'ready' or 'void' end
  if execution ~= of.execution then return 'void' end
  if not of.outcome then return is_end[of.status] and 'void' or 'waiting' end
  -- A stopped execution has failed, too.
  return of.outcome == (on == 'success' and 'finished' or 'failed') and 'ready' or 'void'
end

local function judge_enqueued(on, token, of)
  if of.stored and token ~= of.token then return 'void' end
  if of.status == end_of[on] then return 'ready' end
  -- A job that failed or was stopped may be requeued, and then end otherwise.
  return of.stored and of.status ~= 'finished' and 'waiting' or 'void'
end

local function has_come(tie) return string.sub(tie, 1, 4) == 'end:' end
local function note_come(job, tie)
  if not has_come(tie) then redis.call('HSET', job, 'callback_tie', 'end:' .. tie) end
end

-- What becomes of a callback: ready | waiting | void (it will never be called).
local function judge_callback(on, tie, of)
  if has_come(tie) then return 'ready' end
  if not of.status or is_nothing[of.status] then return 'void' end
  local kind, run = string.match(tie, '^(%a+):(.*)$')
  return (kind == 'execution' and judge_handed_over or judge_enqueued)(on, run, of)
end

-- deferred -> nothing
local function remove_callback(prefix, id, queue, parent)
  local job = prefix .. 'job:' .. id
  redis.call('ZREM', prefix .. 'deferred:' .. queue, id)
  redis.call('DEL', job, prefix .. 'job::' .. id .. ':dependencies')
  redis.call('SREM', prefix .. 'job:' .. parent .. ':dependents', id)
  note_gone(prefix, id)
end

-- The end that the newest execution's callback is for has come, but the callback cannot be released yet, and until then the job may run again.
local function keep_handed_over(prefix, job, outcome)
  local execution = redis.call('HGET', job, 'last_execution')
  for on, wanted in pairs(end_of) do
    if execution and wanted == outcome then
      local callback = prefix .. 'job:callback-' .. execution .. '-' .. on
      local tie = redis.call('HGET', callback, 'callback_tie')
      if tie then note_come(callback, tie) end
    end
  end
end
