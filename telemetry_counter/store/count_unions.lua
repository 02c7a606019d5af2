-- Counts the devices of several unions in one call.
--
-- KEYS[1]  any key of the admin: all sketches are in its slot
-- ARGV     per union the keys of its sketches, divided by line feeds (one word is packed faster than many)
-- Returns  the devices of each union

local counts = {}
for i = 1, #ARGV do
  local sketches, n = {}, 0
  for key in string.gmatch(ARGV[i], '[^\n]+') do
    n = n + 1
    sketches[n] = key
  end
  counts[i] = redis.call('PFCOUNT', unpack(sketches))
end
return counts
