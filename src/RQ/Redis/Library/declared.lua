-- Lists that a blocking pop may touch must be declared on a server that locks only what is declared (the embedded one).
local declared
local function is_declared(key)
  if not declared then
    declared = {}
    for _, each in ipairs(KEYS) do declared[each] = true end
  end
  return declared[key]
end
