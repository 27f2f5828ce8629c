-- Keys that may hold what they should not. An error in the middle of a script leaves half of its work behind: asked for before the first write.

-- What is wrong with a key that must be of a kind (list, set, zset, hash) or not there; nil for nothing.
local function wrong_kind(key, kind)
  local found = redis.call('TYPE', key)
  found = type(found) == 'table' and found.ok or found
  if found == kind or found == 'none' then return nil end
  return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ' and no ' .. kind)
end
