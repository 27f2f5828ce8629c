-- Elect who does pieces of maintenance: whoever asks first in each period.
-- KEYS[1] rq:lock, then per piece: rq:cleaning:<piece>
-- ARGV[1] now  [2] a token of this call  [3] the period, ms
-- Returns the numbers of the pieces that fall to the caller, the first being 1.
local mine = {}
for n = 2, #KEYS do
  if redis.call('SET', KEYS[n], ARGV[2], 'NX', 'PX', ARGV[3]) or redis.call('GET', KEYS[n]) == ARGV[2] then mine[#mine + 1] = n - 1 end
end
return mine
