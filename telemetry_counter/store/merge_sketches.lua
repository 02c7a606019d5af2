-- Adds sketches to a union that expires.
--
-- KEYS[1]  the union
-- ARGV[1]  seconds it lives from now on   ARGV[2] keys of the sketches, divided by line feeds

-- The union is named as a source of itself: the fake store of the tests would begin it anew.
local sketches, n = {KEYS[1]}, 1
for key in string.gmatch(ARGV[2], '[^\n]+') do
  n = n + 1
  sketches[n] = key
end
redis.call('PFMERGE', KEYS[1], unpack(sketches))
redis.call('EXPIRE', KEYS[1], ARGV[1])
