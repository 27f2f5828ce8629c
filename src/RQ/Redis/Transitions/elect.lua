-- Elect who does pieces of maintenance: whoever asks first in each period.
-- KEYS[1] rq:lock, then per piece: rq:cleaning:<piece>, or RQ's rq:clean_registries:<q>
-- ARGV[1] now  [2] a token of this call  [3] the period, ms
-- Returns the numbers of the pieces that fall to the caller, the first being 1.
-- What lives longer than a period was written before the server's clock was set back. A 1 is a lock of Python's, which may live long.
local function take_over(key)
  return redis.call('GET', key) ~= '1' and redis.call('PTTL', key) > tonumber(ARGV[3]) and redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
end

local mine = {}
for n = 2, #KEYS do
  if redis.call('SET', KEYS[n], ARGV[2], 'NX', 'PX', ARGV[3]) or redis.call('GET', KEYS[n]) == ARGV[2] or take_over(KEYS[n]) then mine[#mine + 1] = n - 1 end
end
return mine
