-- Lists that a blocking pop may touch must be declared on a server that locks only what is declared (the embedded one).
local declared = {}
for _, key in ipairs(KEYS) do declared[key] = true end
local function is_declared(key) return declared[key] end
