-- Counts the devices of several unions in one call.
--
-- KEYS     the sketches of all unions, one union after the other
-- ARGV     how many sketches each union has
-- Returns  the devices of each union

local counts, first = {}, 1
for i = 1, #ARGV do
  local last = first + tonumber(ARGV[i]) - 1
  counts[i] = redis.call('PFCOUNT', unpack(KEYS, first, last))
  first = last + 1
end
return counts
