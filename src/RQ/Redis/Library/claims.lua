-- Puts what an idle worker's blocking pop has claimed back at the head of the queue, in the order it had there.
local function return_claims(claims, queue)
  while redis.call('LMOVE', claims, queue, 'RIGHT', 'LEFT') do end
end
