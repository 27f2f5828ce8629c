-- Reads ARGV one after the other.
local position = 0
local function skip(count) position = position + count end
local function argument()
  position = position + 1
  return ARGV[position]
end
local function number() return tonumber(argument()) end
