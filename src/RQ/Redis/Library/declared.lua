-- Lists that a blocking pop may touch must be declared (the embedded server locks only what is declared).
-- A script that finds it needs another list changes nothing and answers {'declare', key, ...}: the caller adds them and sends again.
local declared = {}
for _, key in ipairs(KEYS) do declared[key] = true end
local undeclared = {'declare'}
local function need(key)
  if not declared[key] then
    declared[key] = true
    undeclared[#undeclared + 1] = key
  end
end
